"""Runs and jobs in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...domain.errors import NotFoundError
from ...domain.runs.job import Job, JobStatus
from ...domain.runs.ports import JobRepository, RunFilter, RunRepository
from ...domain.runs.run import Run
from ...domain.shared.ids import JobId, RunId, VersionId
from ...domain.shared.paging import Page
from .listing import newest_first
from .state import MemoryState, add_new, compare


class MemoryRunRepository(RunRepository):
    """The runs of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._runs = state.runs

    async def get(self, run_id: RunId) -> Run:
        """The run of that id."""
        if run_id not in self._runs:
            raise NotFoundError("run", run_id, remedy="See planvault runs list.")
        return self._runs[run_id]

    async def list(self, wanted: RunFilter, *, limit: int, cursor: str | None) -> Page[Run]:
        """Runs, newest first."""
        matching = [
            run
            for run in self._runs.values()
            if wanted.status in {None, run.status}
            and wanted.version_id in {None, run.plan_version_id}
            and wanted.input_set_label in {None, run.input_set_label}
            and wanted.config_version_id in {None, run.config_version_id}
        ]
        return newest_first(
            matching,
            moment=lambda run: run.started_at,
            identity=lambda run: run.run_id,
            name="runs",
            limit=limit,
            cursor=cursor,
        )

    async def add(self, run: Run) -> None:
        """Keep a new run."""
        add_new(self._runs, run.run_id, replace(run, row_version=0), kind="run", name=run.run_id)

    async def save(self, run: Run) -> Run:
        """Keep a changed run."""
        known = self._runs.get(run.run_id)
        row_version = compare(
            None if known is None else known.row_version, run.row_version, kind="run", name=run.run_id
        )
        self._runs[run.run_id] = replace(run, row_version=row_version)
        return self._runs[run.run_id]


class MemoryJobRepository(JobRepository):
    """The jobs of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._jobs = state.jobs

    async def get(self, job_id: JobId) -> Job:
        """The job of that id."""
        if job_id not in self._jobs:
            raise NotFoundError("job", job_id, remedy="See planvault jobs list.")
        return self._jobs[job_id]

    async def list(
        self, *, status: JobStatus | None, version_id: VersionId | None, limit: int, cursor: str | None
    ) -> Page[Job]:
        """Jobs, newest first."""
        matching = [
            job for job in self._jobs.values() if status in {None, job.status} and version_id in {None, job.version_id}
        ]
        return newest_first(
            matching,
            moment=lambda job: job.submitted_at,
            identity=lambda job: job.job_id,
            name="jobs",
            limit=limit,
            cursor=cursor,
        )

    async def last_of(self, version_ids: Sequence[VersionId]) -> dict[VersionId, Job]:
        """The job of each of these versions that was submitted last."""
        wanted = set(version_ids)
        found: dict[VersionId, Job] = {}
        for job in sorted(self._jobs.values(), key=lambda job: (job.submitted_at, job.job_id)):
            if job.version_id in wanted and job.version_id is not None:
                found[job.version_id] = job
        return found

    async def add(self, job: Job) -> None:
        """Keep a new job."""
        add_new(self._jobs, job.job_id, replace(job, row_version=0), kind="job", name=job.job_id)

    async def save(self, job: Job) -> Job:
        """Keep a changed job."""
        known = self._jobs.get(job.job_id)
        row_version = compare(
            None if known is None else known.row_version, job.row_version, kind="job", name=job.job_id
        )
        self._jobs[job.job_id] = replace(job, row_version=row_version)
        return self._jobs[job.job_id]
