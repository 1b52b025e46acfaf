"""Plan versions, as the facade offers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...domain.access.actor import Actor
from ...domain.plans.kpis import Kpi
from ...domain.plans.ports import PlanFilter
from ...domain.plans.reconciliation import Delta
from ...domain.plans.series import SeriesRow
from ...domain.plans.version import PlanVersion
from ...domain.shared.paging import DEFAULT_LIMIT, Page
from ..engine import Progress, silent
from ..exchange import NamedStream
from .create_plan import REFERENCE_ENGINE, CreatePlan, PlanRequest
from .read_plans import PlanSummary, ReadPlans
from .read_reconciliation import DeltasWanted, ReadReconciliation
from .reconcile_plan import ReconcilePlan, ReconcileRequest
from .register_plan import RegisterPlan, RegisterRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """Plan versions."""

    create_plan: CreatePlan
    register_plan: RegisterPlan
    read: ReadPlans
    reconcile_plan: ReconcilePlan
    read_reconciliation: ReadReconciliation

    async def create(  # noqa: PLR0913 (the request, written out for callers)
        self,
        *,
        input_set: str,
        actor: Actor,
        version_id: str | None = None,
        trial: bool = False,
        engine: str = REFERENCE_ENGINE,
        parameters: Mapping[str, Any] | None = None,
        title: str | None = None,
        objective: str | None = None,
        note: str | None = None,
        comment: str | None = None,
        trigger: str = "facade",
        progress: Progress = silent,
    ) -> PlanVersion:
        """Make a plan from the live revision of a label, or a trial from ``LABEL@N`` (``CreatePlan``)."""
        request = PlanRequest(
            input_set=input_set,
            actor=actor,
            version_id=version_id,
            trial=trial,
            engine=engine,
            parameters=parameters or {},
            title=title,
            objective=objective,
            note=note,
            comment=comment,
            trigger=trigger,
        )
        return await self.create_plan(request, progress=progress)

    async def register(
        self, request: RegisterRequest, rows: Iterable[SeriesRow] | AsyncIterable[SeriesRow]
    ) -> PlanVersion:
        """Keep rows that some other program planned (``RegisterPlan``)."""
        return await self.register_plan.rows(rows, request)

    async def register_file(self, request: RegisterRequest, file: NamedStream) -> PlanVersion:
        """Keep the rows of a JSON lines or CSV file (``RegisterPlan``)."""
        return await self.register_plan.file(file, request)

    async def reconcile(self, request: ReconcileRequest, *, progress: Progress = silent) -> PlanVersion:
        """Make a plan again with other parameters or from other inputs (``ReconcilePlan``)."""
        return await self.reconcile_plan(request, progress=progress)

    async def deltas(self, version_id: str, wanted: DeltasWanted | None = None) -> Sequence[Delta]:
        """How far det and aggregate of a version lie apart, by family and period."""
        return await self.read_reconciliation(version_id, wanted or DeltasWanted())

    async def list(
        self, wanted: PlanFilter | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[PlanVersion]:
        """Plan versions, newest first."""
        return await self.read.list(wanted or PlanFilter(), limit=limit, cursor=cursor)

    async def get(self, version_id: str) -> PlanVersion:
        """The version of that id."""
        return await self.read.get(version_id)

    async def summary(self, version_id: str) -> PlanSummary:
        """The plan on one page."""
        return await self.read.summary(version_id)

    async def kpis(self, version_id: str) -> Sequence[Kpi]:
        """All KPIs of a version, stored and derived."""
        return await self.read.kpis(version_id)

    def series(self, version_id: str, *, level: str) -> AsyncGenerator[SeriesRow]:
        """Every row of a level in key order, one by one."""
        return self.read.series(version_id, level)

    def batches(self, version_id: str, *, level: str) -> AsyncGenerator[Sequence[SeriesRow]]:
        """Every row of a level in key order, in batches."""
        return self.read.batches(version_id, level)

    async def page(self, version_id: str, *, level: str, limit: int, cursor: str | None = None) -> Page[SeriesRow]:
        """Some rows of a level in key order."""
        return await self.read.page(version_id, level, limit=limit, cursor=cursor)

    async def artifact_names(self, version_id: str) -> Sequence[str]:
        """The legacy-shaped artifacts of a version."""
        return await self.read.artifact_names(version_id)

    def artifact(self, version_id: str, name: str) -> AsyncGenerator[str]:
        """The text of one artifact, piece by piece."""
        return self.read.artifact(version_id, name)
