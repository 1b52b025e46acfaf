"""Creating a plan: from approved inputs through an engine to a stored version."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import Any

from ...domain.access.actor import Actor, Role
from ...domain.errors import OutcomeUnknownError, PlanvaultError
from ...domain.inputs.content import InputContent
from ...domain.plans.version import PlanAction, PlanEvent, PlanOrigin, PlanVersion, Provenance, plan_stream
from ...domain.runs.job import Job
from ...domain.runs.run import Run, RunStatus
from ...domain.shared.clock import Clock
from ...domain.shared.ids import JobId, RunId, VersionId, comment, title, version_id
from ..access.admission import Admission
from ..engine import EngineRunner, Progress, RunningEngine, silent
from ..retrying import retried
from ..telemetry import Telemetry
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .plan_inputs import require_inputs_kept, revision_planned_again_from, revision_to_plan_from
from .publication import Publication, require_unused

PLANNING = "planning"
REFERENCE_ENGINE = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What to plan from and how; without a ``version_id`` the next ``vYYYYMMDD-N`` is taken.

    With a ``base`` the plan is made again from what that one was made from, or from ``input_set`` instead, and
    ``action`` says how its event is called.
    """

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
    base: PlanVersion | None = None
    action: PlanAction = PlanAction.RECONCILE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    run: Run
    job: Job
    version_id: VersionId
    content: InputContent
    trial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePlan:
    """Make a plan version from a revision by running an engine.

    Run and job are recorded before the engine starts and stay whatever happens; the version with its rows, KPIs,
    event and links is one transaction after it.  A store that loses its footing ends the run as failed; the use case
    then begins anew, with another run.
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
            InvalidRequestError: a parameter of the engine is wrong, or no plan can be made of the inputs.
            EngineError: the engine failed; the run says so too.
        """
        request.actor.require(Role.PLANNER)
        if request.version_id is not None:
            version_id(request.version_id)
        run, content = await self._described(request)
        began = time.perf_counter()
        try:
            prepared = await self._recorded(request, run, content)
            self.telemetry.job_submitted(PLANNING)
            version = await self._plan(request, prepared, progress)
        except (Exception, asyncio.CancelledError) as error:  # whatever ended it, the run has ended
            if await asyncio.shield(self._note_the_end(run, error)):
                self.telemetry.job_finished(PLANNING, succeeded=False, seconds=time.perf_counter() - began)
            raise
        self.telemetry.job_finished(PLANNING, succeeded=True, seconds=time.perf_counter() - began)
        return version

    async def _described(self, request: PlanRequest) -> tuple[Run, InputContent]:
        # Reading and checking a large content is no reason to keep other writers waiting.
        async with self.unit_of_work(read_only=True) as uow:
            await self.admission.admit(uow, request.actor)
            if request.base is None:
                input_set, revision = await revision_to_plan_from(uow, request.input_set, trial=request.trial)
            else:
                input_set, revision = await revision_planned_again_from(uow, request.base, request.input_set)
            content = await uow.contents.get(revision.content_hash)
        engine_version, parameters = self.engines.describe(request.engine, request.parameters, content)
        run = Run(
            run_id=RunId(f"run-{uuid.uuid4()}"),
            started_at=self.clock.now(),
            started_by=request.actor.name,
            config_version_id=input_set.config_version_id,
            input_set_label=input_set.label,
            input_revision=revision.number,
            input_content_hash=revision.content_hash,
            engine_name=request.engine,
            engine_version=engine_version,
            engine_parameters=parameters,
            plan_job_id=JobId(f"job-{uuid.uuid4()}"),
        )
        return run, content

    async def _recorded(self, request: PlanRequest, run: Run, content: InputContent) -> _Prepared:
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, request.actor)
            wanted = await self._version_id(uow, request)
            job = Job(
                job_id=_job_of(run),
                kind=PLANNING,
                trigger=request.trigger,
                parameters={
                    "input_set": f"{run.input_set_label}@{run.input_revision}",
                    "trial": request.trial,
                    "version_id": wanted,
                    "engine": request.engine,
                    "parameters": run.engine_parameters,
                    **({} if request.base is None else {"base_version_id": request.base.version_id}),
                },
                submitted_at=run.started_at,
                submitted_by=request.actor.name,
            ).started(run.run_id, at=run.started_at)
            await uow.runs.add(run)
            await uow.jobs.add(job)
            await uow.commit()
        return _Prepared(run=run, job=job, version_id=wanted, content=content, trial=request.trial)

    async def _version_id(self, uow: UnitOfWork, request: PlanRequest) -> VersionId:
        if request.version_id is not None:
            wanted = version_id(request.version_id)
            await require_unused(uow, wanted)
            return wanted
        day = self.clock.now().astimezone(self.zone).strftime("v%Y%m%d")
        while True:
            wanted = VersionId(f"{day}-{await uow.plans.next_number(day)}")
            if await uow.events.head(plan_stream(wanted)) is None:
                return wanted

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
            await self.admission.admit(uow, request.actor)
            publication = Publication(uow, self._version(request, prepared))
            await publication.begin()
            async for name, batches in engine.levels():
                await publication.level(name, batches)
                progress("store", 0.5)
            version = await publication.finish(engine.headers)
            now = self.clock.now()
            await uow.runs.save(prepared.run.succeeded(version.version_id, at=now))
            await uow.jobs.save(prepared.job.succeeded(version.version_id, at=now))
            event = PlanEvent(
                version=version,
                action=PlanAction.CREATE if request.base is None else request.action,
                actor=request.actor,
                comment=comment(request.comment),
                base=request.base,
            )
            await require_inputs_kept(uow, version.provenance)
            await uow.events.append(event.draft(), at=now)
            await uow.commit()
        progress("store", 1.0)
        return version

    def _version(self, request: PlanRequest, prepared: _Prepared) -> PlanVersion:
        run, now = prepared.run, self.clock.now()
        cutover = run.engine_parameters.get("cutover_date")
        window = run.engine_parameters.get("recon_window_days")
        return PlanVersion(
            version_id=prepared.version_id,
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
                base_version_id=None if request.base is None else request.base.version_id,
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

    async def _note_the_end(self, run: Run, error: BaseException) -> bool:
        """Write down that run and job ended without a plan; whether they had not ended yet.

        What ended them is told in any case, so this keeps its own failures to itself.
        """
        if isinstance(error, OutcomeUnknownError):
            return False
        try:
            return await self._ended_without_plan(run, error)
        except PlanvaultError:
            return False

    @retried
    async def _ended_without_plan(self, begun: Run, error: BaseException) -> bool:
        now = self.clock.now()
        canceled = isinstance(error, asyncio.CancelledError)
        why = "canceled" if canceled else str(error) or type(error).__name__
        async with self.unit_of_work() as uow:
            run, job = await uow.runs.get(begun.run_id), await uow.jobs.get(_job_of(begun))
            if run.status is not RunStatus.RUNNING:
                return False
            await uow.runs.save(run.failed(why, at=now))
            await uow.jobs.save(job.canceled(at=now) if canceled else job.failed(why, at=now))
            await uow.commit()
        return True


def _job_of(run: Run) -> JobId:
    if run.plan_job_id is None:
        raise AssertionError("a run that was described here has its job")
    return run.plan_job_id
