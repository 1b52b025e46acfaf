"""Runs and jobs, as the facade offers them."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.runs.job import Job, JobStatus
from ...domain.runs.ports import RunFilter
from ...domain.runs.run import Run
from ...domain.shared.ids import VersionId
from ...domain.shared.paging import DEFAULT_LIMIT, Page
from .read_runs import ReadJobs, ReadRuns


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """Jobs."""

    read: ReadJobs

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
