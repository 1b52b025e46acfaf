from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from planvault.application.plans.plan_request import PlanRequest
from planvault.application.plans.register_request import RegisterRequest
from planvault.domain.access.actor import Role
from planvault.domain.errors import ConflictError, ForbiddenError, PausedError
from planvault.domain.storage.retention import Retention
from planvault.testing.builders import AYA, BEN, aggregate_rows, an_actor
from tests.unit.application.desk import Desk, EndlessRunner

HOUR = timedelta(hours=1)


async def paused(desk: Desk) -> None:
    await desk.planner.maint.pause("moving to PostgreSQL", until=desk.clock.now() + HOUR, actor=AYA)


async def test_while_writes_are_paused_every_write_is_refused_with_the_reason_and_reads_go_on() -> None:
    desk = Desk()
    await desk.live()
    await desk.planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), aggregate_rows())
    await paused(desk)
    before = desk.kept()
    planner = desk.planner
    writes: list[Any] = [
        planner.plans.register(RegisterRequest(version_id="v2", actor=AYA), aggregate_rows()),
        planner.plans.create(input_set="weekly", actor=AYA, engine="tiny"),
        planner.plans.queue(PlanRequest(input_set="weekly", actor=AYA, engine="tiny")),
        planner.plans.copy("v1", "v2", actor=AYA),
        planner.plans.edit("v1", {"agg:period=2026-01,family=F1:field=demand": 1.0}, actor=AYA),
        planner.plans.pin("v1", actor=BEN),
        planner.plans.delete("v1", actor=AYA),
        planner.inputs.archive("weekly", actor=BEN),
        planner.configs.create("other", actor=AYA),
        planner.tokens.create("aya", [Role.ADMIN], actor=AYA),
        desk.candidate("other"),
    ]
    for write in writes:
        with pytest.raises(PausedError, match="moving to PostgreSQL") as refused:
            await write
        assert refused.value.params["retry_after"] == 3600
    assert desk.kept() == before
    assert (await planner.plans.get("v1")).version_id == "v1"
    assert (await planner.maint.paused()) is not None


async def test_maintenance_goes_on_while_writes_are_paused() -> None:
    desk = Desk()
    await desk.planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), aggregate_rows())
    await paused(desk)
    await desk.planner.audit.checkpoint(actor=AYA)
    assert len((await desk.planner.maint.trim(Retention(max_rows=0, keep_newest=0), actor=AYA)).versions) == 1
    await paused(desk)  # another one in its place
    over = await desk.planner.maint.resume(actor=BEN, comment="done")
    assert over.actor == "aya"
    await desk.planner.plans.register(RegisterRequest(version_id="v2", actor=AYA), aggregate_rows())
    told = [event.action for event in desk.events if event.stream == "maintenance"]
    assert told == ["pause", "pause", "resume"]


async def test_a_pause_that_nobody_ends_ends_by_itself() -> None:
    desk = Desk()
    await paused(desk)
    desk.clock.move(hours=1)
    assert await desk.planner.maint.paused() is None
    await desk.planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), aggregate_rows())
    with pytest.raises(ConflictError, match="not paused"):
        await desk.planner.maint.resume(actor=AYA)


async def test_only_operators_pause_and_resume() -> None:
    desk = Desk()
    approver = an_actor("cid", Role.APPROVER, Role.ADMIN, Role.PLANNER)
    with pytest.raises(ForbiddenError):
        await desk.planner.maint.pause("why not", until=desk.clock.now() + HOUR, actor=approver)
    await paused(desk)
    with pytest.raises(ForbiddenError):
        await desk.planner.maint.resume(actor=approver)


async def test_a_stolen_token_is_revoked_though_writes_are_paused() -> None:
    desk = Desk()
    _, admin = await desk.planner.tokens.create("aya", [Role.ADMIN, Role.OPERATOR], actor=AYA)
    aya = await desk.planner.tokens.authenticate(admin)
    stolen, _ = await desk.planner.tokens.create("ben", [Role.PLANNER], actor=aya)
    await desk.planner.maint.pause("moving", until=desk.clock.now() + HOUR, actor=aya)
    assert (await desk.planner.tokens.revoke(stolen.token_id, actor=aya)).revoked_at is not None


async def test_jobs_wait_until_writes_go_on() -> None:
    desk = Desk()
    await desk.live()
    job = await desk.planner.plans.queue(PlanRequest(input_set="weekly", actor=AYA, engine="tiny"))
    await paused(desk)
    assert await desk.planner.jobs.work_once() is None
    assert (await desk.planner.jobs.get(job.job_id)).attempts == 0
    await desk.planner.maint.resume(actor=AYA)
    done = await desk.planner.jobs.work_once()
    assert done is not None
    assert done.status == "succeeded"


async def test_a_job_that_is_at_work_when_writes_are_paused_is_put_back() -> None:
    engines = EndlessRunner()
    desk = Desk(engines=engines)
    await desk.live()
    job = await desk.planner.plans.queue(PlanRequest(input_set="weekly", actor=AYA, engine="tiny"))
    work = asyncio.create_task(desk.planner.jobs.work_once())
    await engines.waiting.wait()
    await paused(desk)
    engines.go.set()
    await work
    known = await desk.planner.jobs.get(job.job_id)
    assert (known.status, known.attempts) == ("queued", 0)
    await desk.planner.maint.resume(actor=AYA)
    done = await desk.planner.jobs.work_once()
    assert done is not None
    assert done.status == "succeeded"
