"""Comparing plans row by row, wherever their rows lie: for stores that cannot join them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import aclosing

from ...domain.plans.comparison import (
    Bucket,
    ChangeCounts,
    GroupSums,
    GroupTotals,
    Materiality,
    Rollup,
    RowChange,
    change_of,
    totals_of,
)
from ...domain.plans.ports import BATCH_ROWS, PlanComparisonRepository
from ...domain.plans.series import SeriesKey, SeriesRow
from ...domain.shared.ids import VersionId
from .matching import matched

# The rows of a level in key order, in batches: those in these buckets, or all.
ReadRows = Callable[[VersionId, str, Collection[Bucket] | None], AsyncGenerator[list[SeriesRow]]]


class RowComparisons(PlanComparisonRepository):
    """Reads both plans side by side in key order; memory stays flat."""

    def __init__(self, read: ReadRows) -> None:
        """Compare what this reads."""
        self._read = read

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
        async with aclosing(self._found(versions, level, material, buckets)) as found:
            if largest:
                kept: list[tuple[float, int, RowChange]] = []
                number = 0
                async for change in found:
                    number += 1  # of two equally large ones, that with the smaller key comes first
                    heapq.heappush(kept, (abs(change.delta(0)), -number, change))
                    if len(kept) > limit:
                        heapq.heappop(kept)
                return [change for _, _, change in sorted(kept, reverse=True)]
            page: list[RowChange] = []
            async for change in found:
                if len(page) == limit:
                    break
                if after is None or change.key > after:
                    page.append(change)
            return page

    async def all_changes(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        *,
        buckets: Collection[Bucket] | None,
    ) -> AsyncGenerator[list[RowChange]]:
        """Every change in key order, in batches."""
        batch: list[RowChange] = []
        async with aclosing(self._found(versions, level, material, buckets)) as found:
            async for change in found:
                batch.append(change)
                if len(batch) == BATCH_ROWS:
                    yield batch
                    batch = []
        if batch:
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
        counts: Counter[str] = Counter()
        async with aclosing(self._found(versions, level, material, buckets)) as found:
            async for change in found:
                counts[change.kind] += 1
        return ChangeCounts(**counts)

    async def totals(
        self, versions: tuple[VersionId, VersionId], level: str, by: Rollup, measures: Sequence[str]
    ) -> list[GroupTotals]:
        """The sums of both versions by group, in order of group."""
        before, after = [await self._sums(version, level, by, measures) for version in versions]
        return totals_of(before, after, measures)

    async def _sums(self, version: VersionId, level: str, by: Rollup, measures: Sequence[str]) -> GroupSums:
        sums = GroupSums(by, measures)
        async with aclosing(self._read(version, level, None)) as batches:
            async for batch in batches:
                sums.take(batch)
        return sums

    async def _found(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        buckets: Collection[Bucket] | None,
    ) -> AsyncGenerator[RowChange]:
        if buckets is not None and not buckets:
            return
        before, after = (self._read(version, level, buckets) for version in versions)
        async with aclosing(matched(before, after)) as pairs:
            async for pair in pairs:
                if (change := change_of(pair, material)) is not None:
                    yield change
