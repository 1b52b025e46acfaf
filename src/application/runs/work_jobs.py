"""Working on jobs: one after another is claimed, done, and let go of."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ...domain.errors import PlanvaultError, StorageError
from ...domain.runs.job import Job
from ...domain.runs.ports import JobsStanding
from ...domain.shared.clock import Clock
from ..retrying import retried
from ..telemetry import Telemetry
from ..unit_of_work import UnitOfWorkFactory
from .end_jobs import end_run
from .hold_job import HoldJob

POLL_SECONDS = 1.0
_LOST = "the one who worked on it was lost"
_LOG = logging.getLogger("planvault.jobs")


class JobWork(Protocol):
    """How jobs of one kind are done."""

    async def __call__(self, job: Job) -> None:
        """Do a claimed job; however it ends, the job says so when this returns or raises.

        Raises:
            PlanvaultError: nothing came of it.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkJobs:
    """A worker: claims what is queued, and puts back what other workers lost."""

    unit_of_work: UnitOfWorkFactory
    works: Mapping[str, JobWork]
    hold: HoldJob
    telemetry: Telemetry
    clock: Clock
    poll_seconds: float = POLL_SECONDS

    async def once(self) -> Job | None:
        """Do the job that has been queued longest; the job as it ended, and none if none waits.

        Raises:
            StorageError: the store does not answer, or misbehaves.
        """
        job = await self._next()
        if job is None:
            return None
        _LOG.info("job %s: begun, attempt %d", job.job_id, job.attempts)
        try:
            await self.works[job.kind](job)
        except PlanvaultError as error:
            _LOG.warning("job %s: %s", job.job_id, error.message)
        except Exception:  # noqa: BLE001 (told in full; the next job is not to suffer from this one)
            _LOG.exception("job %s: broke off", job.job_id)
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.jobs.get(job.job_id)

    async def until(self, stop: asyncio.Event) -> None:
        """Do jobs until told to stop; the one at work then is done to its end.  Cancel to put it back instead."""
        while not stop.is_set():
            try:
                done = await self.once()
            except StorageError as error:
                _LOG.warning("no jobs for now: %s", error.message)
                done = None
            except Exception:  # noqa: BLE001 (a worker that gives up silently is worse)
                _LOG.exception("no jobs for now")
                done = None
            if done is None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self.poll_seconds)

    @retried
    async def _next(self) -> Job | None:
        # Looking needs no right to write, which others may need meanwhile.
        standing = await self.standing()
        if standing.lapsed:
            await self._put_back()
        elif not standing.queued:
            return None
        async with self.unit_of_work() as uow:
            pause = await uow.maintenance.pause()
            if pause is not None and pause.holds(self.clock.now()):
                return None
            lease = await uow.jobs.lease(self.hold.owner, seconds=self.hold.lease_seconds)
            job = await uow.jobs.claim(lease, at=self.clock.now())
            await uow.commit()
        return job

    async def standing(self) -> JobsStanding:
        """How the jobs of the store stand; telemetry is told."""
        async with self.unit_of_work(read_only=True) as uow:
            standing = await uow.jobs.standing()
        self.telemetry.jobs_stand(
            queued=standing.queued, running=standing.running, waited_seconds=standing.waited_seconds
        )
        return standing

    async def _put_back(self) -> None:
        async with self.unit_of_work() as uow:
            for job in await uow.jobs.lapsed():
                after = await uow.jobs.save(job.given_up(_LOST, at=self.clock.now()))
                await end_run(uow, job, _LOST, clock=self.clock)
                _LOG.warning("job %s: %s; it is %s", job.job_id, _LOST, after.status)
            await uow.commit()
