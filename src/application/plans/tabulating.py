"""Plans as tables, as the facade offers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from ...domain.plans.pivot import LevelOutline
from ...domain.plans.series_filter import EVERY_ROW, SeriesFilter
from ...domain.shared.paging import DEFAULT_LIMIT
from .pivot_plan import PivotPage, PivotPlan, PivotRequest


@dataclass(frozen=True, kw_only=True)
class Tabulating:
    """Stored rows turned into tables inside the store."""

    pivot_plan: PivotPlan

    async def pivot(
        self,
        version_id: str,
        *,
        level: str,
        measure: str,
        only: SeriesFilter = EVERY_ROW,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> PivotPage:
        """A measure of a level by item and bucket, page by page (``PivotPlan``)."""
        request = PivotRequest(version_id=version_id, level=level, measure=measure, only=only)
        return await self.pivot_plan.page(request, limit=limit, cursor=cursor)

    def pivot_pages(
        self, version_id: str, *, level: str, measure: str, only: SeriesFilter = EVERY_ROW
    ) -> AsyncGenerator[PivotPage]:
        """As ``pivot``, every item, some at a time."""
        request = PivotRequest(version_id=version_id, level=level, measure=measure, only=only)
        return self.pivot_plan.stream(request)

    async def levels(self, version_id: str) -> Sequence[LevelOutline]:
        """The rows, buckets, items, locations and totals of each level, counted and added up from the rows."""
        return await self.pivot_plan.outlines(version_id)
