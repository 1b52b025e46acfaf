"""Jobs on every store: made in the background, shared by workers, taken over from one that was killed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from planvault import Actor, Planner, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory
from planvault.application.plans.plan_request import PlanRequest
from planvault.domain.runs.job import Job, JobStatus
from planvault.infrastructure.working import work_off, working
from tests.support.forking import PLANVAULT, ForkServer

AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")
TRIES = 10
LOOKS = 3000
WEEKLY = PlanRequest(input_set="weekly", actor=AYA)


@pytest.fixture
async def planner(database_url: str) -> AsyncIterator[Planner]:
    """A planner on a store of every kind, with the sample approved as weekly."""
    async with open_planner(Settings(database_url=database_url, job_lease_seconds=2)) as opened:
        revision = await opened.inputs.import_files(label="weekly", directory=sample_directory(), actor=AYA)
        await opened.inputs.submit("weekly", actor=AYA)
        await opened.inputs.approve("weekly", revision=revision.number, content_hash=revision.content_hash, actor=BEN)
        yield opened


async def begun(planner: Planner, job: Job) -> Job:
    """The job, once its run has begun."""
    return await seen(planner, job, lambda known: known.run_id is not None)


async def ended(planner: Planner, job: Job) -> Job:
    """The job, once it has ended."""
    return await seen(planner, job, lambda known: known.status not in {JobStatus.QUEUED, JobStatus.RUNNING})


async def seen(planner: Planner, job: Job, wanted: Callable[[Job], bool]) -> Job:
    for _ in range(LOOKS):
        known = await planner.jobs.get(job.job_id)
        if wanted(known):
            return known
        await asyncio.sleep(0.01)
    raise AssertionError(f"the job is still {known.status}")


async def test_workers_share_the_jobs_and_each_makes_one_plan(planner: Planner) -> None:
    at_once = await planner.plans.create_once(WEEKLY)
    jobs = [await planner.plans.queue(WEEKLY) for _ in range(6)]
    assert await work_off(planner, 3) == 6
    plans = [await planner.jobs.result(job.job_id) for job in jobs]
    assert len({plan.version_id for plan in plans}) == 6
    assert {plan.plan_digest for plan in plans} == {at_once.plan_digest}
    assert len((await planner.plans.list()).items) == 7
    kept = [await planner.jobs.get(job.job_id) for job in jobs]
    assert [(job.attempts, job.progress and job.progress.rows) for job in kept] == [(1, at_once.series_rows)] * 6


async def test_jobs_are_made_beside_whatever_else_goes_on(planner: Planner) -> None:
    async with working(planner, 2):
        jobs = [await planner.plans.queue(WEEKLY) for _ in range(3)]
        assert [str((await ended(planner, job)).status) for job in jobs] == ["succeeded"] * 3
    await planner.jobs.standing()
    assert b"jobs_queued 0.0" in planner.metrics()


async def test_a_running_job_is_canceled_from_elsewhere(planner: Planner) -> None:
    job = await planner.plans.queue(WEEKLY)
    async with working(planner, 1):
        await begun(planner, job)
        canceled = await planner.jobs.cancel(job.job_id, actor=BEN)
        assert canceled.error == "canceled by ben"
        again = await planner.jobs.retry(job.job_id, actor=BEN)
        done = await ended(planner, again)
    assert str(done.status) == "succeeded"
    assert await planner.jobs.get(job.job_id) == canceled
    assert [plan.version_id for plan in (await planner.plans.list()).items] == [done.version_id]


async def killed_at_work(planner: Planner, url: str, forks: ForkServer) -> Job:
    """A job whose worker, a process of its own, was killed while it was at it."""
    environment = {**os.environ, "DATABASE_URL": url, "PLANVAULT_JOB_LEASE_SECONDS": "2"}
    for _ in range(TRIES):
        job = await planner.plans.queue(WEEKLY)
        process = forks.start(PLANVAULT, "planvault", "jobs", "worker", environment=environment, cwd=Path.cwd())
        try:
            await begun(planner, job)
            process.send_signal(signal.SIGSTOP)
            if (await planner.jobs.get(job.job_id)).status is JobStatus.RUNNING:
                return job
        finally:
            process.killed()
    raise AssertionError("the worker was always faster")


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_a_killed_worker_leaves_its_job_to_the_others(
    planner: Planner, database_url: str, forks: ForkServer
) -> None:
    job = await killed_at_work(planner, database_url, forks)
    before = len((await planner.plans.list()).items)
    async with working(planner, 2):
        done = await ended(planner, job)
    assert str(done.status) == "succeeded"
    assert done.attempts >= 2  # a busy machine may lose a lease once more
    assert len((await planner.plans.list()).items) == before + 1
    runs = [run for run in (await planner.runs.list()).items if run.plan_job_id == job.job_id]
    assert sorted(str(run.status) for run in runs) == ["failed"] * (done.attempts - 1) + ["succeeded"]
    assert (await planner.audit.verify()).clean
