"""Where an input set stands: its revisions, which of them is live, which is on its way, and who wrote them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from ..access.actor import Actor
from ..access.policy import ApprovalPolicy
from ..errors import IllegalTransitionError, InputSetMissingError, IntegrityError, NotFoundError
from ..shared.ids import Label, folded
from .event import InputSetAction, InputSetEvent
from .revision import InputRevision, RevisionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSetStanding:
    """The inputs that plans are made from, under one label of one config version.

    ``revisions`` stand in order of number, without gaps, from 1 in the label's first life.  ``generation`` counts its
    lives: after a delete numbers go on, under a new stream of events.
    """

    label: Label
    config_version_id: int
    title: str | None = None
    revisions: tuple[InputRevision, ...] = ()
    live: int | None = None
    candidate: int | None = None
    archived: bool = False
    generation: int = 1
    next_number: int = 1
    created_at: datetime
    updated_at: datetime
    row_version: int = 0

    @property
    def status(self) -> str:
        """The status as the legacy system words it: archived, else ready if something is live, else draft."""
        if self.archived:
            return "archived"
        return "draft" if self.live is None else "ready"

    def revision(self, number: int) -> InputRevision:
        """The revision of that number.

        Raises:
            NotFoundError: the set has none of that number.
        """
        for revision in self.revisions:
            if revision.number == number:
                return revision
        raise NotFoundError("revision", f"{self.label}@{number}", remedy=f"See planvault inputs show {self.label}.")

    @property
    def current(self) -> int | None:
        """The revision that a new one is compared with and merged into: the candidate, else what is live."""
        return self.live if self.candidate is None else self.candidate

    @property
    def live_revision(self) -> InputRevision:
        """The revision that plans are made from.

        Raises:
            InputSetMissingError: nothing is live, or the label is archived.
        """
        if self.live is None or self.archived:
            why = "is archived" if self.archived else "has no live revision: nothing was approved"
            raise InputSetMissingError(
                f"{self.label} {why}.",
                remedy=f"Have a revision submitted and approved (planvault inputs show {self.label}), "
                f"or make a trial plan from {self.label}@NUMBER with --trial.",
                label=self.label,
            )
        return self.revision(self.live)

    def signed(self, revision: InputRevision) -> InputRevision:
        """The revision, after holding every approval of it against its content: for one that is or was live.

        Raises:
            IntegrityError: it has no approval, or one that is about something else: the store was altered.
        """
        said = (self.label, self.config_version_id, revision.number, revision.content_hash)
        if revision.approvals and all(approval.signs(*said) for approval in revision.approvals):
            return revision
        raise IntegrityError(
            f"{revision.reference} is not what was approved: the store was altered, and nothing is made from it.",
            remedy="See planvault audit verify, and restore the database from a backup.",
            reference=revision.reference,
        )

    @property
    def candidate_revision(self) -> InputRevision:
        """The revision that is on its way.

        Raises:
            IllegalTransitionError: there is none.
        """
        if self.candidate is None:
            raise IllegalTransitionError(
                f"{self.label} has no candidate.", remedy="Import a revision first: planvault inputs import."
            )
        return self.revision(self.candidate)

    @property
    def content_hashes(self) -> tuple[str, ...]:
        """The contents of all revisions, each once, in order of its first revision."""
        return tuple(dict.fromkeys(revision.content_hash for revision in self.revisions))

    def awaits(self, name: str, policy: ApprovalPolicy) -> bool:
        """Whether the somebody of that name could approve the candidate now, given the role of an approver."""
        if self.archived or self.candidate is None:
            return False
        candidate, key = self.candidate_revision, folded(name)
        if candidate.status is not RevisionStatus.SUBMITTED:
            return False
        if key in self.authors_of(candidate.number) and not policy.allow_self_approval:
            return False
        return all(approval.actor_key != key for approval in candidate.approvals)

    def was_live(self, number: int) -> bool:
        """Whether that revision is live or ever was; a candidate that a newer one superseded never was.

        Raises:
            NotFoundError: the set has none of that number.
        """
        status = self.revision(number).status
        if status is RevisionStatus.SUPERSEDED:
            return any(revision.replaced == number for revision in self.revisions)
        return status in {RevisionStatus.READY, RevisionStatus.REVERTED}

    def compared_with(self, number: int) -> int | None:
        """Which revision says what that one changes: the one it replaced if it was ever live, else what is live.

        Null where there is neither, so that everything in it is new.

        Raises:
            NotFoundError: the set has none of that number.
        """
        return self.revision(number).replaced if self.was_live(number) else self.live

    def authors_of(self, number: int) -> frozenset[str]:
        """Who may not approve that revision, as names compare.

        All who imported, merged or edited any revision numbered above the live one (all, when none is), and
        everybody who ever brought the same content.
        """
        content_hash = self.revision(number).content_hash
        return frozenset().union(
            *(
                revision.author_keys
                for revision in self.revisions
                if revision.number > (self.live or 0) or revision.content_hash == content_hash
            )
        )

    def author_names_of(self, number: int) -> tuple[str, ...]:
        """Who may not approve that revision, by the names under which they came first, in order of their coming."""
        keys = self.authors_of(number)
        names: dict[str, str] = {}
        for revision in self.revisions:
            for name in revision.authors:
                if folded(name) in keys:
                    names.setdefault(folded(name), name)
        return tuple(names.values())

    def _with(self, *changed: InputRevision, at: datetime) -> Self:
        by_number = {revision.number: revision for revision in (*self.revisions, *changed)}
        return replace(self, revisions=tuple(by_number[number] for number in sorted(by_number)), updated_at=at)

    def _named_candidate(self, number: int) -> InputRevision:
        revision = self.revision(number)
        if number != self.candidate:
            if number == self.live:
                by = ", ".join(approval.actor for approval in revision.approvals)
                why, remedy = f"is live already, approved by {by}", "There is nothing left to do."
            else:
                why = f"is {revision.status} and no longer the candidate"
                remedy = f"See what is: planvault inputs show {self.label}."
            raise IllegalTransitionError(f"{revision.reference} {why}.", remedy=remedy, status=str(revision.status))
        return revision

    def _require_open(self) -> None:
        if self.archived:
            raise IllegalTransitionError(
                f"{self.label} is archived.", remedy=f"Restore it first: planvault inputs restore {self.label}."
            )

    def _event(
        self,
        action: InputSetAction,
        actor: Actor,
        revision: InputRevision | None,
        comment: str | None,
        **details: object,
    ) -> InputSetEvent:
        return InputSetEvent(
            label=self.label,
            generation=self.generation,
            action=action,
            actor=actor,
            revision=None if revision is None else revision.number,
            content_hash=None if revision is None else revision.content_hash,
            comment=comment,
            details=details,
        )
