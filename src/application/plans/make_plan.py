"""Making a plan: the engine runs, its rows are published, and run and job say how it ended."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo

from ...domain.errors import (
    InvalidRequestError,
    OutcomeUnknownError,
    PausedError,
    PlanvaultError,
    StorageUnavailableError,
)
from ...domain.inputs.content import InputContent
from ...domain.plans.series import SeriesRow
from ...domain.plans.version import PlanAction, PlanEvent, PlanOrigin, PlanVersion, Provenance, plan_stream
from ...domain.runs.job import Job, JobProgress
from ...domain.runs.run import Run
from ...domain.shared.clock import Clock
from ...domain.shared.ids import JobId, RunId, VersionId, comment, title, version_id
from ..access.admission import Admission
from ..engine import EngineRunner, Progress, RunningEngine
from ..retrying import retried
from ..runs.end_jobs import end_run
from ..runs.hold_job import HoldJob, Pulse
from ..telemetry import Telemetry
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .plan_inputs import require_inputs_kept, revision_planned_again_from, revision_to_plan_from
from .plan_request import PlanRequest
from .publication import Publication, require_unused
from .row_guard import RowGuard


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInWork:
    """A plan on its way: what was asked for, the claimed job, its run, and the version that is to come of it."""

    request: PlanRequest
    job: Job
    run: Run
    version_id: VersionId


@dataclass(frozen=True, slots=True, kw_only=True)
class MakePlan:
    """Make a plan version of a claimed job.

    Run and job are recorded before the engine starts and stay whatever happens; the version with its rows, KPIs,
    event and links is one transaction after it, in which the job has to be where it was.  So one plan comes of a
    job, however many worked on it.
    """

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    engines: EngineRunner
    hold: HoldJob
    telemetry: Telemetry
    clock: Clock
    zone: tzinfo
    guard: RowGuard = field(default_factory=RowGuard)

    async def described(self, request: PlanRequest, job_id: JobId) -> tuple[Run, InputContent]:
        """The run that the request comes to as things stand, and what it would plan from; nothing is recorded.

        Raises:
            NotFoundError, InputSetMissingError, IllegalTransitionError: the inputs cannot be planned from.
            InvalidRequestError: a parameter is wrong, or the inputs belong to another config version.
        """
        # Reading and checking a large content is no reason to keep other writers waiting.
        async with self.unit_of_work(read_only=True) as uow:
            await self.admission.admit(uow, request.actor)
            if request.base is None:
                input_set, revision = await revision_to_plan_from(uow, request.input_set, trial=request.trial)
            else:
                input_set, revision = await revision_planned_again_from(uow, request.base, request.input_set)
            if request.config_version_id not in {None, input_set.config_version_id}:
                raise InvalidRequestError(
                    f"{input_set.label} belongs to config version {input_set.config_version_id}, "
                    f"not to {request.config_version_id}.",
                    remedy="Leave out the config version, or name inputs that belong to it.",
                )
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
            plan_job_id=job_id,
        )
        return run, content

    async def version_id(self, uow: UnitOfWork, request: PlanRequest) -> VersionId:
        """The id that was asked for, or the next of the day.

        Raises:
            AlreadyExistsError: it is or was another version's.
        """
        if request.version_id is not None:
            wanted = version_id(request.version_id)
            await require_unused(uow, wanted)
            return wanted
        day = self.clock.now().astimezone(self.zone).strftime("v%Y%m%d")
        while True:
            wanted = VersionId(f"{day}-{await uow.plans.next_number(day)}")
            if await uow.events.head(plan_stream(wanted)) is None:
                return wanted

    async def __call__(self, work: PlanInWork, content: InputContent, progress: Progress) -> PlanVersion:
        """The stored version; the job is held while it is made.

        Raises:
            PlanvaultError: none came of it; run and job say why.
            ConflictError: the job was canceled or taken over.
        """
        began, pulse = time.perf_counter(), Pulse(progress)
        try:
            made = self.guard.with_room(lambda: self._made(work, content, pulse), actor=work.request.actor)
            version = await self.hold(work.job, pulse, made)
        except (Exception, asyncio.CancelledError) as error:  # whatever ended it, the run has ended
            if await asyncio.shield(self.ended(work.job, error)):
                self.telemetry.job_finished(work.job.kind, succeeded=False, seconds=time.perf_counter() - began)
            raise
        self.telemetry.job_finished(work.job.kind, succeeded=True, seconds=time.perf_counter() - began)
        return version

    async def ended(self, job: Job, error: BaseException) -> bool:
        """Write down that a claimed job and its run ended without a plan; whether they had not ended yet.

        What ended them is told in any case, so this keeps its own failures to itself.
        """
        if isinstance(error, OutcomeUnknownError):
            return False
        try:
            return await self._ended_without_plan(job, error)
        except PlanvaultError:
            return False

    async def _made(self, work: PlanInWork, content: InputContent, pulse: Pulse) -> PlanVersion:
        run = work.run
        async with self.engines.run(run.engine_name, content, run.engine_parameters, pulse) as engine:
            began = time.perf_counter()
            try:
                version = await self._stored(work, engine, pulse)
            except PlanvaultError as error:
                self.telemetry.plan_not_stored(error=error.code)
                raise
        seconds = time.perf_counter() - began
        self.telemetry.plan_stored(origin=PlanOrigin.ENGINE, rows=version.series_rows, seconds=seconds)
        return version

    async def _stored(self, work: PlanInWork, engine: RunningEngine, pulse: Pulse) -> PlanVersion:
        request = work.request
        pulse("store", 0.0)
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, request.actor)
            publication = Publication(uow, self._version(work))
            await publication.begin()
            async for name, batches in engine.levels():
                await publication.level(name, _counted(batches, pulse))
                pulse("store", 0.5)
            version = await publication.finish(engine.headers)
            await self.guard.require_room(uow, adding=version.series_rows)
            now = self.clock.now()
            done = replace(work.job, progress=JobProgress(stage="store", percent=100.0, rows=version.series_rows))
            await uow.runs.save(work.run.succeeded(version.version_id, at=now))
            await uow.jobs.save(done.succeeded(version.version_id, at=now))
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
        pulse("store", 1.0)
        return version

    def _version(self, work: PlanInWork) -> PlanVersion:
        request, run, now = work.request, work.run, self.clock.now()
        cutover = run.engine_parameters.get("cutover_date")
        window = run.engine_parameters.get("recon_window_days")
        return PlanVersion(
            version_id=work.version_id,
            title=title(request.title),
            trial=request.trial,
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

    @retried
    async def _ended_without_plan(self, claimed: Job, error: BaseException) -> bool:
        now = self.clock.now()
        stopped = isinstance(error, asyncio.CancelledError)
        why = str(error) or type(error).__name__
        if stopped:
            why = "canceled" if claimed.waited_for else "the worker was stopped"
        async with self.unit_of_work() as uow:
            job = await uow.jobs.get(claimed.job_id)
            if job.row_version != claimed.row_version:
                return False
            if stopped or (isinstance(error, PausedError) and not claimed.waited_for):
                ended = job.put_back(at=now)
            elif isinstance(error, StorageUnavailableError):
                ended = job.given_up(why, at=now)
            else:
                ended = job.failed(why, at=now)
            await uow.jobs.save(ended)
            await end_run(uow, job, why, clock=self.clock)
            await uow.commit()
        return True


async def _counted(batches: AsyncIterator[list[SeriesRow]], pulse: Pulse) -> AsyncIterator[list[SeriesRow]]:
    async for batch in batches:
        yield batch
        pulse.rows += len(batch)
