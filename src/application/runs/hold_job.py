"""Holding on to a claimed job: its lease is extended and its progress noted while the work goes on."""

from __future__ import annotations

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ...domain.errors import ConflictError, StorageError
from ...domain.runs.job import Job, JobProgress, JobStatus
from ..engine import Progress
from ..unit_of_work import UnitOfWorkFactory

T = TypeVar("T")

LEASE_SECONDS = 30.0
LOOK_SECONDS = 1.0
LOOKS = 6
_HUNDRED = 100.0


class Pulse:
    """How far a job has come, as whoever works on it says; ``rows`` counts the series rows written."""

    def __init__(self, watcher: Progress) -> None:
        """Pass on to this watcher what is told."""
        self.rows = 0
        self._watcher = watcher
        self._stage: str | None = None
        self._share = 0.0

    def __call__(self, stage: str, share: float) -> None:
        """The stage at work, and the share of it that is done, from 0 to 1."""
        self._stage, self._share = stage, share
        self._watcher(stage, share)

    @property
    def progress(self) -> JobProgress | None:
        """What was told last."""
        if self._stage is None:
            return None
        return JobProgress(stage=self._stage, percent=round(self._share * _HUNDRED, 1), rows=self.rows)


def this_process() -> str:
    """A name that no other process has: host, process number, and something of its own."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def looks_within(lease_seconds: float) -> float:
    """How often to look at a job with such a lease: each second, and several times before the lease lapses."""
    return min(LOOK_SECONDS, lease_seconds / LOOKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldJob:
    """Do a job's work while its lease is held.

    Each ``look_seconds`` the job is looked at; it is written to when its progress changed or a third of the lease
    has passed, in a transaction of its own.  A store that does not answer is asked again until it does: whether the
    job was lost meanwhile is decided where its outcome is stored.
    """

    unit_of_work: UnitOfWorkFactory
    owner: str = field(default_factory=this_process)
    lease_seconds: float = LEASE_SECONDS
    look_seconds: float = LOOK_SECONDS

    async def __call__(self, job: Job, pulse: Pulse, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives; it is cancelled once the job is no longer this process's.

        Raises:
            ConflictError: the job was canceled or taken over, and the work had not ended by itself.
        """
        working = asyncio.create_task(work)
        holding = asyncio.create_task(self._until_moved(job, pulse))
        try:
            await asyncio.wait({working, holding}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return await working
            moved = holding.result()
            if moved.status is not JobStatus.SUCCEEDED:
                working.cancel()
            await asyncio.wait({working})
            if not working.cancelled():
                return await working
            raise _lost(moved)
        finally:
            working.cancel()
            holding.cancel()
            await asyncio.gather(working, holding, return_exceptions=True)

    async def _until_moved(self, job: Job, pulse: Pulse) -> Job:
        """Hold the job until somebody moves it; the job as it is then."""
        told, since = job.progress, time.monotonic()
        while True:
            await asyncio.sleep(self.look_seconds)
            progress = pulse.progress
            due = progress != told or time.monotonic() - since > self.lease_seconds / 3
            try:
                moved = await (self._held(job, progress) if due else self._looked_at(job))
            except StorageError:
                continue
            if moved is not None:
                return moved
            if due:
                told, since = progress, time.monotonic()

    async def _held(self, job: Job, progress: JobProgress | None) -> Job | None:
        async with self.unit_of_work() as uow:
            if await uow.jobs.hold(job, seconds=self.lease_seconds, progress=progress):
                await uow.commit()
                return None
            return await uow.jobs.get(job.job_id)

    async def _looked_at(self, job: Job) -> Job | None:
        async with self.unit_of_work(read_only=True) as uow:
            known = await uow.jobs.get(job.job_id)
        return None if known.row_version == job.row_version else known


def _lost(job: Job) -> ConflictError:
    what = f"was {job.error}" if job.status is JobStatus.CANCELED else "was taken from the one who worked on it"
    return ConflictError(
        f"The job {job.job_id} {what}.", remedy=f"See planvault jobs show {job.job_id}.", job_id=job.job_id
    )
