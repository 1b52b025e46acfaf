"""The mirror: what a files root holds of the ledger, beside the folders of payloads.

Every change of the ledger is appended to it as an event; so what a commit touched is what its events are about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..errors import ConflictError, StorageUnavailableError
from ..shared.ids import folded

PLAN_STREAMS, INPUT_STREAMS = "plan/", "input_set/"
Tables = Mapping[str, Sequence[Sequence[Any]]]


@dataclass(slots=True, kw_only=True)
class Touched:
    """What was changed: streams by name, plan versions and labels by their folded names, contents by hash."""

    streams: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    contents: set[str] = field(default_factory=set)

    def event(self, stream: str, subject: str) -> None:
        """Note an event, and whom it is about."""
        self.streams.add(stream)
        for name in (stream, subject):
            if name.startswith(PLAN_STREAMS):
                self.versions.add(folded(name.removeprefix(PLAN_STREAMS)))
            elif name.startswith(INPUT_STREAMS):  # a stream goes on with the generation, a subject does not
                self.labels.add(folded(name.removeprefix(INPUT_STREAMS).partition("/")[0]))

    def version(self, version_id: str) -> None:
        """Note a plan version."""
        self.versions.add(folded(version_id))

    def add(self, other: Touched) -> None:
        """Note what something else touched as well."""
        self.streams |= other.streams
        self.versions |= other.versions
        self.labels |= other.labels
        self.contents |= other.contents

    @property
    def nothing(self) -> bool:
        """Whether nothing was touched."""
        return not (self.streams or self.versions or self.labels or self.contents)

    def as_fields(self) -> dict[str, list[str]]:
        """JSON values, in order."""
        return {
            "streams": sorted(self.streams),
            "versions": sorted(self.versions),
            "labels": sorted(self.labels),
            "contents": sorted(self.contents),
        }


def touched_of(fields: Mapping[str, Iterable[str]]) -> Touched:
    """What ``as_fields`` wrote."""
    return Touched(**{name: set(fields[name]) for name in ("streams", "versions", "labels", "contents")})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """A commit that the mirror does not have yet: its number, the ledger's position at it, and what it touched."""

    commit_seq: int
    position: int
    noted_at: datetime
    touched: Touched


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxStanding:
    """How many commits wait for the mirror, and since when the oldest does."""

    count: int
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorHead:
    """How far the mirror has come: commits, positions of the ledger, and the hash of the event at that position.

    ``schema`` is the revision whose columns all mirrored rows have.
    """

    commit_seq: int
    position: int
    hash: str
    schema: str

    def as_fields(self) -> dict[str, Any]:
        """JSON values."""
        return {"commit_seq": self.commit_seq, "position": self.position, "hash": self.hash, "schema": self.schema}


@dataclass(frozen=True, slots=True, kw_only=True)
class RootFile:
    """What a files root says of itself.

    ``epoch`` is empty in a root from before there were any; ``head`` is null where nothing was mirrored yet.
    """

    store_id: str
    epoch: str = ""
    head: MirrorHead | None = None

    def require(self, store_id: str, epoch: str, *, shown: str) -> None:
        """Let a root pass that is that of the store as it is now.

        Raises:
            ConflictError: it is the root of another store, or of the same before it was restored or built anew.
        """
        if self.store_id != store_id:
            raise ConflictError(
                f"{shown} is the files root of another store, or of another planvault.",
                remedy="Set PLANVAULT_FILES_ROOT to the root of this store, or to an empty directory.",
            )
        if self.epoch and epoch and self.epoch != epoch:
            raise not_of_this_ledger(shown, "is of another epoch: the store was restored or built anew since")

    def require_behind(self, commit_seq: int, position: int, hash_there: str | None, *, shown: str) -> None:
        """Let a root pass that mirrors this ledger up to a point that the ledger has passed.

        ``hash_there`` is the hash of the ledger's event at the head's position, null where it has none.

        Raises:
            ConflictError: it is ahead of the ledger, or on another chain.
        """
        head = self.head
        if head is None:
            return
        if head.position <= position and head.position and hash_there != head.hash:
            raise not_of_this_ledger(
                shown, f"mirrors another ledger: its event at position {head.position} has another hash"
            )
        if head.position > position or head.commit_seq > commit_seq:
            raise not_of_this_ledger(
                shown,
                f"is ahead of the ledger: it mirrors position {head.position}, commit {head.commit_seq}, "
                f"and the ledger stands at {position}, commit {commit_seq}",
            )


def not_of_this_ledger(shown: str, why: str) -> ConflictError:
    """The refusal of a files root that tells of another past than the ledger."""
    return ConflictError(
        f"{shown} {why}.",
        remedy="Was an old backup of the database restored? Then restore a newer one, or build the ledger from the "
        "root (planvault storage rebuild). To give up what only the root knows: planvault storage mirror --adopt.",
    )


# How a root is made a store's that is not, or does not say any more whose it is.
ADOPT = "planvault storage mirror --adopt"


def missing_root(shown: str) -> StorageUnavailableError:
    """The refusal of a files root that does not say whose it is."""
    return StorageUnavailableError(
        f"{shown} holds no root.json, so it is not the files root that it was.",
        remedy=f"Look whether its disk is there; if only root.json was lost: {ADOPT}.",
    )
