"""The contract of jobs: claimed by one, held under a lease, taken over when it lapses."""

from __future__ import annotations

import asyncio

import pytest

from ...application.unit_of_work import UnitOfWorkFactory
from ...domain.errors import AlreadyExistsError, StaleVersionError
from ...domain.runs.job import Job, JobProgress, JobStatus
from ...domain.shared.ids import JobId, VersionId
from ..builders import AYA, a_job, moments
from ..clocks import NOON

CLAIMS = 20
SOME = JobProgress(stage="store", percent=12.5, rows=2000)


async def added(unit_of_work: UnitOfWorkFactory, *jobs: Job) -> None:
    async with unit_of_work() as uow:
        for job in jobs:
            await uow.jobs.add(job)
        await uow.commit()


async def claimed(unit_of_work: UnitOfWorkFactory, owner: str = "worker-1", *, seconds: float = 30) -> Job | None:
    async with unit_of_work() as uow:
        job = await uow.jobs.claim(await uow.jobs.lease(owner, seconds=seconds), at=NOON)
        await uow.commit()
    return job


async def taken(unit_of_work: UnitOfWorkFactory, owner: str = "worker-1", *, seconds: float = 30) -> Job:
    job = await claimed(unit_of_work, owner, seconds=seconds)
    assert job is not None
    return job


async def the_job(unit_of_work: UnitOfWorkFactory, job_id: str = "job-1") -> Job:
    async with unit_of_work(read_only=True) as uow:
        return await uow.jobs.get(JobId(job_id))


async def test_a_job_comes_back_with_its_actor_its_key_and_its_attempts(unit_of_work: UnitOfWorkFactory) -> None:
    job = a_job(actor=AYA, request_key="nightly", most_attempts=3)
    await added(unit_of_work, job)
    assert await the_job(unit_of_work) == job


async def test_what_was_queued_first_is_claimed_first(unit_of_work: UnitOfWorkFactory) -> None:
    first, second, third = moments(3)
    await added(unit_of_work, a_job("job-2", at=second), a_job("job-3", at=third), a_job("job-1", at=first))
    jobs = [await taken(unit_of_work) for _ in range(3)]
    assert [job.job_id for job in jobs] == ["job-1", "job-2", "job-3"]
    assert await claimed(unit_of_work) is None
    for job in jobs:
        kept = await the_job(unit_of_work, job.job_id)
        assert kept == job
        assert (kept.status, kept.attempts, kept.started_at) == (JobStatus.RUNNING, 1, NOON)
        assert kept.lease is not None
        assert kept.lease.owner == "worker-1"


async def test_many_who_claim_at_once_get_each_job_once(unit_of_work: UnitOfWorkFactory) -> None:
    await added(unit_of_work, *(a_job(f"job-{number}") for number in range(CLAIMS // 2)))
    jobs = await asyncio.gather(*(claimed(unit_of_work, f"worker-{number}") for number in range(CLAIMS)))
    names = sorted(job.job_id for job in jobs if job is not None)
    assert names == [f"job-{number}" for number in range(CLAIMS // 2)]


async def test_a_held_job_keeps_its_lease_its_progress_and_its_version(unit_of_work: UnitOfWorkFactory) -> None:
    await added(unit_of_work, a_job())
    job = await taken(unit_of_work, seconds=0)
    async with unit_of_work() as uow:
        assert [lost.job_id for lost in await uow.jobs.lapsed()] == ["job-1"]
        assert await uow.jobs.hold(job, seconds=30, progress=SOME)
        assert list(await uow.jobs.lapsed()) == []
        await uow.commit()
    held = await the_job(unit_of_work)
    assert (held.progress, held.row_version, held.status) == (SOME, job.row_version, JobStatus.RUNNING)
    async with unit_of_work() as uow:
        await uow.jobs.save(job.failed("no capacity", at=NOON))
        await uow.commit()
    assert (await the_job(unit_of_work)).lease is None


async def test_whoever_lost_a_job_can_neither_hold_nor_end_it(unit_of_work: UnitOfWorkFactory) -> None:
    await added(unit_of_work, a_job(most_attempts=3))
    lost = await taken(unit_of_work, seconds=0)
    async with unit_of_work() as uow:
        for job in await uow.jobs.lapsed():
            await uow.jobs.save(job.given_up("gone", at=NOON))
        await uow.commit()
    later = await taken(unit_of_work, "worker-2")
    async with unit_of_work() as uow:
        assert not await uow.jobs.hold(lost, seconds=30, progress=SOME)
        with pytest.raises(StaleVersionError):
            await uow.jobs.save(lost.succeeded(VersionId("v1"), at=NOON))
        await uow.commit()
    kept = await the_job(unit_of_work)
    assert (kept, kept.attempts, kept.lease and kept.lease.owner) == (later, 2, "worker-2")


async def test_a_running_job_without_a_lease_counts_as_lost(unit_of_work: UnitOfWorkFactory) -> None:
    await added(unit_of_work, a_job(status=JobStatus.RUNNING, attempts=1))
    async with unit_of_work() as uow:
        assert [job.job_id for job in await uow.jobs.lapsed()] == ["job-1"]


async def test_jobs_are_counted_by_how_they_stand(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work(read_only=True) as uow:
        empty = await uow.jobs.standing()
    assert (empty.queued, empty.running, empty.lapsed, empty.waited_seconds) == (0, 0, 0, 0.0)
    await added(unit_of_work, *(a_job(f"job-{number}") for number in range(4)))
    await taken(unit_of_work)
    await taken(unit_of_work, seconds=0)
    async with unit_of_work(read_only=True) as uow:
        standing = await uow.jobs.standing()
    assert (standing.queued, standing.running, standing.lapsed) == (2, 2, 1)
    assert standing.waited_seconds >= 0


async def test_a_key_belongs_to_one_job_of_an_actor(unit_of_work: UnitOfWorkFactory) -> None:
    await added(unit_of_work, a_job(request_key="nightly"), a_job("job-2", submitted_by="ben", request_key="nightly"))
    async with unit_of_work() as uow:
        with pytest.raises(AlreadyExistsError):
            await uow.jobs.add(a_job("job-3", request_key="nightly"))
        await uow.jobs.add(a_job("job-4"))
        await uow.jobs.add(a_job("job-5"))
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        of_aya, of_ben = await uow.jobs.with_key("aya", "nightly"), await uow.jobs.with_key("ben", "nightly")
        assert await uow.jobs.with_key("aya", "daily") is None
    assert [job and job.job_id for job in (of_aya, of_ben)] == ["job-1", "job-2"]
