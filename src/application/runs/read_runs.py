"""Looking at runs and jobs."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.plans.version import PlanVersion
from ...domain.runs.job import Job, JobStatus
from ...domain.runs.ports import RunFilter
from ...domain.runs.run import Run
from ...domain.shared.ids import JobId, RunId, VersionId
from ...domain.shared.paging import Page, check_limit
from ..unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDetail:
    """A run with what it is linked to; the plan is null where none came of it, or where it was deleted."""

    run: Run
    job: Job | None
    plan: PlanVersion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRuns:
    """Look at runs."""

    unit_of_work: UnitOfWorkFactory

    async def list(self, wanted: RunFilter, *, limit: int, cursor: str | None) -> Page[Run]:
        """Runs, newest first.

        Raises:
            InvalidRequestError: limit or cursor are wrong.
        """
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.runs.list(wanted, limit=check_limit(limit), cursor=cursor)

    async def get(self, run_id: str) -> Run:
        """The run of that id.

        Raises:
            NotFoundError: there is none.
        """
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.runs.get(RunId(run_id))

    async def detail(self, run_id: str) -> RunDetail:
        """The run of that id with its job, and with the plan that came of it.

        Raises:
            NotFoundError: there is no such run.
        """
        async with self.unit_of_work(read_only=True) as uow:
            run = await uow.runs.get(RunId(run_id))
            job = None if run.plan_job_id is None else await uow.jobs.get(run.plan_job_id)
            plan = None if run.plan_version_id is None else await uow.plans.find(run.plan_version_id)
        return RunDetail(run=run, job=job, plan=plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadJobs:
    """Look at jobs."""

    unit_of_work: UnitOfWorkFactory

    async def list(
        self, *, status: JobStatus | None, version_id: VersionId | None, limit: int, cursor: str | None
    ) -> Page[Job]:
        """Jobs, newest first.

        Raises:
            InvalidRequestError: limit or cursor are wrong.
        """
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.jobs.list(status=status, version_id=version_id, limit=check_limit(limit), cursor=cursor)

    async def get(self, job_id: str) -> Job:
        """The job of that id.

        Raises:
            NotFoundError: there is none.
        """
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.jobs.get(JobId(job_id))
