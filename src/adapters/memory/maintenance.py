"""The store as a whole in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from ...domain.plans.version import PlanStatus, PlanVersion
from ...domain.runs.job import JobStatus
from ...domain.shared.ids import VersionId, folded
from ...domain.storage.maintenance import (
    ROWS_AT_ONCE,
    LevelRows,
    MaintenanceRepository,
    StoreSize,
    WrittenVersion,
)
from ...domain.storage.pause import Pause
from ...domain.storage.retention import HeldVersion
from .state import MemoryState

_THE_ONE = 1
_WAITING = frozenset({JobStatus.QUEUED, JobStatus.RUNNING})


class MemoryMaintenanceRepository(MaintenanceRepository):
    """A memory store as a whole."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._state = state

    async def pause(self) -> Pause | None:
        """The pause that was begun last, unless somebody ended it."""
        return self._state.pauses.get(_THE_ONE)

    async def save_pause(self, pause: Pause | None) -> None:
        """Begin a pause in the place of any other, or end it."""
        self._state.pauses.pop(_THE_ONE, None)
        if pause is not None:
            self._state.pauses[_THE_ONE] = pause

    async def stored_rows(self, *, changing: bool = False) -> int:
        """How many series rows plan versions have."""
        del changing  # there is one writer
        return sum(version.series_rows for version in self._state.plans.values())

    async def held(self) -> Sequence[HeldVersion]:
        """Every version whose rows are kept."""
        baselines = {
            folded(entry.version_id) for baseline in self._state.baselines.values() for entry in baseline.entries
        }
        awaited = {
            folded(value)
            for job in self._state.jobs.values()
            if job.status in _WAITING
            for value in job.parameters.values()
            if isinstance(value, str)
        }
        return [
            HeldVersion(
                version_id=version.version_id,
                created_at=version.created_at,
                series_rows=version.series_rows,
                status=str(version.status),
                pinned=version.pinned,
                baseline=version.key in baselines,
                awaited=version.key in awaited,
                base_version_id=version.provenance.base_version_id,
            )
            for version in self._state.plans.values()
            if version.status is not PlanStatus.ARCHIVED
        ]

    async def held_version(self, version_id: VersionId) -> HeldVersion | None:
        """That version, if its rows are kept."""
        return next((held for held in await self.held() if folded(held.version_id) == folded(version_id)), None)

    async def is_base(self, version_id: VersionId) -> bool:
        """Whether a version whose rows are kept was made from that one."""
        return any(held.base_version_id == version_id for held in await self.held())

    async def unfinished(self) -> Sequence[VersionId]:
        """The versions that were put away and still have rows."""
        return sorted(version.version_id for version in self._put_away() if version.series_rows)

    async def with_old_kpis(self, before: datetime) -> Sequence[VersionId]:
        """The versions made before that moment that were put away and still have KPIs."""
        return sorted(
            version.version_id
            for version in self._put_away()
            if version.created_at < before and self._state.kpis.get(version.key)
        )

    def _put_away(self) -> Iterator[PlanVersion]:
        return (version for version in self._state.plans.values() if version.status is PlanStatus.ARCHIVED)

    async def remove_rows(self, version_id: VersionId, *, limit: int = ROWS_AT_ONCE) -> int:
        """Remove at most so many series rows of a version, the first ones in key order."""
        removed = 0
        for place in sorted(place for place in self._state.rows if place[0] == folded(version_id)):
            rows = self._state.rows[place]
            taken = min(limit - removed, len(rows))
            self._state.rows[place] = rows[taken:]
            removed += taken
            if not self._state.rows[place]:
                del self._state.rows[place]
        return removed

    async def remove_artifacts(self, version_id: VersionId) -> None:
        """Remove what a version's artifacts say besides rows."""
        self._state.headers.pop(folded(version_id), None)

    async def reclaim(self) -> bool:
        """Nothing to give back that the process would not use again."""
        return False

    async def levels(self) -> Sequence[LevelRows]:
        """What each level takes, in order of name."""
        held = {version.version_id for version in await self.held()}
        kept: dict[str, list[int]] = {}
        for series in self._state.series.values():
            if self._state.plans[folded(series.version_id)].version_id in held:
                kept.setdefault(series.level, []).append(series.row_count)
        return [LevelRows(level=level, rows=sum(rows), versions=len(rows)) for level, rows in sorted(kept.items())]

    async def written(self) -> Sequence[WrittenVersion]:
        """Every version with the rows that were written for it, oldest first."""
        rows: dict[str, int] = {}
        for (key, _), series in self._state.series.items():
            rows[key] = rows.get(key, 0) + series.row_count
        versions = sorted(self._state.plans.values(), key=lambda version: (version.created_at, version.version_id))
        return [
            WrittenVersion(
                version_id=version.version_id,
                created_at=version.created_at,
                rows=rows.get(version.key, 0),
                held=version.status is not PlanStatus.ARCHIVED,
            )
            for version in versions
        ]

    async def damages(self) -> Sequence[str]:
        """Nothing is stored that could be damaged."""
        return []

    async def clock(self) -> datetime:
        """The clock of the machine: there is no other process."""
        return datetime.now(UTC)

    async def size(self) -> StoreSize:
        """Nobody counts the bytes of a process."""
        return StoreSize(total=0, free=0, series=0)
