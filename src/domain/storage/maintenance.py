"""Where what concerns a store as a whole is kept and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..shared.ids import VersionId
from .pause import Pause
from .retention import HeldVersion

ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRows:
    """What a level takes: series rows, in so many plan versions."""

    level: str
    rows: int
    versions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenVersion:
    """A plan version, and how many series rows were written for it, trimmed or not."""

    version_id: VersionId
    created_at: datetime
    rows: int
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSize:
    """The bytes that a store takes, those of them that are free to be written again, and those of series rows."""

    total: int
    free: int
    series: int


class MaintenanceRepository(Protocol):
    """The store as a whole: paused or not, what it holds, and what is taken out of it."""

    async def pause(self) -> Pause | None:
        """The pause that was begun last, unless somebody ended it; it may be over."""
        ...

    async def save_pause(self, pause: Pause | None) -> None:
        """Begin a pause in the place of any other, or end it."""
        ...

    async def stored_rows(self, *, changing: bool = False) -> int:
        """How many series rows plan versions have, from what each says of itself.

        Who is ``changing`` it waits for others who are, and keeps them waiting until the unit of work ends.
        """
        ...

    async def held(self) -> Sequence[HeldVersion]:
        """Every version whose rows are kept, in no particular order."""
        ...

    async def held_version(self, version_id: VersionId) -> HeldVersion | None:
        """That version, if its rows are kept."""
        ...

    async def is_base(self, version_id: VersionId) -> bool:
        """Whether a version whose rows are kept was made from that one."""
        ...

    async def unfinished(self) -> Sequence[VersionId]:
        """The versions that were put away and still have rows, in order of id."""
        ...

    async def with_old_kpis(self, before: datetime) -> Sequence[VersionId]:
        """The versions made before that moment that were put away and still have KPIs, in order of id."""
        ...

    async def remove_rows(self, version_id: VersionId, *, limit: int = ROWS_AT_ONCE) -> int:
        """Remove at most so many series rows of a version, the first ones in key order; how many there were."""
        ...

    async def remove_artifacts(self, version_id: VersionId) -> None:
        """Remove what a version's artifacts say besides rows."""
        ...

    async def reclaim(self) -> bool:
        """Give some free space back to the system; whether there is more to give back."""
        ...

    async def levels(self) -> Sequence[LevelRows]:
        """What each level takes, in order of name."""
        ...

    async def written(self) -> Sequence[WrittenVersion]:
        """Every version with the rows that were written for it, oldest first."""
        ...

    async def damages(self) -> Sequence[str]:
        """What a quick look at the stored bytes finds wrong, a line each; empty where nothing is."""
        ...

    async def clock(self) -> datetime:
        """The time by the clock that all who use the store share."""
        ...

    async def size(self) -> StoreSize:
        """The bytes that the store takes."""
        ...
