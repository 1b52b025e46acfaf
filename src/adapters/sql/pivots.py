"""Pivots inside the database: rows are added up where they lie, and only sums leave it."""

# ruff: noqa: S608 (names of tables and columns are our own; values are parameters)

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import aclosing
from typing import Any

from ...domain.plans.kpis import ServiceFigures
from ...domain.plans.pivot import LevelOutline, PivotCell, PlanPivotRepository
from ...domain.plans.ports import BATCH_ROWS
from ...domain.plans.series import MEASURES
from ...domain.plans.series_filter import SeriesFilter
from ...domain.shared.ids import VersionId
from .filtering import wanted_rows
from .session import SqlSession
from .tables import PLAN_DIGESTS, PLAN_SERIES


class SqlPlanPivotRepository(PlanPivotRepository):
    """Turns and adds up the rows of plans of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session
        self._table = session.qualified(PLAN_SERIES)

    async def items(self, version_id: VersionId, level: str, only: SeriesFilter) -> list[str]:
        """The items that wanted rows of a level are about, each once."""
        parameters: list[Any] = [version_id, level]
        sql = (
            f"SELECT DISTINCT item_key FROM {self._table} "
            f"WHERE version_id = :1 AND level = :2 {wanted_rows(only, parameters)}"
        )
        return [row[0] for row in await self._all(sql, parameters)]

    async def cells(
        self, version_id: VersionId, level: str, measure: str, items: Collection[str], only: SeriesFilter
    ) -> list[PivotCell]:
        """The wanted rows of these items, added up by item and bucket."""
        if not items:
            return []
        # The range says no more than the list, but makes SQLite take the index of items and not the whole level.
        parameters: list[Any] = [version_id, level, min(items), max(items), *items]
        places = ", ".join(f":{place}" for place in range(5, 5 + len(items)))
        sql = (
            f"SELECT item_key, max(item_name), time_bucket_type, time_bucket_key, sum({measure}) FROM {self._table} "
            f"WHERE version_id = :1 AND level = :2 AND item_key BETWEEN :3 AND :4 AND item_key IN ({places}) "
            f"{wanted_rows(only, parameters)}"
            f"GROUP BY item_key, time_bucket_type, time_bucket_key"
        )
        return [PivotCell(row[0], row[1], (row[2], row[3]), row[4]) for row in await self._all(sql, parameters)]

    async def service(self, version_id: VersionId, level: str) -> ServiceFigures:
        """What ``service_figures`` says of all rows of a level."""
        asked = "demand > 0 AND backlog IS NOT NULL"
        sql = (
            f"SELECT count(CASE WHEN {asked} THEN 1 END), count(CASE WHEN {asked} AND backlog <= 0 THEN 1 END), "
            f"sum(inventory_close) FROM {self._table} WHERE version_id = :1 AND level = :2"
        )
        (row,) = await self._all(sql, [version_id, level])
        return ServiceFigures(*row)

    async def outlines(self, version_id: VersionId) -> list[LevelOutline]:
        """What each level of a version comes to, in order of level."""
        sums = ", ".join(f"sum({name})" for name in MEASURES)
        sql = (
            f"SELECT level, count(*), count(DISTINCT item_key), count(DISTINCT location_key), {sums} "
            f"FROM {self._table} WHERE version_id = :1 GROUP BY level ORDER BY level"
        )
        digests = self._session.qualified(PLAN_DIGESTS)
        counted = f"SELECT level, count(*) FROM {digests} WHERE version_id = :1 GROUP BY level"
        buckets = {row[0]: row[1] for row in await self._all(counted, [version_id])}
        return [
            LevelOutline(
                level=row[0],
                rows=row[1],
                buckets=buckets.get(row[0], 0),
                items=row[2],
                locations=row[3],
                totals={name: value for name, value in zip(MEASURES, row[4:], strict=True) if value is not None},
            )
            for row in await self._all(sql, [version_id])
        ]

    async def _all(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        async with aclosing(self._session.stream(sql, parameters, batch_rows=BATCH_ROWS)) as stream:
            return [row async for batch in stream for row in batch]
