"""Plans that are made later, by whoever works on jobs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...domain.access.actor import Role
from ...domain.errors import AlreadyExistsError, PlanvaultError
from ...domain.runs.job import ATTEMPTS, Job
from ...domain.shared.ids import VersionId, version_id
from ..engine import silent
from ..retrying import retried
from ..runs.intake import JobIntake
from ..runs.work_jobs import JobWork
from .make_plan import MakePlan, PlanInWork
from .plan_request import PLANNING, PlanRequest, request_of
from .planning_jobs import planning_job, submitted_before
from .publication import require_unused


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlan:
    """Queue a planning job."""

    make_plan: MakePlan
    intake: JobIntake

    @retried
    async def __call__(self, request: PlanRequest, *, request_key: str | None = None) -> Job:
        """The queued job; under a ``request_key`` that the actor used before for the same, the job of then.

        What can be refused now is refused now; what changes until a worker takes the job up fails it.

        Raises:
            PausedError: no jobs are taken in.
            RequestKeyReusedError: the key was used for another request.
            PlanvaultError: as ``CreatePlan``.
        """
        self.intake.require_open()
        request.actor.require(Role.PLANNER)
        if request.version_id is not None:
            version_id(request.version_id)
        make = self.make_plan
        job = planning_job(request, at=make.clock.now(), most_attempts=ATTEMPTS, request_key=request_key)
        async with make.unit_of_work(read_only=True) as uow:
            await make.admission.admit(uow, request.actor)
            known = await submitted_before(uow, job)
        if known is not None:
            return known
        await make.described(request, job.job_id)
        return await self._queued(job)

    async def _queued(self, job: Job) -> Job:
        make = self.make_plan
        async with make.unit_of_work() as uow:
            if job.actor is not None:
                await make.admission.admit(uow, job.actor)
            if (wanted := job.parameters["version_id"]) is not None:
                await require_unused(uow, VersionId(wanted))
            try:
                await uow.jobs.add(job)
            except AlreadyExistsError:
                known = await submitted_before(uow, job)
                if known is None:
                    raise
                return known
            await uow.commit()
        make.telemetry.job_submitted(PLANNING)
        return job


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOnPlan(JobWork):
    """How planning jobs are done."""

    make_plan: MakePlan

    async def __call__(self, job: Job) -> None:
        """Make the plan of a claimed job.

        Raises:
            PlanvaultError: none came of it; the job says why.
        """
        make = self.make_plan
        try:
            request = await self._request(job)
            run, content = await make.described(request, job.job_id)
            async with make.unit_of_work() as uow:
                await make.admission.admit(uow, request.actor)
                wanted = await make.version_id(uow, request)
                await uow.runs.add(run)
                begun = await uow.jobs.save(replace(job, run_id=run.run_id))
                await uow.commit()
        except PlanvaultError as error:
            await make.ended(job, error)
            raise
        await make(PlanInWork(request=request, job=begun, run=run, version_id=wanted), content, silent)

    async def _request(self, job: Job) -> PlanRequest:
        named = job.parameters.get("base_version_id")
        if named is None:
            return request_of(job, None)
        async with self.make_plan.unit_of_work(read_only=True) as uow:
            return request_of(job, await uow.plans.get(version_id(named)))
