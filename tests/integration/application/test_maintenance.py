"""Trims, the row guard and pauses on every store, with several at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from planvault import Actor, Planner, PlanVersion, RegisterRequest, Settings, open_planner
from planvault.domain.errors import PausedError, PlanTrimmedError, RowLimitError
from planvault.domain.storage.retention import Retention
from planvault.testing.builders import aggregate_rows, det_rows

AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")
ROWS = 14
ALL = Retention(max_rows=0, keep_newest=0)


@asynccontextmanager
async def opened(url: str, **settings: object) -> AsyncIterator[Planner]:
    async with open_planner(Settings(database_url=url, **settings)) as planner:
        yield planner


async def registered(planner: Planner, name: str) -> PlanVersion:
    return await planner.plans.register(
        RegisterRequest(version_id=name, actor=AYA), [*aggregate_rows(), *det_rows(ROWS - 4)]
    )


async def kept(planner: Planner) -> int:
    """The rows that a reader finds, counted one by one."""
    count = 0
    for plan in (await planner.plans.list(limit=500)).items:
        for level in ("aggregate", "det") if plan.series_rows else ():
            count += len([row async for row in planner.plans.series(plan.version_id, level=level)])
    return count


async def test_however_many_write_at_once_the_limit_is_never_exceeded(database_url: str) -> None:
    async with opened(database_url, max_rows=ROWS * 5 + 3) as planner:
        done = await asyncio.gather(*(registered(planner, f"v{n}") for n in range(12)), return_exceptions=True)
        assert sorted({type(answer) for answer in done}, key=str) == sorted({PlanVersion, RowLimitError}, key=str)
        assert sum(isinstance(answer, PlanVersion) for answer in done) == 5
        assert await kept(planner) == ROWS * 5
        await planner.maint.trim(Retention(max_rows=ROWS * 4, keep_newest=0), actor=AYA)
        await registered(planner, "w1")
        assert await kept(planner) == ROWS * 5
        assert (await planner.audit.verify()).clean


async def test_several_writers_make_room_and_together_never_exceed_the_limit(database_url: str) -> None:
    async with opened(database_url, max_rows=ROWS * 8, guard_action="trim") as planner:
        for number in range(8):
            await registered(planner, f"v{number}")
        done = await asyncio.gather(*(registered(planner, f"w{n}") for n in range(6)), return_exceptions=True)
        assert {type(answer) for answer in done} <= {PlanVersion, RowLimitError}
        assert any(isinstance(answer, PlanVersion) for answer in done)
        assert await kept(planner) == (await planner.maint.stats()).rows <= ROWS * 8
        assert (await planner.audit.verify()).clean


async def test_a_trim_is_what_its_preview_says_and_leaves_a_store_that_goes_on(database_url: str) -> None:
    async with opened(database_url) as planner:
        for name in ("v1", "v2", "v3", "v4"):
            await registered(planner, name)
        await planner.plans.pin("v2", actor=BEN)
        await planner.plans.copy("v3", "v3-copy", actor=AYA)
        await planner.plans.edit("v4", {"agg:period=2026-01,family=F1:field=demand": 1.0}, actor=AYA, automatic=False)
        retention = Retention(max_rows=0, keep_newest=1)
        preview = await planner.maint.preview_trim(retention)
        before = {str(plan.version_id): plan for plan in (await planner.plans.list()).items}

        trimmed = await planner.maint.trim(retention, actor=AYA)

        assert trimmed.selection == preview.selection
        assert [version.version_id for version in trimmed.versions] == ["v1", "v4"]
        assert await kept(planner) == ROWS * 3
        for name in ("v1", "v4"):
            plan = await planner.plans.get(name)
            assert (plan.status, plan.series_rows) == ("archived", 0)
            assert (plan.payload_digest, plan.plan_digest) == (before[name].payload_digest, before[name].plan_digest)
            with pytest.raises(PlanTrimmedError):
                await planner.plans.page(name, level="det", limit=5)
        assert [one.cell.text for one in (await planner.plans.overlay("v4")).overlay.overrides.values()] == [
            "agg:period=2026-01,family=F1:field=demand"
        ]
        assert (await planner.audit.verify()).clean
        await registered(planner, "v5")


async def test_two_trims_at_once_put_each_plan_away_once(database_url: str) -> None:
    async with opened(database_url) as planner:
        for number in range(6):
            await registered(planner, f"v{number}")
        one, other = await asyncio.gather(*(planner.maint.trim(ALL, actor=AYA) for _ in range(2)))
        names = [version.version_id for trimmed in (one, other) for version in trimmed.versions]
        assert sorted(names) == [f"v{number}" for number in range(6)]
        assert await kept(planner) == (await planner.maint.stats()).rows == 0
        assert (await planner.audit.verify()).clean


async def test_a_pause_holds_for_every_planner_on_the_store(database_url: str) -> None:
    async with opened(database_url) as planner:
        await registered(planner, "v1")
        await planner.maint.pause("moving", until=datetime.now(UTC) + timedelta(hours=1), actor=AYA)
        done = await asyncio.gather(*(registered(planner, f"w{n}") for n in range(4)), return_exceptions=True)
        assert {type(answer) for answer in done} == {PausedError}
        assert await kept(planner) == ROWS
        await planner.maint.resume(actor=BEN)
        await registered(planner, "v2")
        assert await kept(planner) == ROWS * 2
