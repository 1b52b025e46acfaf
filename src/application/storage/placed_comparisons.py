"""Comparisons and pivots where rows lie: in the tables by the database, over folders row by row."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing

from ...domain.plans.comparison import Bucket, ChangeCounts, GroupTotals, Materiality, Rollup, RowChange
from ...domain.plans.kpis import ServiceFigures
from ...domain.plans.pivot import LevelOutline, PivotCell, PlanPivotRepository
from ...domain.plans.ports import PlanComparisonRepository
from ...domain.plans.series import SeriesKey
from ...domain.plans.series_filter import SeriesFilter
from ...domain.shared.ids import VersionId
from .placed_rows import PlacedRows


class PlacedComparisons(PlanComparisonRepository):
    """Compares in the tables what both versions have there, else row by row."""

    def __init__(self, tables: PlanComparisonRepository, by_rows: PlanComparisonRepository, placed: PlacedRows) -> None:
        """Choose between these."""
        self._tables = tables
        self._by_rows = by_rows
        self._placed = placed

    async def changes(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        *,
        buckets: Collection[Bucket] | None,
        after: SeriesKey | None = None,
        limit: int,
        largest: bool = False,
    ) -> list[RowChange]:
        """Changes in key order after a key, or the largest."""
        chosen = await self._of(versions)
        return await chosen.changes(
            versions, level, material, buckets=buckets, after=after, limit=limit, largest=largest
        )

    async def all_changes(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        *,
        buckets: Collection[Bucket] | None,
    ) -> AsyncGenerator[list[RowChange]]:
        """Every change in key order, in batches."""
        chosen = await self._of(versions)
        async with aclosing(chosen.all_changes(versions, level, material, buckets=buckets)) as batches:
            async for batch in batches:
                yield batch

    async def change_counts(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        *,
        buckets: Collection[Bucket] | None,
    ) -> ChangeCounts:
        """How many changes of each kind there are."""
        return await (await self._of(versions)).change_counts(versions, level, material, buckets=buckets)

    async def totals(
        self, versions: tuple[VersionId, VersionId], level: str, by: Rollup, measures: Sequence[str]
    ) -> list[GroupTotals]:
        """The sums of both versions by group, in order of group."""
        return await (await self._of(versions)).totals(versions, level, by, measures)

    async def _of(self, versions: Sequence[VersionId]) -> PlanComparisonRepository:
        for version in versions:
            if await self._placed.folder(version) is not None:
                return self._by_rows
        return self._tables


class PlacedPivots(PlanPivotRepository):
    """Adds up in the tables what a version has there, else row by row."""

    def __init__(self, tables: PlanPivotRepository, by_rows: PlanPivotRepository, placed: PlacedRows) -> None:
        """Choose between these."""
        self._tables = tables
        self._by_rows = by_rows
        self._placed = placed

    async def items(self, version_id: VersionId, level: str, only: SeriesFilter) -> list[str]:
        """The items that wanted rows of a level are about, each once."""
        return await (await self._of(version_id)).items(version_id, level, only)

    async def cells(
        self, version_id: VersionId, level: str, measure: str, items: Collection[str], only: SeriesFilter
    ) -> list[PivotCell]:
        """The wanted rows of these items, added up by item and bucket."""
        return await (await self._of(version_id)).cells(version_id, level, measure, items, only)

    async def service(self, version_id: VersionId, level: str) -> ServiceFigures:
        """What ``service_figures`` says of all rows of a level."""
        return await (await self._of(version_id)).service(version_id, level)

    async def outlines(self, version_id: VersionId) -> list[LevelOutline]:
        """What each level of a version comes to, in order of level."""
        return await (await self._of(version_id)).outlines(version_id)

    async def _of(self, version_id: VersionId) -> PlanPivotRepository:
        return self._tables if await self._placed.folder(version_id) is None else self._by_rows
