"""Creating a plan: from approved inputs through an engine to a stored version, while the caller waits."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.access.actor import Role
from ...domain.errors import AlreadyExistsError, ConflictError, InProgressError
from ...domain.plans.version import PlanVersion
from ...domain.runs.job import Job, JobStatus
from ...domain.runs.run import Run
from ...domain.shared.ids import version_id
from ..engine import Progress, silent
from ..retrying import retried
from ..unit_of_work import UnitOfWork
from .make_plan import MakePlan, PlanInWork
from .plan_request import PlanRequest
from .planning_jobs import planning_job, submitted_before


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePlan:
    """Make a plan version from a revision by running an engine.

    A store that loses its footing ends the run as failed; the use case then begins anew, with another job and run.
    """

    make_plan: MakePlan

    @retried
    async def __call__(
        self, request: PlanRequest, *, request_key: str | None = None, progress: Progress = silent
    ) -> PlanVersion:
        """The stored version; under a ``request_key`` that the actor used before for the same, the version of then.

        Raises:
            ForbiddenError: the actor is no planner.
            AlreadyExistsError: the version id is taken.
            NotFoundError, InputSetMissingError, IllegalTransitionError: the inputs cannot be planned from.
            InvalidRequestError: a parameter of the engine is wrong, or no plan can be made of the inputs.
            ConflictError: somebody canceled the job, or the request came before and no plan came of it.
            RequestKeyReusedError: the key was used for another request.
            InProgressError: the request came before and is still at work.
            EngineError: the engine failed; the run says so too.
        """
        make = self.make_plan
        request.actor.require(Role.PLANNER)
        if request.version_id is not None:
            version_id(request.version_id)
        job = planning_job(request, at=make.clock.now(), most_attempts=1, request_key=request_key)
        if request_key is not None:
            async with make.unit_of_work(read_only=True) as uow:
                await make.admission.admit(uow, request.actor)
                known = await _made_before(uow, job)
            if known is not None:
                return known
        run, content = await make.described(request, job.job_id)
        work = await self._recorded(request, run, job)
        make.telemetry.job_submitted(job.kind)
        return await make(work, content, progress)

    async def _recorded(self, request: PlanRequest, run: Run, job: Job) -> PlanInWork:
        make = self.make_plan
        async with make.unit_of_work() as uow:
            await make.admission.admit(uow, request.actor)
            wanted = await make.version_id(uow, request)
            lease = await uow.jobs.lease(make.hold.owner, seconds=make.hold.lease_seconds)
            begun = job.claimed(lease, at=run.started_at, run_id=run.run_id)
            try:
                await uow.jobs.add(begun)
            except AlreadyExistsError:
                await _made_before(uow, job)
                raise
            await uow.runs.add(run)
            await uow.commit()
        return PlanInWork(request=request, job=begun, run=run, version_id=wanted)


async def _made_before(uow: UnitOfWork, job: Job) -> PlanVersion | None:
    """The plan that came of the same request before, if it came before."""
    known = await submitted_before(uow, job)
    if known is None:
        return None
    if known.version_id is not None:
        return await uow.plans.get(known.version_id)
    remedy = f"See planvault jobs show {known.job_id}."
    if known.status in {JobStatus.QUEUED, JobStatus.RUNNING}:
        raise InProgressError(
            f"The same request came before; its job {known.job_id} is {known.status}.",
            remedy=remedy,
            job_id=known.job_id,
        )
    raise ConflictError(
        f"The same request came before; its job {known.job_id} is {known.status}: {known.error}",
        remedy=f"{remedy} Take a new key to try once more.",
        job_id=known.job_id,
    )
