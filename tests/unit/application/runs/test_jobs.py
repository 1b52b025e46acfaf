from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from planvault.application.plans.plan_request import PlanRequest
from planvault.domain.access.actor import Actor, Role, Verification
from planvault.domain.errors import (
    AlreadyExistsError,
    ConflictError,
    ForbiddenError,
    IllegalTransitionError,
    InProgressError,
    InputSetMissingError,
    InvalidRequestError,
    NotFoundError,
    PausedError,
    PlanvaultError,
    RequestKeyReusedError,
    StaleVersionError,
)
from planvault.domain.runs.job import Job, JobProgress
from planvault.testing.builders import AYA, BEN
from planvault.testing.clocks import NOON
from planvault.testing.engines import InlineEngineRunner
from tests.unit.application.desk import BrokenEngine, Desk, EndlessRunner, TinyEngine, out_of_reach

VIEWER = Actor(name="vera", roles=frozenset({Role.VIEWER}), verification=Verification.ASSERTED)
LOST = "the one who worked on it was lost"


def request(**changes: Any) -> PlanRequest:
    fields: dict[str, Any] = {"input_set": "weekly", "actor": AYA, "engine": "tiny"}
    return PlanRequest(**fields | changes)


async def queued(desk: Desk, key: str | None = None, **changes: Any) -> Job:
    desk.clock.move(seconds=1)
    return await desk.planner.plans.queue(request(**changes), request_key=key)


async def job_of(desk: Desk, job: Job) -> Job:
    return await desk.planner.jobs.get(job.job_id)


async def taken_and_lost(desk: Desk) -> Job:
    """A worker takes the next job and is never heard of again."""
    async with desk.store() as uow:
        job = await uow.jobs.claim(await uow.jobs.lease("gone", seconds=0), at=NOON)
        await uow.commit()
    assert job is not None
    return job


async def how_runs_ended(desk: Desk) -> list[tuple[str, str | None]]:
    return sorted((str(run.status), run.error) for run in (await desk.planner.runs.list()).items)


@asynccontextmanager
async def at_work(desk: Desk, runner: EndlessRunner) -> AsyncIterator[asyncio.Task[Any]]:
    """A worker whose engine is at work."""
    worker = asyncio.create_task(desk.planner.jobs.work_once())
    try:
        async with asyncio.timeout(5):
            await runner.waiting.wait()
        yield worker
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def test_a_queued_job_makes_its_plan_once_somebody_works_on_it() -> None:
    desk = Desk()
    await desk.live()
    job = await queued(desk, version_id="V1", title="Week 47", parameters={"weeks": 5}, comment="nightly")
    assert (str(job.status), job.submitted_by, desk.store.state.plans, desk.store.state.runs) == (
        "queued",
        "aya",
        {},
        {},
    )

    done = await desk.planner.jobs.work_once()

    assert done is not None
    assert done == await job_of(desk, job)
    assert (str(done.status), done.version_id, done.attempts, done.lease) == ("succeeded", "V1", 1, None)
    assert done.progress == JobProgress(stage="store", percent=100.0, rows=14)
    plan = await desk.planner.jobs.result(job.job_id)
    assert (plan.version_id, plan.created_by, plan.title) == ("V1", "aya", "Week 47")
    assert (plan.provenance.run_id, plan.provenance.engine_parameters) == (done.run_id, {"weeks": 5})
    assert (desk.events[-1].action, desk.events[-1].comment) == ("create", "nightly")
    detail = await desk.planner.runs.detail(done.run_id or "")
    assert (detail.job, detail.plan) == (done, plan)
    assert await desk.planner.jobs.work_once() is None


async def test_what_is_made_in_the_background_is_what_is_made_at_once() -> None:
    desk = Desk()
    await desk.live()
    await queued(desk, version_id="v1")
    await desk.planner.jobs.work_once()
    at_once = await desk.planner.plans.create(input_set="weekly", actor=AYA, engine="tiny", version_id="v2")
    in_background = await desk.planner.plans.get("v1")
    assert in_background.plan_digest == at_once.plan_digest


REFUSED: dict[str, tuple[dict[str, Any], type[PlanvaultError]]] = {
    "no such label": ({"input_set": "monthly"}, NotFoundError),
    "nothing live": ({"input_set": "daily"}, InputSetMissingError),
    "no such engine": ({"engine": "none"}, NotFoundError),
    "an id that is taken": ({"version_id": "V1"}, AlreadyExistsError),
    "an id that is none": ({"version_id": "a b"}, InvalidRequestError),
    "another config version": ({"config_version_id": 7}, InvalidRequestError),
    "a parameter json cannot say": ({"parameters": {"weeks": float("nan")}}, InvalidRequestError),
    "no planner": ({"actor": VIEWER}, ForbiddenError),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_can_be_refused_now_is_refused_now(what: str) -> None:
    changes, error = REFUSED[what]
    desk = Desk()
    await desk.live()
    await desk.candidate("daily")
    await desk.planner.plans.create(input_set="weekly", actor=AYA, engine="tiny", version_id="v1")
    before = desk.kept()
    with pytest.raises(error):
        await queued(desk, **changes)
    assert desk.kept() == before
    assert str((await queued(desk)).status) == "queued"


async def test_inputs_that_are_gone_when_their_turn_comes_fail_the_job() -> None:
    desk = Desk()
    await desk.live()
    job = await queued(desk)
    await desk.planner.inputs.revert("weekly", actor=BEN, comment="wrong week")
    await desk.planner.jobs.work_once()
    failed = await job_of(desk, job)
    assert (str(failed.status), failed.version_id, failed.run_id) == ("failed", None, None)
    assert failed.error is not None
    assert "weekly" in failed.error
    assert (desk.store.state.plans, desk.store.state.runs) == ({}, {})


async def test_a_base_that_was_deleted_fails_the_job() -> None:
    desk = Desk()
    await desk.live()
    base = await desk.planner.plans.create(input_set="weekly", actor=AYA, engine="tiny", version_id="v1")
    job = await queued(desk, base=base, input_set="weekly@1")
    await desk.planner.plans.delete("v1", actor=AYA)
    await desk.planner.jobs.work_once()
    failed = await job_of(desk, job)
    assert (str(failed.status), failed.error) == ("failed", "There is no plan version v1.")


async def test_whoever_asked_must_still_be_believed_when_the_plan_is_made() -> None:
    desk = Desk()
    await desk.live()
    job = await queued(desk)
    await desk.planner.tokens.create("ada", {Role.ADMIN}, actor=AYA)
    await desk.planner.jobs.work_once()
    failed = await job_of(desk, job)
    assert str(failed.status) == "failed"
    assert "aya is only a name here" in (failed.error or "")
    assert desk.store.state.plans == {}


async def test_an_engine_that_fails_is_not_tried_again() -> None:
    desk = Desk(engines=InlineEngineRunner([BrokenEngine(InvalidRequestError("No capacity."), after_rows=3)]))
    await desk.live()
    job = await queued(desk, engine="broken")
    await desk.planner.jobs.work_once()
    failed = await job_of(desk, job)
    assert (str(failed.status), failed.error, failed.attempts) == ("failed", "No capacity.", 1)
    assert await how_runs_ended(desk) == [("failed", "No capacity.")]
    assert await desk.planner.jobs.work_once() is None


async def test_an_engine_that_breaks_does_not_take_the_worker_along() -> None:
    desk = Desk(engines=InlineEngineRunner([BrokenEngine(ZeroDivisionError()), TinyEngine()]))
    await desk.live()
    broken = await queued(desk, engine="broken")
    sound = await queued(desk)
    assert [await desk.planner.jobs.work_once() for _ in range(2)] == [
        await job_of(desk, job) for job in (broken, sound)
    ]
    assert [str((await job_of(desk, job)).status) for job in (broken, sound)] == ["failed", "succeeded"]


async def test_what_a_lost_worker_had_begun_is_taken_over_and_makes_one_plan() -> None:
    runner = EndlessRunner()
    desk = Desk(engines=runner, lease_seconds=0, look_seconds=60)
    await desk.live()
    job = await queued(desk)
    async with at_work(desk, runner) as late:  # it is alive, but was not heard of for so long that it counts as lost
        other = Desk(store=desk.store)
        other.engines = InlineEngineRunner([TinyEngine()])
        done = await other.planner.jobs.work_once()
        assert done is not None
        assert (str(done.status), done.attempts) == ("succeeded", 2)
        runner.go.set()
        async with asyncio.timeout(5):
            await late
    assert await job_of(desk, job) == done
    assert list(desk.store.state.plans) == [done.version_id]
    assert await how_runs_ended(desk) == [("failed", LOST), ("succeeded", None)]
    assert desk.actions.count(f"plan/{done.version_id} create") == 1


async def test_a_job_that_is_lost_time_and_again_fails_at_last() -> None:
    desk = Desk()
    await desk.live()
    job = await queued(desk)
    for attempt in (1, 2, 3):
        assert (await taken_and_lost(desk)).attempts == attempt
        async with desk.store() as uow:
            for lost in await uow.jobs.lapsed():
                await uow.jobs.save(lost.given_up(LOST, at=NOON))
            await uow.commit()
    failed = await job_of(desk, job)
    assert (str(failed.status), failed.error, failed.attempts) == ("failed", LOST, 3)
    assert await desk.planner.jobs.work_once() is None


async def test_a_plan_whose_caller_was_lost_is_not_made_again() -> None:
    runner = EndlessRunner()
    desk = Desk(engines=runner, lease_seconds=0, look_seconds=60)
    await desk.live()
    waiting = asyncio.create_task(desk.planner.plans.create(input_set="weekly", actor=AYA, engine="tiny"))
    await runner.waiting.wait()
    assert await desk.planner.jobs.work_once() is None
    (job,) = (await desk.planner.jobs.list()).items
    assert (str(job.status), job.error) == ("failed", LOST)
    runner.go.set()
    with pytest.raises(StaleVersionError):
        await waiting
    assert desk.store.state.plans == {}
    assert await how_runs_ended(desk) == [("failed", LOST)]


async def test_a_store_that_is_out_of_reach_puts_the_job_back() -> None:
    desk = Desk(engines=InlineEngineRunner([BrokenEngine(out_of_reach(transient=False)), TinyEngine()]))
    await desk.live()
    job = await queued(desk, engine="broken")
    await desk.planner.jobs.work_once()
    again = await job_of(desk, job)
    assert (str(again.status), again.attempts, again.error) == ("queued", 1, "The store is out of reach.")
    for _ in range(2):
        await desk.planner.jobs.work_once()
    failed = await job_of(desk, job)
    assert (str(failed.status), failed.attempts) == ("failed", 3)


async def test_a_queued_job_is_canceled_before_it_begins() -> None:
    desk = Desk()
    await desk.live()
    job = await queued(desk)
    canceled = await desk.planner.jobs.cancel(job.job_id, actor=BEN)
    assert (str(canceled.status), canceled.error) == ("canceled", "canceled by ben")
    assert await desk.planner.jobs.work_once() is None
    with pytest.raises(IllegalTransitionError, match="is canceled"):
        await desk.planner.jobs.cancel(job.job_id, actor=BEN)
    with pytest.raises(ForbiddenError):
        await desk.planner.jobs.cancel((await queued(desk)).job_id, actor=VIEWER)


async def test_a_running_job_is_canceled_and_its_engine_is_let_go() -> None:
    runner = EndlessRunner()
    desk = Desk(engines=runner)
    await desk.live()
    job = await queued(desk)
    async with at_work(desk, runner) as worker:
        await desk.planner.jobs.cancel(job.job_id, actor=BEN)
        async with asyncio.timeout(5):
            done = await worker
    assert runner.left
    assert (str(done.status), done.error) == ("canceled", "canceled by ben")
    assert await how_runs_ended(desk) == [("failed", "canceled by ben")]
    assert desk.store.state.plans == {}


async def test_a_plan_that_its_caller_waits_for_can_be_canceled_too() -> None:
    runner = EndlessRunner()
    desk = Desk(engines=runner)
    await desk.live()
    waiting = asyncio.create_task(desk.planner.plans.create(input_set="weekly", actor=AYA, engine="tiny"))
    await runner.waiting.wait()
    (job,) = (await desk.planner.jobs.list()).items
    await desk.planner.jobs.cancel(job.job_id, actor=BEN)
    with pytest.raises(ConflictError, match=f"{job.job_id} was canceled by ben"):
        await waiting
    assert runner.left
    assert desk.store.state.plans == {}


async def test_a_job_canceled_as_its_plan_is_done_leaves_no_plan() -> None:
    runner = EndlessRunner()
    desk = Desk(engines=runner, look_seconds=60)  # so that the worker does not notice in time
    await desk.live()
    job = await queued(desk)
    async with at_work(desk, runner) as worker:
        await desk.planner.jobs.cancel(job.job_id, actor=BEN)
        runner.go.set()
        async with asyncio.timeout(5):
            assert str((await worker).status) == "canceled"
    assert (desk.store.state.plans, desk.store.state.rows) == ({}, {})
    assert await how_runs_ended(desk) == [("failed", "canceled by ben")]


async def test_progress_of_a_running_job_can_be_read() -> None:
    runner = EndlessRunner()
    desk = Desk(engines=runner)
    await desk.live()
    job = await queued(desk)
    async with at_work(desk, runner):
        running = job
        for _ in range(500):
            running = await job_of(desk, job)
            if running.progress is not None:
                break
            await asyncio.sleep(0.01)
        assert (str(running.status), running.progress) == ("running", JobProgress(stage="think", percent=25.0))
        standing = await desk.planner.jobs.standing()
        assert (standing.queued, standing.running, standing.lapsed) == (0, 1, 0)


async def test_a_worker_that_is_stopped_puts_its_job_back() -> None:
    runner = EndlessRunner()
    desk = Desk(engines=runner)
    await desk.live()
    job = await queued(desk)
    async with at_work(desk, runner):
        pass
    again = await job_of(desk, job)
    assert (str(again.status), again.attempts, again.lease) == ("queued", 0, None)
    assert await how_runs_ended(desk) == [("failed", "the worker was stopped")]
    runner.go.set()
    done = await desk.planner.jobs.work_once()
    assert done is not None
    assert (str(done.status), done.attempts) == ("succeeded", 1)


async def test_a_worker_told_to_stop_ends_what_it_has_begun_and_begins_nothing() -> None:
    runner = EndlessRunner()
    desk = Desk(engines=runner)
    await desk.live()
    first, second = await queued(desk), await queued(desk)
    stop = asyncio.Event()
    worker = asyncio.create_task(desk.planner.jobs.work_until(stop))
    await runner.waiting.wait()
    stop.set()
    runner.go.set()
    async with asyncio.timeout(5):
        await worker
    assert [str((await job_of(desk, job)).status) for job in (first, second)] == ["succeeded", "queued"]


async def test_a_retry_is_a_new_job_of_whoever_retries() -> None:
    desk = Desk()
    await desk.live()
    job = await queued(desk, title="Week 47")
    with pytest.raises(IllegalTransitionError, match="is queued"):
        await desk.planner.jobs.retry(job.job_id, actor=BEN)
    await desk.planner.jobs.cancel(job.job_id, actor=AYA)

    again = await desk.planner.jobs.retry(job.job_id, actor=BEN)

    assert again.job_id != job.job_id
    assert (again.submitted_by, again.parameters["retry_of"], again.most_attempts) == ("ben", job.job_id, 3)
    await desk.planner.jobs.work_once()
    plan = await desk.planner.jobs.result(again.job_id)
    assert (plan.created_by, plan.title) == ("ben", "Week 47")
    assert str((await job_of(desk, job)).status) == "canceled"
    with pytest.raises(NotFoundError):
        await desk.planner.jobs.retry("job-9", actor=BEN)
    with pytest.raises(ForbiddenError):
        await desk.planner.jobs.retry(job.job_id, actor=VIEWER)


async def test_a_job_without_a_plan_has_no_result_and_says_why() -> None:
    desk = Desk()
    await desk.live()
    job = await queued(desk, version_id="v1")
    with pytest.raises(IllegalTransitionError, match="is queued, so it has no result"):
        await desk.planner.jobs.result(job.job_id)
    await desk.planner.jobs.work_once()
    await desk.planner.plans.delete("v1", actor=AYA)
    with pytest.raises(NotFoundError, match="plan version v1"):
        await desk.planner.jobs.result(job.job_id)
    with pytest.raises(NotFoundError, match="job job-9"):
        await desk.planner.jobs.result("job-9")


async def test_where_intake_is_paused_new_jobs_are_refused_and_the_others_go_on() -> None:
    desk = Desk()
    await desk.live()
    waiting, canceled = await queued(desk), await queued(desk)
    await desk.planner.jobs.cancel(canceled.job_id, actor=AYA)
    desk.jobs_enabled = False
    before = desk.kept()
    for refused in (queued(desk), desk.planner.jobs.retry(canceled.job_id, actor=AYA)):
        with pytest.raises(PausedError, match="JOBS_ENABLED is 0"):
            await refused
    assert desk.kept() == before
    await desk.planner.jobs.work_once()
    assert str((await job_of(desk, waiting)).status) == "succeeded"
    plan = await desk.planner.plans.create(input_set="weekly", actor=AYA, engine="tiny")
    assert plan.series_rows == 14


async def test_the_same_request_under_the_same_key_is_one_job() -> None:
    desk = Desk()
    await desk.live()
    jobs = await asyncio.gather(*(queued(desk, "nightly") for _ in range(20)))
    assert len({job.job_id for job in jobs}) == 1
    assert (await queued(desk, "nightly", actor=BEN)).job_id != jobs[0].job_id
    with pytest.raises(RequestKeyReusedError, match="asked for something else"):
        await queued(desk, "nightly", title="another")
    with pytest.raises(InvalidRequestError):
        await queued(desk, "k" * 201)
    await desk.planner.jobs.work_once()
    assert str((await queued(desk, "nightly")).status) == "succeeded"
    assert len((await desk.planner.jobs.list()).items) == 2


async def test_a_plan_asked_for_twice_under_one_key_is_made_once() -> None:
    runner = EndlessRunner()
    desk = Desk(engines=runner)
    await desk.live()
    make = desk.planner.plans.create_once
    first = asyncio.create_task(make(request(), request_key="nightly"))
    await runner.waiting.wait()
    with pytest.raises(InProgressError, match="is running"):
        await make(request(), request_key="nightly")
    runner.go.set()
    plan = await first
    assert await make(request(), request_key="nightly") == plan
    assert len(desk.store.state.plans) == 1


async def test_a_key_whose_plan_failed_says_so_and_makes_none() -> None:
    desk = Desk(engines=InlineEngineRunner([BrokenEngine(InvalidRequestError("No capacity."))]))
    await desk.live()
    wanted = request(engine="broken")
    with pytest.raises(InvalidRequestError):
        await desk.planner.plans.create_once(wanted, request_key="nightly")
    with pytest.raises(ConflictError, match=r"is failed: No capacity\."):
        await desk.planner.plans.create_once(wanted, request_key="nightly")
    assert len((await desk.planner.jobs.list()).items) == 1
