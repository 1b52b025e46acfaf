from __future__ import annotations

import logging
from typing import Any

import pytest

from planvault.application.plans.register_request import RegisterRequest
from planvault.domain.errors import InvalidRequestError, RowLimitError
from planvault.testing.builders import AYA, aggregate_rows, det_rows
from tests.unit.application.desk import Desk

EDIT = {"agg:period=2026-01,family=F1:field=demand": 1.0}


async def registered(desk: Desk, *names: str) -> None:
    """Plans of 14 rows, a day apart."""
    for name in names:
        rows = [*aggregate_rows(), *det_rows()]
        await desk.planner.plans.register(RegisterRequest(version_id=name, actor=AYA), rows)
        desk.clock.move(days=1)


async def test_every_way_to_write_rows_is_held_to_the_limit() -> None:
    desk = Desk(max_rows=28)
    await desk.live()
    await registered(desk, "v1", "v2")
    before = desk.kept()
    plans = desk.planner.plans
    more = [*aggregate_rows(), *det_rows(11)]
    writes: list[Any] = [
        plans.register(RegisterRequest(version_id="v3", actor=AYA), aggregate_rows()),
        plans.copy("v1", "v3", actor=AYA),
        plans.edit("v1", EDIT, actor=AYA, copy_as="v3"),
        plans.replace("v1", more, actor=AYA),
    ]
    for write in writes:
        with pytest.raises(RowLimitError, match="PLANS_DB_MAX_ROWS allows 28") as refused:
            await write
        assert "maint trim --max-rows" in (refused.value.remedy or "")
    assert desk.kept() == before
    with pytest.raises(RowLimitError):
        await plans.create(input_set="weekly", actor=AYA, engine="tiny")
    assert set(desk.kept().plans) == {"v1", "v2"}


async def test_what_adds_no_rows_passes_though_more_is_kept_than_may_be() -> None:
    desk = Desk()
    await registered(desk, "v1")
    desk.max_rows = 10
    await desk.planner.plans.edit("v1", EDIT, actor=AYA)
    await desk.planner.plans.replace("v1", det_rows(9), actor=AYA)
    assert (await desk.planner.plans.get("v1")).series_rows == 13


async def test_exactly_as_many_rows_as_the_limit_are_kept() -> None:
    desk = Desk(max_rows=14)
    await registered(desk, "v1")
    assert (await desk.planner.maint.stats()).room == 0


async def test_where_trims_are_wanted_the_oldest_go_before_more_is_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = Desk(max_rows=14 * 7, guard_trims=True)
    await registered(desk, *(f"v{number}" for number in range(7)))
    caplog.set_level(logging.INFO, "planvault.maintenance")

    await registered(desk, "v7")

    statuses = {name: str(plan.status) for name, plan in desk.kept().plans.items()}
    assert statuses == {"v0": "archived", **{f"v{number}": "draft" for number in range(1, 8)}}
    assert ("versions trimmed", "max_rows", 1) in desk.telemetry.told
    assert [record.message.split()[0] for record in caplog.records] == [
        "plan_repository_capacity_trimmed",
        "plan_repository_capacity_trim_alert",
    ]
    (told,) = [event for event in desk.events if event.action == "trim"]
    assert (told.stream, told.actor) == ("plan/v0", "aya")


async def test_where_nothing_may_go_the_write_is_refused_all_the_same() -> None:
    desk = Desk(max_rows=14 * 2, guard_trims=True)
    await registered(desk, "v1", "v2")  # the newest five are never trimmed
    with pytest.raises(RowLimitError):
        await registered(desk, "v3")
    assert len(desk.kept().plans) == 2


async def test_a_limit_below_what_is_kept_trims_nothing_until_it_is_confirmed() -> None:
    desk = Desk()
    await registered(desk, *(f"v{number}" for number in range(8)))
    desk.max_rows, desk.guard_trims = 100, True
    before = desk.kept()
    with pytest.raises(InvalidRequestError, match="it counts rows, not plans"):
        await desk.planner.maint.require_limit_meant()
    with pytest.raises(RowLimitError):
        await registered(desk, "v8")
    assert desk.kept() == before

    desk.guard_confirmed = 100
    await desk.planner.maint.require_limit_meant()
    await registered(desk, "v8")
    assert (await desk.planner.maint.stats()).rows <= 100


async def test_figures_tell_growth_and_when_the_limit_is_reached() -> None:
    desk = Desk(max_rows=100)
    assert (await desk.planner.maint.stats()).days_to_limit is None
    await registered(desk, "v1", "v2")
    stats = await desk.planner.maint.stats()
    assert (stats.rows, stats.held, stats.trimmed, stats.room) == (28, 2, 0, 72)
    assert stats.rows_per_day == 14.0
    assert stats.days_to_limit == 5
    assert [(month.month, month.versions, month.rows) for month in stats.months] == [("2026-11", 2, 28)]
    assert [(level.level, level.rows) for level in stats.levels] == [("aggregate", 8), ("det", 20)]
    assert desk.telemetry.told[-1] == ("store stands", 28)
