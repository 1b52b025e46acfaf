"""Creating a plan: from approved inputs through an engine to a stored version."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from typing import Any

from ...domain.access.actor import Actor, Role
from ...domain.errors import AlreadyExistsError, PlanvaultError
from ...domain.inputs.content import InputContent
from ...domain.plans.version import PlanAction, PlanEvent, PlanOrigin, PlanVersion, Provenance
from ...domain.runs.job import Job
from ...domain.runs.run import Run
from ...domain.shared.clock import Clock
from ...domain.shared.ids import JobId, RunId, VersionId, comment, title, version_id
from ..access.admission import Admission
from ..engine import EngineRunner, Progress, RunningEngine, silent
from ..retrying import retried
from ..telemetry import Telemetry
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .plan_inputs import revision_to_plan_from
from .publication import Publication, require_unused

PLANNING = "planning"
REFERENCE_ENGINE = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What to plan from and how; without a ``version_id`` the next ``vYYYYMMDD-N`` is taken."""

    input_set: str
    actor: Actor
    version_id: str | None = None
    trial: bool = False
    engine: str = REFERENCE_ENGINE
    parameters: Mapping[str, Any] = field(default_factory=dict)
    title: str | None = None
    objective: str | None = None
    note: str | None = None
    comment: str | None = None
    trigger: str = "facade"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    run: Run
    job: Job
    content: InputContent
    trial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePlan:
    """Make a plan version from a revision by running an engine.

    Run and job are recorded before the engine starts and stay whatever happens; the version with its rows, KPIs,
    event and links is one transaction after it.
    """

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    engines: EngineRunner
    telemetry: Telemetry
    clock: Clock
    zone: tzinfo

    @retried
    async def __call__(self, request: PlanRequest, *, progress: Progress = silent) -> PlanVersion:
        """The stored version.

        Raises:
            ForbiddenError: the actor is no planner.
            AlreadyExistsError: the version id is taken.
            NotFoundError, InputSetMissingError, IllegalTransitionError: the inputs cannot be planned from.
            InvalidRequestError: a parameter of the engine is wrong.
            EngineError: the engine failed; the run says so too.
        """
        request.actor.require(Role.PLANNER)
        prepared = await self._prepare(request)
        self.telemetry.job_submitted(PLANNING)
        began = time.perf_counter()
        try:
            version = await self._plan(request, prepared, progress)
        except (Exception, asyncio.CancelledError) as error:  # whatever ended it, the run has ended
            why = "canceled" if isinstance(error, asyncio.CancelledError) else str(error) or type(error).__name__
            await asyncio.shield(self._fail(prepared, why))
            self.telemetry.job_finished(PLANNING, succeeded=False, seconds=time.perf_counter() - began)
            raise
        self.telemetry.job_finished(PLANNING, succeeded=True, seconds=time.perf_counter() - began)
        return version

    async def _prepare(self, request: PlanRequest) -> _Prepared:
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, request.actor)
            if request.version_id is not None:
                await require_unused(uow, version_id(request.version_id))
            input_set, revision = await revision_to_plan_from(uow, request.input_set, trial=request.trial)
            content = await uow.contents.get(revision.content_hash)
            engine_version, parameters = self.engines.describe(request.engine, request.parameters, content)
            now = self.clock.now()
            job_id, run_id = JobId(f"job-{uuid.uuid4()}"), RunId(f"run-{uuid.uuid4()}")
            run = Run(
                run_id=run_id,
                started_at=now,
                started_by=request.actor.name,
                config_version_id=input_set.config_version_id,
                input_set_label=input_set.label,
                input_revision=revision.number,
                input_content_hash=revision.content_hash,
                engine_name=request.engine,
                engine_version=engine_version,
                engine_parameters=parameters,
                plan_job_id=job_id,
            )
            job = Job(
                job_id=job_id,
                kind=PLANNING,
                trigger=request.trigger,
                parameters={
                    "input_set": revision.reference,
                    "trial": request.trial,
                    "version_id": request.version_id,
                    "engine": request.engine,
                    "parameters": parameters,
                },
                submitted_at=now,
                submitted_by=request.actor.name,
            ).started(run_id, at=now)
            await uow.runs.add(run)
            await uow.jobs.add(job)
            await uow.commit()
        return _Prepared(run=run, job=job, content=content, trial=request.trial)

    async def _plan(self, request: PlanRequest, prepared: _Prepared, progress: Progress) -> PlanVersion:
        run = prepared.run
        async with self.engines.run(run.engine_name, prepared.content, run.engine_parameters, progress) as engine:
            began = time.perf_counter()
            try:
                version = await self._store(request, prepared, engine, progress)
            except PlanvaultError as error:
                self.telemetry.plan_not_stored(error=error.code)
                raise
        seconds = time.perf_counter() - began
        self.telemetry.plan_stored(origin=PlanOrigin.ENGINE, rows=version.series_rows, seconds=seconds)
        return version

    async def _store(
        self, request: PlanRequest, prepared: _Prepared, engine: RunningEngine, progress: Progress
    ) -> PlanVersion:
        progress("store", 0.0)
        async with self.unit_of_work() as uow:
            publication = await self._begun(uow, request, prepared)
            async for name, batches in engine.levels():
                await publication.level(name, batches)
                progress("store", 0.5)
            version = await publication.finish(engine.headers)
            now = self.clock.now()
            await uow.runs.save(prepared.run.succeeded(version.version_id, at=now))
            await uow.jobs.save(prepared.job.succeeded(version.version_id, at=now))
            event = PlanEvent(
                version=version, action=PlanAction.CREATE, actor=request.actor, comment=comment(request.comment)
            )
            await uow.events.append(event.draft(), at=now)
            await uow.commit()
        progress("store", 1.0)
        return version

    async def _begun(self, uow: UnitOfWork, request: PlanRequest, prepared: _Prepared) -> Publication:
        version = self._version(request, prepared)
        if request.version_id is not None:
            publication = Publication(uow, version)
            await publication.begin()
            return publication
        # Somebody may take the same number meanwhile; the next one is as good.
        day = self.clock.now().astimezone(self.zone).strftime("%Y%m%d")
        number = 1
        while True:
            publication = Publication(uow, replace(version, version_id=VersionId(f"v{day}-{number}")))
            try:
                await publication.begin()
            except AlreadyExistsError:
                number += 1
            else:
                return publication

    def _version(self, request: PlanRequest, prepared: _Prepared) -> PlanVersion:
        run, now = prepared.run, self.clock.now()
        cutover = run.engine_parameters.get("cutover_date")
        window = run.engine_parameters.get("recon_window_days")
        return PlanVersion(
            version_id=VersionId(request.version_id or "v"),
            title=title(request.title),
            trial=prepared.trial,
            provenance=Provenance(
                origin=PlanOrigin.ENGINE,
                config_version_id=run.config_version_id,
                input_label=run.input_set_label,
                input_revision=run.input_revision,
                input_content_hash=run.input_content_hash,
                engine_name=run.engine_name,
                engine_version=run.engine_version,
                engine_parameters=run.engine_parameters,
                run_id=run.run_id,
                job_id=run.plan_job_id,
            ),
            cutover_date=date.fromisoformat(cutover) if isinstance(cutover, str) else None,
            recon_window_days=window if isinstance(window, int) else None,
            objective=comment(request.objective),
            note=comment(request.note),
            payload_digest="",
            plan_digest="",
            series_rows=0,
            created_at=now,
            created_by=request.actor.name,
            updated_at=now,
        )

    @retried
    async def _fail(self, prepared: _Prepared, why: str) -> None:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await uow.runs.save(prepared.run.failed(why, at=now))
            await uow.jobs.save(prepared.job.failed(why, at=now))
            await uow.commit()
