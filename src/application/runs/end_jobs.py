"""Canceling jobs, asking for them once more, and what came of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from ...domain.access.actor import Actor, Role
from ...domain.errors import IllegalTransitionError
from ...domain.plans.version import PlanVersion
from ...domain.runs.job import ATTEMPTS, Job, JobStatus
from ...domain.runs.run import RunStatus
from ...domain.shared.clock import Clock
from ...domain.shared.ids import JobId, comment
from ..access.admission import Admission
from ..retrying import retried
from ..telemetry import Telemetry
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .intake import JobIntake

_RETRIED = frozenset({JobStatus.FAILED, JobStatus.CANCELED})


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelJob:
    """Stop a job that waits or is worked on; whoever works on it, in whatever process, lets go of it."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    telemetry: Telemetry
    clock: Clock

    @retried
    async def __call__(self, job_id: str, *, actor: Actor, said: str | None = None) -> Job:
        """The job, canceled; nothing of its plan is kept, and its ``error`` says by whom, and why if that is said.

        Raises:
            ForbiddenError: the actor is no planner.
            NotFoundError: there is no such job.
            IllegalTransitionError: it has ended.
            StaleVersionError: it ended or was taken up at this moment.
        """
        actor.require(Role.PLANNER)
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor)
            known = await uow.jobs.get(JobId(job_id))
            job = await uow.jobs.save(known.canceled(by=actor.name, why=comment(said), at=now))
            await end_run(uow, known, job.error or "canceled", clock=self.clock)
            await uow.commit()
        began = known.started_at or now
        self.telemetry.job_finished(job.kind, succeeded=False, seconds=max(0.0, (now - began).total_seconds()))
        return job


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryJob:
    """Ask once more for what a job did not bring about, as a job of its own."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    intake: JobIntake
    telemetry: Telemetry
    clock: Clock

    @retried
    async def __call__(self, job_id: str, *, actor: Actor, said: str | None = None, trigger: str = "facade") -> Job:
        """The new job, queued, in the name of the one who asks; what is ``said`` goes with the event of its plan.

        Raises:
            PausedError: no jobs are taken in.
            ForbiddenError: the actor is no planner.
            NotFoundError: there is no such job.
            IllegalTransitionError: it neither failed nor was canceled.
        """
        self.intake.require_open()
        actor.require(Role.PLANNER)
        also = {} if said is None else {"comment": comment(said)}
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor)
            known = await uow.jobs.get(JobId(job_id))
            if known.status not in _RETRIED:
                raise IllegalTransitionError(
                    f"The job {known.job_id} is {known.status}; only one that failed or was canceled is tried again.",
                    remedy=f"See planvault jobs show {known.job_id}.",
                )
            job = Job(
                job_id=JobId(f"job-{uuid.uuid4()}"),
                kind=known.kind,
                trigger=trigger,
                parameters={**known.parameters, **also, "retry_of": known.job_id},
                submitted_at=self.clock.now(),
                submitted_by=actor.name,
                actor=actor,
                most_attempts=ATTEMPTS,
            )
            await uow.jobs.add(job)
            await uow.commit()
        self.telemetry.job_submitted(job.kind)
        return job


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadJobResult:
    """What came of a job."""

    unit_of_work: UnitOfWorkFactory

    async def __call__(self, job_id: str) -> PlanVersion:
        """The plan that a job made.

        Raises:
            NotFoundError: there is no such job, or its plan was deleted.
            IllegalTransitionError: it has not succeeded.
        """
        async with self.unit_of_work(read_only=True) as uow:
            job = await uow.jobs.get(JobId(job_id))
            if job.status is not JobStatus.SUCCEEDED or job.version_id is None:
                why = "" if job.error is None else f": {job.error}"
                raise IllegalTransitionError(
                    f"The job {job.job_id} is {job.status}, so it has no result{why}",
                    remedy=f"See planvault jobs show {job.job_id}.",
                )
            return await uow.plans.get(job.version_id)


async def end_run(uow: UnitOfWork, job: Job, reason: str, *, clock: Clock) -> None:
    """Let the run of a job's last attempt end without a plan, if it has not ended."""
    if job.run_id is None:
        return
    run = await uow.runs.get(job.run_id)
    if run.status is RunStatus.RUNNING:
        await uow.runs.save(run.failed(reason, at=clock.now()))
