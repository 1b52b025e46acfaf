"""How a version stands towards its source, and what a backfill does with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..shared.events import Head
from .backfill import BackfillItem, Outcome


class History(StrEnum):
    """How the events of a version at its source compare with those here.

    ``apart``: neither began as the other; ``equal``: they are the same; ``ahead``: the source goes on from what stands
    here; ``behind``: what stands here goes on from the source; ``parted``: both went on from what they share.
    """

    APART = "apart"
    EQUAL = "equal"
    AHEAD = "ahead"
    BEHIND = "behind"
    PARTED = "parted"


def history_of(here: Sequence[Head], there: Sequence[Head]) -> History:
    """How the events of the source compare with those here; both are whole, oldest first."""
    if not here or not there or here[0] != there[0]:
        return History.APART
    shared = min(len(here), len(there))
    if here[shared - 1] != there[shared - 1]:  # each is chained to the one before
        return History.PARTED
    if len(here) == len(there):
        return History.EQUAL
    return History.AHEAD if len(there) > len(here) else History.BEHIND


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a version before it is read: what was taken of it once, and what stands here.

    ``payload_digest`` is that of the version here, null where there is none; ``used`` says that its id had one once;
    ``frozen`` that its content can no longer change; ``history`` how its events compare with those of the source.
    """

    item: BackfillItem | None = None
    payload_digest: str | None = None
    used: bool = False
    frozen: bool = False
    history: History = History.APART

    @property
    def was_taken(self) -> bool:
        """Whether it ever came from there."""
        return self.item is not None and self.item.payload_digest is not None

    @property
    def changed_here(self) -> bool:
        """Whether what stands here is not what was taken."""
        if self.history is History.AHEAD:
            return False
        return self.item is None or self.item.payload_digest != self.payload_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be done with a version, and why where it is not plain."""

    outcome: Outcome
    reason: str | None = None


def unread_verdict(standing: Standing, source_digest: str, *, force: bool) -> Verdict | None:
    """What can be said before a version is read: that there is nothing to do; null where it has to be read.

    Nothing brings back what was deleted here, and what did not change at the source is skipped unless ``force``.
    """
    if standing.payload_digest is None:
        if standing.used:
            return Verdict(outcome=Outcome.SKIPPED, reason="It was deleted here; version ids are never used again.")
        return None
    if standing.item is not None and standing.item.source_digest == source_digest and not force:
        return Verdict(outcome=Outcome.SKIPPED)
    return None


def verdict(standing: Standing, changed_levels: Sequence[str], *, force: bool) -> Verdict:
    """What is to be done with a version that was read, whose rows differ from those here in these levels.

    Changed only at the source it is replaced; changed on both sides it is left alone unless ``force``.  Content that
    was approved never changes.  Where both have one history, that tells who changed it: what lies over a plan counts
    too then.
    """
    if standing.payload_digest is None:
        return Verdict(outcome=Outcome.TAKEN)
    known = None if force and standing.history is not History.AHEAD else _by_history(standing, changed_levels)
    return known or _by_rows(standing, changed_levels, force=force)


def _by_rows(standing: Standing, changed_levels: Sequence[str], *, force: bool) -> Verdict:
    """What follows from the rows that differ, and from what was taken before."""
    if not changed_levels:
        if force and not standing.frozen:
            return Verdict(outcome=Outcome.REPLACED)
        reason = "No row differs; what lies over a plan that is here already is never touched."
        return Verdict(outcome=Outcome.SKIPPED, reason=reason)
    named = ", ".join(changed_levels)
    if standing.frozen:
        reason = f"Its source differs in {named}, but it was approved here and its content never changes."
        return Verdict(outcome=Outcome.CONFLICT, reason=reason)
    if standing.changed_here and not force:
        how = "was not taken from there" if standing.item is None else "changed here as well"
        return Verdict(outcome=Outcome.CONFLICT, reason=f"Its source differs in {named}, and it {how}.")
    return Verdict(outcome=Outcome.REPLACED)


def _by_history(standing: Standing, changed_levels: Sequence[str]) -> Verdict | None:
    """What follows from who went on from whom; null where that says nothing."""
    if standing.history is History.BEHIND:
        return Verdict(outcome=Outcome.SKIPPED, reason="What stands here goes on from what the source holds.")
    if standing.history is History.AHEAD and not standing.frozen:
        return Verdict(outcome=Outcome.REPLACED)
    if standing.history is History.PARTED and not standing.was_taken:
        where = f" in {', '.join(changed_levels)}" if changed_levels else " in what happened to it"
        return Verdict(outcome=Outcome.CONFLICT, reason=f"Its source differs{where}, and it changed here as well.")
    return None
