"""Comparisons of plans, as the facade offers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from ...domain.plans.comparison import DEFAULT_MEASURES, GroupTotals, Materiality, Rollup, RowChange
from ...domain.shared.paging import DEFAULT_LIMIT, Page
from ..engine import Progress, silent
from .compare_plans import ComparePlans, PlanComparison
from .explain_plans import ExplainPlans, PlanExplanation


@dataclass(frozen=True, kw_only=True)
class Contrasting:
    """How two plan versions differ, and why; the first is the one before. Stored values are compared."""

    compare_plans: ComparePlans
    explain_plans: ExplainPlans

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

    async def explain(
        self,
        before: str,
        after: str,
        *,
        levels: Sequence[str] = (),
        measures: Sequence[str] = DEFAULT_MEASURES,
        progress: Progress = silent,
    ) -> PlanExplanation:
        """From which causes the totals of both versions, edits included, differ (``ExplainPlans``)."""
        return await self.explain_plans(before, after, levels=levels, measures=measures, progress=progress)
