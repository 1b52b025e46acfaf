from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from planvault.application.exchange import NamedStream
from planvault.application.plans.plan_archive import PlanArchive
from planvault.application.plans.register_request import RegisterRequest
from planvault.domain.access.actor import Role
from planvault.domain.errors import ForbiddenError, PlanTrimmedError, StorageFullError
from planvault.domain.plans.version import PlanStatus
from planvault.domain.storage.retention import Retention
from planvault.testing.builders import AYA, BEN, aggregate_rows, an_actor, det_rows
from tests.unit.application.desk import Desk

OPERATOR = an_actor("ops", Role.OPERATOR)
ALL = Retention(max_rows=0, keep_newest=0)


async def with_plans(*names: str, desk: Desk | None = None) -> Desk:
    """Plans of 14 rows, a day apart, the first the oldest."""
    desk = desk or Desk()
    for name in names:
        rows = [*aggregate_rows(), *det_rows()]
        await desk.planner.plans.register(RegisterRequest(version_id=name, actor=AYA), rows)
        desk.clock.move(days=1)
    return desk


def asked(**what: Any) -> Retention:
    return Retention(**{"keep_newest": 0, **what})


async def test_a_preview_is_what_the_trim_then_does() -> None:
    desk = await with_plans("v1", "v2", "v3", "v4")
    await desk.planner.plans.pin("v2", actor=BEN)
    retention = asked(older_than_days=2, max_rows=28)
    before = desk.kept()
    preview = await desk.planner.maint.preview_trim(retention)
    assert desk.kept() == before

    trimmed = await desk.planner.maint.trim(retention, actor=OPERATOR, comment="yearly")

    assert trimmed.selection == preview.selection
    assert trimmed.versions == preview.selection.chosen
    assert [version.version_id for version in trimmed.versions] == ["v1", "v3"]
    assert trimmed.rows == 28
    assert (await desk.planner.maint.preview_trim(retention)).selection.chosen == ()


async def test_a_trimmed_plan_keeps_its_digests_levels_and_events_and_loses_the_rest() -> None:
    desk = await with_plans("v1")
    before = await desk.planner.plans.get("v1")
    await desk.planner.maint.trim(ALL, actor=OPERATOR)

    plan = await desk.planner.plans.get("v1")
    assert (plan.status, plan.series_rows) == ("archived", 0)
    assert (plan.payload_digest, plan.plan_digest) == (before.payload_digest, before.plan_digest)
    state = desk.kept()
    assert [len(kept) for kept in (state.rows, state.headers)] == [0, 0]
    assert state.kpis["v1"] == ()
    assert [series.row_count for _, series in sorted(state.series.items())] == [4, 10]
    *_, event = desk.events
    assert (event.stream, event.action, event.actor) == ("plan/v1", "trim", "ops")
    told = json.loads(event.details_json)
    assert (told["was"], told["series_rows"], told["cause"]) == ("draft", 14, "operator")
    assert (await desk.planner.audit.verify()).clean
    assert desk.telemetry.told[-1] == ("versions trimmed", "operator", 1)


async def test_every_read_of_its_rows_says_that_it_was_trimmed() -> None:
    desk = await with_plans("v1", "v2")
    await desk.planner.maint.trim(asked(older_than_days=1), actor=OPERATOR)
    plans = desk.planner.plans

    async def rows() -> None:
        async for _ in plans.series("v1", level="det"):
            pass

    for read in (
        rows(),
        plans.page("v1", level="det", limit=5),
        plans.compare("v1", "v2"),
        plans.compare("v2", "v1"),
        plans.export_archive("v1"),
        plans.copy("v1", "v9", actor=AYA),
    ):
        with pytest.raises(PlanTrimmedError, match="it was trimmed"):
            await read
    assert [level.row_count for level in (await plans.summary("v1")).series] == [4, 10]


async def test_its_archive_brings_it_back_with_the_same_payload() -> None:
    desk = await with_plans("v1", "v2")
    kept: dict[str, bytes] = {}

    async def keep(packed: PlanArchive) -> str:
        kept[packed.name] = packed.file.read()
        return packed.name

    before = await desk.planner.plans.get("v1")
    await desk.planner.maint.trim(asked(older_than_days=1), actor=OPERATOR, keeper=keep)

    assert list(kept) == ["plan_v1.zip"]
    assert json.loads(desk.events[-1].details_json)["archive"] == "plan_v1.zip"
    file = NamedStream(name="plan_v1.zip", open=lambda: io.BytesIO(kept["plan_v1.zip"]))
    again = await desk.planner.plans.register_file(RegisterRequest(version_id="v1-back", actor=AYA), file)
    assert again.payload_digest == before.payload_digest


async def test_a_plan_that_cannot_be_archived_is_not_trimmed_and_the_next_trim_goes_on() -> None:
    desk = await with_plans("v1", "v2", "v3")
    asked_for = []

    async def keep(packed: PlanArchive) -> str:
        asked_for.append(packed.version.version_id)
        if len(asked_for) == 2:
            raise StorageFullError("No room.")
        return packed.name

    with pytest.raises(StorageFullError):
        await desk.planner.maint.trim(ALL, actor=OPERATOR, keeper=keep)
    statuses = {name: str((await desk.planner.plans.get(name)).status) for name in ("v1", "v2", "v3")}
    assert statuses == {"v1": "draft", "v2": "draft", "v3": "archived"}
    assert desk.telemetry.told[-1] == ("versions trimmed", "operator", 1)
    assert len((await desk.planner.maint.trim(ALL, actor=OPERATOR)).versions) == 2


async def test_a_plan_that_changes_while_it_is_archived_is_passed_over() -> None:
    desk = await with_plans("v1", "v2")

    async def keep(packed: PlanArchive) -> str:
        if packed.version.version_id == "v2":
            await desk.planner.plans.edit("v2", {"agg:period=2026-01,family=F1:field=demand": 1.0}, actor=AYA)
        else:
            await desk.planner.plans.pin("v1", actor=BEN)
        return packed.name

    trimmed = await desk.planner.maint.trim(ALL, actor=OPERATOR, keeper=keep)
    assert (trimmed.versions, trimmed.passed_over, trimmed.rows) == ((), ("v1", "v2"), 0)
    assert (await desk.planner.plans.get("v2")).series_rows == 14


async def test_a_plan_that_somebody_builds_upon_meanwhile_is_passed_over() -> None:
    desk = await with_plans("v1")

    async def keep(packed: PlanArchive) -> str:
        await desk.planner.plans.copy("v1", "v2", actor=AYA)
        return packed.name

    trimmed = await desk.planner.maint.trim(ALL, actor=OPERATOR, keeper=keep)
    assert trimmed.passed_over == ("v1",)


async def test_a_trim_that_was_stopped_is_finished_by_the_next_one() -> None:
    desk = await with_plans("v1", "v2")
    async with desk.store() as uow:  # what a killed trim leaves: put away, some rows gone
        (held,) = [one for one in await uow.maintenance.held() if one.version_id == "v1"]
        plan = await uow.plans.get(held.version_id)
        await uow.plans.save(replace(plan, status=PlanStatus.ARCHIVED))
        await uow.maintenance.remove_rows(held.version_id, limit=5)
        await uow.commit()
    with pytest.raises(PlanTrimmedError):
        await desk.planner.plans.page("v1", level="det", limit=5)
    assert (await desk.planner.maint.stats()).rows == 28  # they count until they are gone

    trimmed = await desk.planner.maint.trim(asked(older_than_days=365), actor=OPERATOR)

    assert (trimmed.finished, trimmed.versions, trimmed.rows) == (("v1",), (), 9)
    assert (await desk.planner.plans.get("v1")).series_rows == 0
    assert (await desk.planner.maint.stats()).rows == 14


async def test_kpis_stay_for_as_many_months_as_are_asked_for() -> None:
    desk = await with_plans("v1")
    await desk.planner.maint.trim(asked(max_rows=0, kpis_months=2), actor=OPERATOR)
    assert desk.kept().kpis["v1"] != ()

    desk.clock.move(days=40)
    assert (await desk.planner.maint.trim(asked(kpis_months=2), actor=OPERATOR)).kpis == ()
    desk.clock.move(days=40)
    assert (await desk.planner.maint.preview_trim(asked(kpis_months=2))).kpis == ("v1",)
    assert (await desk.planner.maint.trim(asked(kpis_months=2), actor=OPERATOR)).kpis == ("v1",)
    assert desk.kept().kpis["v1"] == ()


async def test_only_operators_trim() -> None:
    desk = await with_plans("v1")
    before = desk.kept()
    with pytest.raises(ForbiddenError):
        await desk.planner.maint.trim(ALL, actor=an_actor("cid", Role.PLANNER, Role.ADMIN))
    assert desk.kept() == before
