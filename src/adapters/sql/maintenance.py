"""The store as a whole in SQL: pauses, what is held, and what is taken out of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, delete, exists, func, insert, literal, select, tuple_

from ...domain.plans.version import PlanStatus
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
from .session import SqlSession
from .tables import (
    COUNTERS,
    JOBS,
    MAINTENANCE_PAUSE,
    PLAN_ARTIFACTS,
    PLAN_BASELINES,
    PLAN_KPIS,
    PLAN_LEVEL_SUMMARIES,
    PLAN_SERIES,
    PLAN_VERSIONS,
)

_ARCHIVED = str(PlanStatus.ARCHIVED)
_WAITING = [str(JobStatus.QUEUED), str(JobStatus.RUNNING)]
_VERSIONS = PLAN_VERSIONS.c
_EVENTS = "events"


class SqlMaintenanceRepository(MaintenanceRepository):
    """A database as a whole."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def pause(self) -> Pause | None:
        """The pause that was begun last, unless somebody ended it."""
        row = await self._session.row(select(MAINTENANCE_PAUSE))
        if row is None:
            return None
        return Pause(reason=row.reason, since=row.since, until=row.until, actor=row.actor)

    async def save_pause(self, pause: Pause | None) -> None:
        """Begin a pause in the place of any other, or end it."""
        await self._session.lock("pause")
        await self._session.execute(delete(MAINTENANCE_PAUSE))
        if pause is not None:
            said = {"reason": pause.reason, "since": pause.since, "until": pause.until, "actor": pause.actor}
            await self._session.execute(insert(MAINTENANCE_PAUSE).values(number=1, **said))

    async def stored_rows(self, *, changing: bool = False) -> int:
        """How many series rows plan versions have."""
        if changing:
            # The row that every event takes first: who writes a plan holds it to the commit, and nobody deadlocks.
            counter = select(COUNTERS.c.value).where(COUNTERS.c.name == _EVENTS)
            await self._session.scalar(self._session.for_update(counter))
        return int(await self._session.scalar(select(func.coalesce(func.sum(_VERSIONS.series_rows), 0))))

    async def held(self) -> Sequence[HeldVersion]:
        """Every version whose rows are kept."""
        return await self._held(select(PLAN_VERSIONS).where(_VERSIONS.status != _ARCHIVED))

    async def held_version(self, version_id: VersionId) -> HeldVersion | None:
        """That version, if its rows are kept."""
        wanted = and_(_VERSIONS.status != _ARCHIVED, _VERSIONS.version_key == folded(version_id))
        found = await self._held(select(PLAN_VERSIONS).where(wanted))
        return found[0] if found else None

    async def _held(self, statement: Select[Any]) -> Sequence[HeldVersion]:
        rows = await self._session.rows(statement)
        baselines = {
            folded(row.version_id) for row in await self._session.rows(select(PLAN_BASELINES.c.version_id).distinct())
        }
        waiting = select(JOBS.c.params_json).where(JOBS.c.status.in_(_WAITING))
        awaited = {
            folded(value)
            for row in await self._session.rows(waiting)
            for value in json.loads(row.params_json).values()
            if isinstance(value, str)
        }
        return [
            HeldVersion(
                version_id=row.version_id,
                created_at=row.created_at,
                series_rows=row.series_rows,
                status=row.status,
                pinned=bool(row.pinned),
                baseline=row.version_key in baselines,
                awaited=row.version_key in awaited,
                base_version_id=row.base_version_id,
            )
            for row in rows
        ]

    async def is_base(self, version_id: VersionId) -> bool:
        """Whether a version whose rows are kept was made from that one."""
        made = and_(_VERSIONS.base_version_id == version_id, _VERSIONS.status != _ARCHIVED)
        return await self._session.row(select(_VERSIONS.version_id).where(made).limit(1)) is not None

    async def unfinished(self) -> Sequence[VersionId]:
        """The versions that were put away and still have rows."""
        return await self._ids(_VERSIONS.series_rows > 0)

    async def with_old_kpis(self, before: datetime) -> Sequence[VersionId]:
        """The versions made before that moment that were put away and still have KPIs."""
        kept = exists().where(PLAN_KPIS.c.version_id == _VERSIONS.version_id)
        return await self._ids(and_(_VERSIONS.created_at < before, kept))

    async def _ids(self, condition: Any) -> Sequence[VersionId]:
        statement = select(_VERSIONS.version_id).where(_VERSIONS.status == _ARCHIVED, condition)
        return [row.version_id for row in await self._session.rows(statement.order_by(_VERSIONS.version_id))]

    async def remove_rows(self, version_id: VersionId, *, limit: int = ROWS_AT_ONCE) -> int:
        """Remove at most so many series rows of a version, the first ones in key order."""
        _, *key = PLAN_SERIES.primary_key.columns
        mine = PLAN_SERIES.c.version_id == version_id
        first_to_stay: Row[Any] | None = await self._session.row(
            select(*key).where(mine).order_by(*key).offset(limit).limit(1)
        )
        statement = delete(PLAN_SERIES).where(mine)
        if first_to_stay is not None:
            statement = statement.where(
                tuple_(*key)
                < tuple_(*(literal(value, column.type) for value, column in zip(first_to_stay, key, strict=True)))
            )
        return await self._session.execute(statement)

    async def remove_artifacts(self, version_id: VersionId) -> None:
        """Remove what a version's artifacts say besides rows."""
        await self._session.execute(delete(PLAN_ARTIFACTS).where(PLAN_ARTIFACTS.c.version_id == version_id))

    async def reclaim(self) -> bool:
        """Give some free space back to the system; whether there is more to give back."""
        return await self._session.reclaim()

    async def levels(self) -> Sequence[LevelRows]:
        """What each level takes, in order of name."""
        summaries = PLAN_LEVEL_SUMMARIES.c
        statement = (
            select(summaries.level, func.sum(summaries.row_count).label("rows"), func.count().label("versions"))
            .join(PLAN_VERSIONS, _VERSIONS.version_id == summaries.version_id)
            .where(_VERSIONS.status != _ARCHIVED)
            .group_by(summaries.level)
            .order_by(summaries.level)
        )
        return [
            LevelRows(level=row.level, rows=int(row.rows), versions=int(row.versions))
            for row in await self._session.rows(statement)
        ]

    async def written(self) -> Sequence[WrittenVersion]:
        """Every version with the rows that were written for it, oldest first."""
        summaries = PLAN_LEVEL_SUMMARIES.c
        rows = func.coalesce(func.sum(summaries.row_count), 0)
        statement = (
            select(_VERSIONS.version_id, _VERSIONS.created_at, _VERSIONS.status, rows.label("rows"))
            .outerjoin(PLAN_LEVEL_SUMMARIES, summaries.version_id == _VERSIONS.version_id)
            .group_by(_VERSIONS.version_id, _VERSIONS.created_at, _VERSIONS.status)
            .order_by(_VERSIONS.created_at, _VERSIONS.version_id)
        )
        return [
            WrittenVersion(
                version_id=row.version_id,
                created_at=row.created_at,
                rows=int(row.rows),
                held=row.status != _ARCHIVED,
            )
            for row in await self._session.rows(statement)
        ]

    async def damages(self) -> Sequence[str]:
        """What a quick look at the stored bytes finds wrong."""
        return await self._session.damages()

    async def clock(self) -> datetime:
        """The time by the clock that all who use the database share."""
        return await self._session.now()

    async def size(self) -> StoreSize:
        """The bytes that the database takes."""
        total, free, series = await self._session.size()
        return StoreSize(total=total, free=free, series=series)
