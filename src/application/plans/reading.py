"""Plans to look at, as the facade offers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass

from ...domain.plans.kpis import Kpi
from ...domain.plans.ports import PlanFilter
from ...domain.plans.series import SeriesRow
from ...domain.plans.series_filter import EVERY_ROW, SeriesFilter
from ...domain.plans.version import PlanVersion
from ...domain.shared.paging import DEFAULT_LIMIT, Page
from .list_plans import ListedPlan, ListPlans, PlanInclude
from .read_plans import PlanSummary, ReadPlans


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Plan versions, their series, KPIs and artifacts."""

    read: ReadPlans
    list_plans: ListPlans

    async def list(
        self, wanted: PlanFilter | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[PlanVersion]:
        """Plan versions, newest first unless ``wanted`` says otherwise."""
        return await self.read.list(wanted or PlanFilter(), limit=limit, cursor=cursor)

    async def listed(
        self,
        wanted: PlanFilter | None = None,
        *,
        include: Collection[PlanInclude] = (),
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[ListedPlan]:
        """Plan versions as ``list``, each with what is to be included (``ListPlans``)."""
        return await self.list_plans(wanted or PlanFilter(), include=include, limit=limit, cursor=cursor)

    async def get(self, version_id: str) -> PlanVersion:
        """The version of that id."""
        return await self.read.get(version_id)

    async def summary(self, version_id: str) -> PlanSummary:
        """The plan on one page."""
        return await self.read.summary(version_id)

    async def kpis(self, version_id: str) -> Sequence[Kpi]:
        """All KPIs of a version, stored and derived."""
        return await self.read.kpis(version_id)

    def series(self, version_id: str, *, level: str, only: SeriesFilter = EVERY_ROW) -> AsyncGenerator[SeriesRow]:
        """The rows of a level in key order, one by one: all of them, or ``only`` those that a filter wants."""
        return self.read.series(version_id, level, only)

    def batches(
        self, version_id: str, *, level: str, only: SeriesFilter = EVERY_ROW
    ) -> AsyncGenerator[Sequence[SeriesRow]]:
        """As ``series``, in batches."""
        return self.read.batches(version_id, level, only)

    async def page(
        self, version_id: str, *, level: str, limit: int, cursor: str | None = None, only: SeriesFilter = EVERY_ROW
    ) -> Page[SeriesRow]:
        """As ``series``, page by page; the filter is given with every page again."""
        return await self.read.page(version_id, level, limit=limit, cursor=cursor, only=only)

    async def artifact_names(self, version_id: str) -> Sequence[str]:
        """The legacy-shaped artifacts of a version."""
        return await self.read.artifact_names(version_id)

    def artifact(self, version_id: str, name: str) -> AsyncGenerator[str]:
        """The text of one artifact, piece by piece."""
        return self.read.artifact(version_id, name)
