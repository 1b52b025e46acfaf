"""How plans come to be, as the facade offers it."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...domain.access.actor import Actor
from ...domain.plans.series import SeriesRow
from ...domain.plans.version import PlanVersion
from ...domain.runs.job import Job
from ..engine import Progress, silent
from ..exchange import NamedStream
from .create_plan import CreatePlan
from .plan_request import REFERENCE_ENGINE, PlanRequest
from .queue_plan import QueuePlan
from .register_plan import RegisterPlan
from .register_request import RegisterRequest


@dataclass(frozen=True, kw_only=True)
class Making:
    """New plan versions."""

    create_plan: CreatePlan
    queue_plan: QueuePlan
    register_plan: RegisterPlan

    async def create(  # noqa: PLR0913 (the request, written out for callers)
        self,
        *,
        input_set: str,
        actor: Actor,
        version_id: str | None = None,
        config_version_id: int | None = None,
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
            config_version_id=config_version_id,
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

    async def create_once(
        self, request: PlanRequest, *, request_key: str | None = None, progress: Progress = silent
    ) -> PlanVersion:
        """Make a plan; the same request under the same key makes it once (``CreatePlan``)."""
        return await self.create_plan(request, request_key=request_key, progress=progress)

    async def queue(self, request: PlanRequest, *, request_key: str | None = None) -> Job:
        """Have a plan made later, by whoever works on jobs (``QueuePlan``)."""
        return await self.queue_plan(request, request_key=request_key)

    async def register(
        self, request: RegisterRequest, rows: Iterable[SeriesRow] | AsyncIterable[SeriesRow]
    ) -> PlanVersion:
        """Keep rows that some other program planned (``RegisterPlan``)."""
        return await self.register_plan.rows(rows, request)

    async def register_file(self, request: RegisterRequest, file: NamedStream) -> PlanVersion:
        """Keep the rows of a JSON lines or CSV file, or a packed plan (``RegisterPlan``)."""
        return await self.register_plan.file(file, request)
