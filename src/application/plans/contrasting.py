"""Comparisons of plans, as the facade offers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from ...domain.plans.comparison import DEFAULT_MEASURES, GroupTotals, Materiality, Rollup, RowChange
from ...domain.shared.paging import DEFAULT_LIMIT, Page
from .compare_plans import ComparePlans, PlanComparison


@dataclass(frozen=True, kw_only=True)
class Contrasting:
    """How two plan versions differ; the first is the one before, and stored values are compared."""

    compare_plans: ComparePlans

    async def compare(self, before: str, after: str, *, material: Materiality | None = None) -> PlanComparison:
        """How two versions differ, level by level (``ComparePlans``)."""
        return await self.compare_plans(before, after, material or Materiality())

    async def changes(
        self,
        before: str,
        after: str,
        *,
        level: str,
        material: Materiality | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[RowChange]:
        """Some changes of a level, in key order."""
        return await self.compare_plans.changes(
            before, after, level, material or Materiality(), limit=limit, cursor=cursor
        )

    async def largest_changes(
        self, before: str, after: str, *, level: str, top: int, material: Materiality | None = None
    ) -> Sequence[RowChange]:
        """The changes of a level in which the first measure changed most."""
        return await self.compare_plans.largest(before, after, level, material or Materiality(), top=top)

    def all_changes(
        self, before: str, after: str, *, level: str, material: Materiality | None = None
    ) -> AsyncGenerator[Sequence[RowChange]]:
        """Every change of a level in key order, in batches."""
        return self.compare_plans.stream(before, after, level, material or Materiality())

    async def compared_totals(
        self, before: str, after: str, *, level: str, by: Rollup, measures: Sequence[str] = DEFAULT_MEASURES
    ) -> Sequence[GroupTotals]:
        """The sums of both versions by bucket, item or location."""
        return await self.compare_plans.totals(before, after, level, by, measures)
