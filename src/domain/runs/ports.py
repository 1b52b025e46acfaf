"""Where runs and jobs are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..shared.ids import JobId, Label, RunId, VersionId
from ..shared.paging import Page
from .job import Job, JobProgress, JobStatus, Lease
from .run import Run, RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs to list; what is null does not matter."""

    status: RunStatus | None = None
    version_id: VersionId | None = None
    input_set_label: Label | None = None
    config_version_id: int | None = None


class RunRepository(Protocol):
    """The runs of a store."""

    async def get(self, run_id: RunId) -> Run:
        """The run of that id.

        Raises:
            NotFoundError: there is none.
        """
        ...

    async def list(self, wanted: RunFilter, *, limit: int, cursor: str | None) -> Page[Run]:
        """Runs, newest first.

        Raises:
            InvalidRequestError: the cursor is not of this list.
        """
        ...

    async def add(self, run: Run) -> None:
        """Keep a new run.

        Raises:
            AlreadyExistsError: its id is taken.
        """
        ...

    async def save(self, run: Run) -> Run:
        """Keep a changed run; the answer carries the next ``row_version``.

        Raises:
            StaleVersionError: somebody saved it first.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsStanding:
    """How many jobs wait, how many are worked on, and how many of those have a lease that lapsed.

    ``waited_seconds`` is how long the oldest queued job has waited; 0 where none does.
    """

    queued: int
    running: int
    lapsed: int
    waited_seconds: float


class JobRepository(Protocol):
    """The jobs of a store."""

    async def get(self, job_id: JobId) -> Job:
        """The job of that id.

        Raises:
            NotFoundError: there is none.
        """
        ...

    async def list(
        self, *, status: JobStatus | None, version_id: VersionId | None, limit: int, cursor: str | None
    ) -> Page[Job]:
        """Jobs, newest first.

        Raises:
            InvalidRequestError: the cursor is not of this list.
        """
        ...

    async def last_of(self, version_ids: Sequence[VersionId]) -> dict[VersionId, Job]:
        """The job of each of these versions that was submitted last; a version without any is left out."""
        ...

    async def add(self, job: Job) -> None:
        """Keep a new job.

        Raises:
            AlreadyExistsError: its id is taken.
        """
        ...

    async def save(self, job: Job) -> Job:
        """Keep a changed job; once it names a version, ``plan_jobs`` links the two.

        Raises:
            StaleVersionError: somebody saved it first.
        """
        ...

    async def with_key(self, submitted_by: str, request_key: str) -> Job | None:
        """The job that this actor submitted under that key, if there is one."""
        ...

    async def lease(self, owner: str, *, seconds: float) -> Lease:
        """A lease that begins now and lapses after so many seconds, by the store's clock."""
        ...

    async def claim(self, lease: Lease, *, at: datetime) -> Job | None:
        """Take the job that has been queued longest; none if none waits. Two who claim at once get two jobs."""
        ...

    async def hold(self, job: Job, *, seconds: float, progress: JobProgress | None) -> bool:
        """Extend the lease of a claimed job and note how far it has come, whatever else is going on in the store.

        False, and nothing changed, when the job has moved since: it is no longer the caller's.
        """
        ...

    async def lapsed(self) -> Sequence[Job]:
        """Running jobs whose lease has lapsed, oldest first; nobody else gets the same ones in this transaction."""
        ...

    async def standing(self) -> JobsStanding:
        """How the jobs stand."""
        ...
