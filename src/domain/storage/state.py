"""Where a store keeps the payload of its plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..access.actor import Actor, Role
from ..errors import IllegalTransitionError, InvalidRequestError
from ..shared.events import EventDraft
from ..shared.ids import VersionId

STREAM = "storage"
MODE = "mode"


class StorageMode(StrEnum):
    """Where payloads lie: in the tables alone, in a folder for each version alone, or in both."""

    DB = "db"
    FILES = "files"
    BOTH = "both"

    @property
    def has_files(self) -> bool:
        """Whether each version has a folder."""
        return self is not StorageMode.DB

    @property
    def has_tables(self) -> bool:
        """Whether series rows lie in the tables."""
        return self is not StorageMode.FILES


class Side(StrEnum):
    """One of the two places where a payload may lie."""

    DB = "db"
    FILES = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """When the two sides were compared last, over how many versions, and what did not agree."""

    at: datetime
    versions: int
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageState:
    """How a store keeps payloads, since when, and what the last verification of all of it found.

    ``store_id`` is that of the store; the files root of a store carries it, so that no other store writes there.
    ``primary`` is the side that reads are answered from.  ``epoch`` is a random text that the root
    carries too, another one after every restore or rebuild, so that a root of before is told apart.
    """

    store_id: str
    mode: StorageMode = StorageMode.DB
    primary: Side = Side.DB
    since: datetime
    verification: Verification | None = None
    epoch: str = ""

    def switched(self, mode: StorageMode, *, at: datetime, primary: Side | None = None) -> StorageState:
        """The state in another mode, or in the same with another primary.

        Only ``both`` leaves a choice of the primary, which is ``db`` unless told otherwise.

        Raises:
            IllegalTransitionError: it is in that mode already.
            InvalidRequestError: the mode has no such primary.
        """
        only = {StorageMode.DB: Side.DB, StorageMode.FILES: Side.FILES}.get(mode)
        chosen = primary or only or Side.DB
        if only is not None and chosen is not only:
            raise InvalidRequestError(f"The mode {mode} has the primary {only} alone.")
        if (mode, chosen) == (self.mode, self.primary):
            raise IllegalTransitionError(
                f"This store keeps payloads in the mode {mode} already.", remedy="See planvault storage status."
            )
        return replace(self, mode=mode, primary=chosen, since=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderName:
    """Where the payload of a version lies: ``digest`` is that of the manifest, ``suffix`` is fresh and never reused."""

    version_id: VersionId
    digest: str
    suffix: str

    @property
    def name(self) -> str:
        """``<digest>.<suffix>``, as the folder is called below that of its version."""
        return f"{self.digest}.{self.suffix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPointer:
    """The folder that holds a version's payload, and which payload that is."""

    folder: FolderName
    payload_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeEvent:
    """That the mode or the primary of a store was changed, and which folders of before no longer hold what tables hold.

    ``evidence`` is what the gates of the step measured, as JSON values.
    """

    before: StorageState
    after: StorageState
    actor: Actor
    comment: str | None = None
    stale: Sequence[VersionId] = field(default_factory=tuple)
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def draft(self) -> EventDraft:
        """The event to append."""
        self.actor.require(Role.OPERATOR)
        return EventDraft(
            stream=STREAM,
            action=MODE,
            subject=STREAM,
            actor=self.actor,
            comment=self.comment,
            details={
                "before": str(self.before.mode),
                "after": str(self.after.mode),
                "primary_before": str(self.before.primary),
                "primary": str(self.after.primary),
                "stale": list(self.stale),
                "evidence": dict(self.evidence),
            },
        )
