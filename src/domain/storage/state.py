"""Where a store keeps the payload of its plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ..access.actor import Actor, Role
from ..errors import IllegalTransitionError
from ..shared.events import EventDraft
from ..shared.ids import VersionId

STREAM = "storage"


class StorageMode(StrEnum):
    """Where payloads lie: in the tables alone, or in the tables and in a folder for each version as well."""

    DB = "db"
    BOTH = "both"


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
    """

    store_id: str
    mode: StorageMode = StorageMode.DB
    since: datetime
    verification: Verification | None = None

    def switched(self, mode: StorageMode, *, at: datetime) -> StorageState:
        """The state in another mode.

        Raises:
            IllegalTransitionError: it is in that mode already.
        """
        if mode is self.mode:
            raise IllegalTransitionError(
                f"This store keeps payloads in the mode {mode} already.", remedy="See planvault storage status."
            )
        return replace(self, mode=mode, since=at)


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
    """That the mode of a store was changed, and which folders of before no longer hold what the tables hold."""

    before: StorageMode
    after: StorageMode
    actor: Actor
    comment: str | None = None
    stale: Sequence[VersionId] = field(default_factory=tuple)

    def draft(self) -> EventDraft:
        """The event to append."""
        self.actor.require(Role.OPERATOR)
        return EventDraft(
            stream=STREAM,
            action="mode",
            subject=STREAM,
            actor=self.actor,
            comment=self.comment,
            details={"before": str(self.before), "after": str(self.after), "stale": list(self.stale)},
        )
