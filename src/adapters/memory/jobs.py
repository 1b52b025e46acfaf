"""Jobs in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ...domain.errors import AlreadyExistsError, NotFoundError
from ...domain.runs.job import Job, JobProgress, JobStatus, Lease
from ...domain.runs.ports import JobRepository, JobsStanding
from ...domain.shared.ids import JobId, VersionId
from ...domain.shared.paging import Page
from .listing import newest_first
from .state import MemoryState, add_new, compare


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
        if job.request_key is not None and await self.with_key(job.submitted_by, job.request_key) is not None:
            raise AlreadyExistsError("job of the request", job.request_key)
        add_new(self._jobs, job.job_id, replace(job, row_version=0), kind="job", name=job.job_id)

    async def save(self, job: Job) -> Job:
        """Keep a changed job."""
        known = self._jobs.get(job.job_id)
        row_version = compare(
            None if known is None else known.row_version, job.row_version, kind="job", name=job.job_id
        )
        self._jobs[job.job_id] = replace(job, row_version=row_version)
        return self._jobs[job.job_id]

    async def with_key(self, submitted_by: str, request_key: str) -> Job | None:
        """The job that this actor submitted under that key, if there is one."""
        of_key = (
            job for job in self._jobs.values() if (job.submitted_by, job.request_key) == (submitted_by, request_key)
        )
        return next(of_key, None)

    async def lease(self, owner: str, *, seconds: float) -> Lease:
        """A lease that begins now, by the machine's clock."""
        return Lease(owner=owner, until=datetime.now(UTC) + timedelta(seconds=seconds))

    async def claim(self, lease: Lease, *, at: datetime) -> Job | None:
        """Take the job that has been queued longest."""
        queued = self._of(JobStatus.QUEUED)
        return await self.save(queued[0].claimed(lease, at=at)) if queued else None

    async def hold(self, job: Job, *, seconds: float, progress: JobProgress | None) -> bool:
        """Extend the lease of a claimed job and note how far it has come."""
        known = self._jobs.get(job.job_id)
        if known is None or known.lease is None or known.row_version != job.row_version:
            return False
        lease = await self.lease(known.lease.owner, seconds=seconds)
        self._jobs[job.job_id] = replace(known, lease=lease, progress=progress)
        return True

    async def lapsed(self) -> Sequence[Job]:
        """Running jobs whose lease has lapsed, oldest first."""
        now = datetime.now(UTC)
        return [job for job in self._of(JobStatus.RUNNING) if job.lease is None or job.lease.until <= now]

    async def standing(self) -> JobsStanding:
        """How the jobs stand."""
        queued = self._of(JobStatus.QUEUED)
        waited = (datetime.now(UTC) - queued[0].submitted_at).total_seconds() if queued else 0.0
        return JobsStanding(
            queued=len(queued),
            running=len(self._of(JobStatus.RUNNING)),
            lapsed=len(await self.lapsed()),
            waited_seconds=max(0.0, waited),
        )

    def _of(self, status: JobStatus) -> Sequence[Job]:
        return sorted(
            (job for job in self._jobs.values() if job.status is status), key=lambda job: (job.submitted_at, job.job_id)
        )
