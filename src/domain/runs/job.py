"""Jobs: work that was asked for, who asked, who is at it, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..access.actor import Actor
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
    JobStatus.RUNNING: frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED, JobStatus.QUEUED}),
    JobStatus.SUCCEEDED: frozenset(),
    JobStatus.FAILED: frozenset(),
    JobStatus.CANCELED: frozenset(),
}
ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who works on a job, and until when nobody else may take it, by the store's clock."""

    owner: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """How far a job has come: its stage, how much of that stage is done, and the series rows written so far."""

    stage: str
    percent: float
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of asked-for work; a planning job links the run it made and the plan version that came of it.

    ``parameters`` are what was asked for, as JSON values; ``trigger`` says through which door, and ``actor`` in whose
    name it is done.  A job that its caller waits for is tried once, others up to ``ATTEMPTS`` times; each attempt is
    a run of its own, of which ``run_id`` names the last.  Every move makes the lease of whoever was at it void:
    ``row_version`` tells them.
    """

    job_id: JobId
    kind: str
    status: JobStatus = JobStatus.QUEUED
    trigger: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    submitted_at: datetime
    submitted_by: str
    actor: Actor | None = None
    request_key: str | None = None
    attempts: int = 0
    most_attempts: int = 1
    lease: Lease | None = None
    progress: JobProgress | None = None
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

    @property
    def waited_for(self) -> bool:
        """Whether its caller waits, so that nobody would fetch what a later attempt makes."""
        return self.most_attempts == 1

    def claimed(self, lease: Lease, *, at: datetime, run_id: RunId | None = None) -> Job:
        """The job in somebody's hands, for one more attempt."""
        return replace(
            self._moved_to(JobStatus.RUNNING),
            lease=lease,
            attempts=self.attempts + 1,
            started_at=at,
            run_id=run_id,
            progress=None,
            error=None,
        )

    def succeeded(self, version_id: VersionId, *, at: datetime) -> Job:
        """The job, finished with a stored plan."""
        return replace(self._moved_to(JobStatus.SUCCEEDED), version_id=version_id, finished_at=at)

    def failed(self, error: str, *, at: datetime) -> Job:
        """The job, finished without a plan."""
        return replace(self._moved_to(JobStatus.FAILED), error=error, finished_at=at)

    def canceled(self, *, by: str | None = None, why: str | None = None, at: datetime) -> Job:
        """The job, stopped by whoever asked for it, or by another planner."""
        error = ("canceled" if by is None else f"canceled by {by}") + ("" if why is None else f": {why}")
        return replace(self._moved_to(JobStatus.CANCELED), error=error, finished_at=at)

    def given_up(self, reason: str, *, at: datetime) -> Job:
        """The job after an attempt that came to nothing by no fault of its own: queued again, or failed at the last."""
        if self.attempts >= self.most_attempts:
            return self.failed(reason, at=at)
        return replace(self._moved_to(JobStatus.QUEUED), error=reason)

    def put_back(self, *, at: datetime) -> Job:
        """The job, put back by somebody who stops working: that was no attempt; a caller who waits is gone as well."""
        if self.waited_for:
            return self.canceled(at=at)
        return replace(self._moved_to(JobStatus.QUEUED), attempts=self.attempts - 1)

    def _moved_to(self, status: JobStatus) -> Job:
        if status not in _MOVES[self.status]:
            raise IllegalTransitionError(
                f"The job {self.job_id} is {self.status} and cannot become {status}.",
                remedy=f"See planvault jobs show {self.job_id}.",
            )
        return replace(self, status=status, lease=None)
