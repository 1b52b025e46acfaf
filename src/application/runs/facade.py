"""Runs and jobs, as the facade offers them."""

from __future__ import annotations

from asyncio import Event
from dataclasses import dataclass

from ...domain.access.actor import Actor
from ...domain.plans.version import PlanVersion
from ...domain.runs.job import Job, JobStatus
from ...domain.runs.ports import JobsStanding, RunFilter
from ...domain.runs.run import Run
from ...domain.shared.ids import VersionId
from ...domain.shared.paging import DEFAULT_LIMIT, Page
from .end_jobs import CancelJob, ReadJobResult, RetryJob
from .read_runs import ReadJobs, ReadRuns, RunDetail
from .work_jobs import WorkJobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Runs."""

    read: ReadRuns

    async def list(
        self, wanted: RunFilter | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[Run]:
        """Runs, newest first."""
        return await self.read.list(wanted or RunFilter(), limit=limit, cursor=cursor)

    async def get(self, run_id: str) -> Run:
        """The run of that id."""
        return await self.read.get(run_id)

    async def detail(self, run_id: str) -> RunDetail:
        """The run of that id with its job, and with the plan that came of it."""
        return await self.read.detail(run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """Jobs."""

    read: ReadJobs
    cancel_job: CancelJob
    retry_job: RetryJob
    read_result: ReadJobResult
    worker: WorkJobs

    async def list(
        self,
        *,
        status: JobStatus | None = None,
        version_id: VersionId | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Job]:
        """Jobs, newest first."""
        return await self.read.list(status=status, version_id=version_id, limit=limit, cursor=cursor)

    async def get(self, job_id: str) -> Job:
        """The job of that id."""
        return await self.read.get(job_id)

    async def standing(self) -> JobsStanding:
        """How many wait and how many are worked on."""
        return await self.worker.standing()

    async def cancel(self, job_id: str, *, actor: Actor, comment: str | None = None) -> Job:
        """Stop a job that waits or is worked on (``CancelJob``)."""
        return await self.cancel_job(job_id, actor=actor, said=comment)

    async def retry(self, job_id: str, *, actor: Actor, comment: str | None = None, trigger: str = "facade") -> Job:
        """Ask once more for what a job did not bring about (``RetryJob``)."""
        return await self.retry_job(job_id, actor=actor, said=comment, trigger=trigger)

    async def result(self, job_id: str) -> PlanVersion:
        """The plan that a job made (``ReadJobResult``)."""
        return await self.read_result(job_id)

    async def work_once(self) -> Job | None:
        """Do the job that has been queued longest; as it ended, or none (``WorkJobs``)."""
        return await self.worker.once()

    async def work_until(self, stop: Event) -> None:
        """Do jobs until ``stop`` is set (``WorkJobs``)."""
        await self.worker.until(stop)
