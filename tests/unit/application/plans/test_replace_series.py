"""Replacing levels of a plan: other rows, one event, and everything that lies over them stays."""

from __future__ import annotations

import io
import json
import math

import pytest

from planvault import RegisterRequest, Role
from planvault.application.exchange import NamedStream
from planvault.domain.errors import (
    ContentFrozenError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    PlanvaultError,
    StaleVersionError,
    ValidationError,
)
from planvault.domain.plans.series import SeriesRow
from planvault.testing.builders import AYA, BEN, aggregate_rows, an_actor, det_rows
from tests.unit.application.desk import Desk

MORE = det_rows(12, demand=7.0)
CELL = f"agg:period={aggregate_rows()[0].time_bucket_key},family={aggregate_rows()[0].item_key}:field=demand"


async def planned() -> Desk:
    desk = Desk()
    rows = [*aggregate_rows(), *det_rows(), SeriesRow("mrp", "week", "2026-W01", "S", supply=1.0)]
    await desk.planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), rows)
    return desk


async def rows_of(desk: Desk, level: str) -> list[SeriesRow]:
    return [row async for row in desk.planner.plans.series("v1", level=level)]


async def test_a_level_is_as_if_it_had_come_so_and_the_others_stay() -> None:
    desk = await planned()
    before = await desk.planner.plans.get("v1")
    after = await desk.planner.plans.replace("v1", reversed(MORE), actor=BEN, comment="from the line")
    assert await rows_of(desk, "det") == MORE
    assert await rows_of(desk, "aggregate") == aggregate_rows()
    fresh = await desk.planner.plans.register(
        RegisterRequest(version_id="v2", actor=AYA), [*aggregate_rows(), *MORE, *await rows_of(desk, "mrp")]
    )
    assert (after.payload_digest, after.plan_digest) == (fresh.payload_digest, fresh.plan_digest)
    assert (after.series_rows, after.row_version) == (fresh.series_rows, before.row_version + 1)
    assert (after.editors, after.stale_levels) == (("ben",), ("mrp",))
    event = next(event for event in desk.events if event.action == "replace")
    assert (event.actor, event.comment) == ("ben", "from the line")
    assert json.loads(event.details_json)["levels"] == ["det"]


OF_DET = {"backlog_days", "service_level"}


async def test_kpis_follow_the_aggregate_that_is_put_there() -> None:
    desk = await planned()
    kept = await desk.planner.plans.kpis("v1")
    await desk.planner.plans.replace("v1", MORE, actor=AYA)
    after = await desk.planner.plans.kpis("v1")
    assert [kpi for kpi in after if kpi.metric not in OF_DET] == [kpi for kpi in kept if kpi.metric not in OF_DET]
    assert {kpi.metric for kpi in set(after) - set(kept)} == OF_DET
    doubled = [row._replace(demand=2 * (row.demand or 0)) for row in aggregate_rows()]
    await desk.planner.plans.replace("v1", doubled, actor=AYA)
    assert await desk.planner.plans.kpis("v1") != kept


async def test_edits_locks_and_weights_stay_and_what_lost_its_row_is_detached() -> None:
    desk = await planned()
    det = det_rows()[0]
    row = f"det:week={det.time_bucket_key},sku={det.item_key}"
    await desk.planner.plans.edit("v1", {f"{row}:field=demand": 99.0}, actor=AYA, automatic=False)
    await desk.planner.plans.lock("v1", [CELL], actor=AYA)
    await desk.planner.plans.set_weights("v1", {row: 2.0}, actor=AYA)
    before = await desk.planner.plans.overlay("v1")
    after = await desk.planner.plans.replace("v1", MORE, actor=AYA)
    assert (await desk.planner.plans.overlay("v1")).overlay == before.overlay
    assert after.plan_digest != before.version.plan_digest
    page = await desk.planner.plans.effective_page("v1", level="det", limit=1)
    assert page.items[0].row.demand == 99.0
    await desk.planner.plans.replace("v1", MORE[1:], actor=AYA)
    detached = (await desk.planner.plans.overlay("v1")).detached
    assert [override.cell.row.text for override in detached] == [row]


async def test_the_same_rows_change_nothing_and_have_no_event() -> None:
    desk = await planned()
    before = desk.kept()
    same = await desk.planner.plans.replace("v1", det_rows(), actor=BEN)
    assert same == await desk.planner.plans.get("v1")
    assert desk.kept() == before


async def test_a_new_level_brings_the_plan_further() -> None:
    desk = Desk()
    await desk.planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), aggregate_rows())
    assert str((await desk.planner.plans.get("v1")).stage) == "aggregated"
    assert str((await desk.planner.plans.replace("v1", det_rows(), actor=AYA)).stage) == "disaggregated"


async def test_a_submitted_plan_returns_to_draft_and_an_approved_one_is_frozen() -> None:
    desk = await planned()
    await desk.planner.plans.submit("v1", actor=AYA)
    draft = await desk.planner.plans.replace("v1", MORE, actor=AYA)
    assert str(draft.status) == "draft"
    await desk.planner.plans.submit("v1", actor=AYA)
    await desk.planner.plans.approve("v1", digest=draft.plan_digest, actor=BEN)
    before = desk.kept()
    with pytest.raises(ContentFrozenError, match="never changes"):
        await desk.planner.plans.replace("v1", det_rows(), actor=AYA)
    assert desk.kept() == before


TWICE = [*MORE, MORE[0]]
REFUSED: dict[str, tuple[type[PlanvaultError], list[SeriesRow], dict[str, object]]] = {
    "no rows": (InvalidRequestError, [], {}),
    "a key that stands twice": (InvalidRequestError, TWICE, {}),
    "a measure that is no number": (InvalidRequestError, [MORE[0]._replace(demand=math.nan)], {}),
    "a level that cannot be one": (InvalidRequestError, [MORE[0]._replace(level="Det!")], {}),
    "another row version": (StaleVersionError, MORE, {"row_version": 7}),
    "a version that is not there": (NotFoundError, MORE, {"version_id": "v9"}),
    "an actor who plans nothing": (ForbiddenError, MORE, {"actor": an_actor("kim", Role.APPROVER)}),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_refused_leaves_everything_as_it_was(what: str) -> None:
    kind, rows, said = REFUSED[what]
    desk = await planned()
    before = desk.kept()
    asked: dict[str, object] = {"version_id": "v1", "actor": AYA, "row_version": None} | said
    with pytest.raises(kind):
        await desk.planner.plans.replace(rows=rows, **asked)  # type: ignore[arg-type]
    assert desk.kept() == before
    await desk.planner.plans.replace("v1", MORE, actor=AYA)


async def test_a_file_with_a_problem_replaces_nothing() -> None:
    desk = await planned()
    before = desk.kept()
    bad = NamedStream(name="rows.csv", open=lambda: io.BytesIO(b"level,time_bucket_type\ndet,week\n"))
    with pytest.raises(ValidationError):
        await desk.planner.plans.replace_file("v1", bad, actor=AYA)
    assert desk.kept() == before
