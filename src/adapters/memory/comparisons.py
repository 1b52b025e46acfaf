"""Comparing plans in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Collection, Iterator, Sequence

from ...domain.plans.comparison import (
    Bucket,
    ChangeCounts,
    GroupTotals,
    Materiality,
    Rollup,
    RowChange,
    changes_between,
    rolled_up,
)
from ...domain.plans.ports import BATCH_ROWS, PlanComparisonRepository
from ...domain.plans.series import SeriesKey, SeriesRow
from ...domain.shared.ids import VersionId, folded
from .state import MemoryState


class MemoryPlanComparisonRepository(PlanComparisonRepository):
    """Compares plans of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._state = state

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
        found = list(self._found(versions, level, material, buckets))
        if largest:
            return sorted(found, key=lambda change: -abs(change.delta(0)))[:limit]
        return [change for change in found if after is None or change.key > after][:limit]

    async def all_changes(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        *,
        buckets: Collection[Bucket] | None,
    ) -> AsyncGenerator[list[RowChange]]:
        """Every change in key order, in batches."""
        found = list(self._found(versions, level, material, buckets))
        for start in range(0, len(found), BATCH_ROWS):
            yield found[start : start + BATCH_ROWS]

    async def change_counts(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        *,
        buckets: Collection[Bucket] | None,
    ) -> ChangeCounts:
        """How many changes of each kind there are."""
        return ChangeCounts(**Counter(change.kind for change in self._found(versions, level, material, buckets)))

    async def totals(
        self, versions: tuple[VersionId, VersionId], level: str, by: Rollup, measures: Sequence[str]
    ) -> list[GroupTotals]:
        """The sums of both versions by group, in order of group."""
        before, after = (self._rows(version, level) for version in versions)
        return rolled_up(before, after, by, measures)

    def _found(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        buckets: Collection[Bucket] | None,
    ) -> Iterator[RowChange]:
        before, after = (
            [row for row in self._rows(version, level) if buckets is None or row.key[1:3] in buckets]
            for version in versions
        )
        return changes_between(before, after, material)

    def _rows(self, version_id: VersionId, level: str) -> Sequence[SeriesRow]:
        return self._state.rows.get((folded(version_id), level), ())
