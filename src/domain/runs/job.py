"""Jobs: work that was asked for, who asked, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..errors import IllegalTransitionError
from ..shared.canonical import json_value
from ..shared.ids import JobId, RunId, VersionId


class JobStatus(StrEnum):
    """How far a job has come."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


_MOVES: Mapping[JobStatus, frozenset[JobStatus]] = {
    JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.CANCELED}),
    JobStatus.RUNNING: frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED}),
    JobStatus.SUCCEEDED: frozenset(),
    JobStatus.FAILED: frozenset(),
    JobStatus.CANCELED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of asked-for work; a planning job links the run it made and the plan version that came of it.

    ``parameters`` are what was asked for, as JSON values; ``trigger`` says through which door.
    """

    job_id: JobId
    kind: str
    status: JobStatus = JobStatus.QUEUED
    trigger: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    submitted_at: datetime
    submitted_by: str
    started_at: datetime | None = None
    finished_at: datetime | None = None
    run_id: RunId | None = None
    version_id: VersionId | None = None
    error: str | None = None
    row_version: int = 0

    def __post_init__(self) -> None:
        """Parameters are JSON values of the job's own, the same in every store."""
        object.__setattr__(self, "parameters", json_value(self.parameters, what="parameters of the job"))

    @property
    def duration_ms(self) -> int | None:
        """Whole milliseconds from start to end; null before."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds() * 1000)

    def started(self, run_id: RunId, *, at: datetime) -> Job:
        """The job, at work on a run."""
        return replace(self._moved_to(JobStatus.RUNNING), run_id=run_id, started_at=at)

    def succeeded(self, version_id: VersionId, *, at: datetime) -> Job:
        """The job, finished with a stored plan."""
        return replace(self._moved_to(JobStatus.SUCCEEDED), version_id=version_id, finished_at=at)

    def failed(self, error: str, *, at: datetime) -> Job:
        """The job, finished without a plan."""
        return replace(self._moved_to(JobStatus.FAILED), error=error, finished_at=at)

    def canceled(self, *, at: datetime) -> Job:
        """The job, stopped by whoever asked for it."""
        return replace(self._moved_to(JobStatus.CANCELED), error="canceled", finished_at=at)

    def _moved_to(self, status: JobStatus) -> Job:
        if status not in _MOVES[self.status]:
            raise IllegalTransitionError(f"The job {self.job_id} is {self.status} and cannot become {status}.")
        return replace(self, status=status)
