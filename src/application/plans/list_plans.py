"""Listing plans with what people ask for beside them, at a cost that does not grow with their rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ...domain.access.policy import ApprovalPolicy
from ...domain.plans.kpis import Kpi
from ...domain.plans.ports import PlanFilter
from ...domain.plans.series import PlanSeries
from ...domain.plans.version import PlanVersion
from ...domain.runs.job import Job
from ...domain.shared.ids import VersionId
from ...domain.shared.paging import Page, check_limit
from ..unit_of_work import UnitOfWorkFactory


class PlanInclude(StrEnum):
    """What may stand beside each version of a list."""

    SUMMARY = "summary"
    KPI = "kpi"
    JOBS = "jobs"
    LEGACY = "legacy"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPlan:
    """A version of a list; what was not to be included is null, what there is none of is empty."""

    version: PlanVersion
    include: frozenset[PlanInclude] = frozenset()
    series: Sequence[PlanSeries] = ()
    kpis: Sequence[Kpi] = ()
    last_job: Job | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlans:
    """A page of plan versions: one query for the page and one for each thing to include, from maintained totals."""

    unit_of_work: UnitOfWorkFactory
    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)

    async def __call__(
        self, wanted: PlanFilter, *, include: Collection[PlanInclude], limit: int, cursor: str | None
    ) -> Page[ListedPlan]:
        """Plan versions in the order that is wanted.

        Raises:
            InvalidRequestError: limit or cursor are wrong.
        """
        asked = frozenset(include)
        async with self.unit_of_work(read_only=True) as uow:
            page = await uow.plans.list(replace(wanted, policy=self.policy), limit=check_limit(limit), cursor=cursor)
            ids = [version.version_id for version in page.items]
            series: Mapping[VersionId, Sequence[PlanSeries]] = {}
            kpis: Mapping[VersionId, Sequence[Kpi]] = {}
            jobs: Mapping[VersionId, Job] = {}
            if PlanInclude.SUMMARY in asked:
                series = await uow.payload.series_of(ids)
            if PlanInclude.KPI in asked:
                kpis = await uow.payload.total_kpis_of(ids)
            if PlanInclude.JOBS in asked:
                jobs = await uow.jobs.last_of(ids)
        items = [
            ListedPlan(
                version=version,
                include=asked,
                series=series.get(version.version_id, ()),
                kpis=kpis.get(version.version_id, ()),
                last_job=jobs.get(version.version_id),
            )
            for version in page.items
        ]
        return Page(items=items, next_cursor=page.next_cursor)
