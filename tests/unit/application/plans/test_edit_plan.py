"""Editing a plan: what an edit spreads to, what it leaves alone, and how it is taken back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planvault import RegisterRequest, Role
from planvault.domain.errors import (
    AlreadyExistsError,
    CellLockedError,
    ConflictError,
    ContentFrozenError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    StaleVersionError,
)
from planvault.domain.plans.editing.distribution import Distribution, Rounding
from planvault.domain.plans.series import SeriesRow, Split, splits_text
from planvault.testing.builders import AYA, BEN, an_actor, det_rows
from tests.unit.application.desk import Desk

JANUARY, FEBRUARY = "agg:period=2026-01,family=F1", "agg:period=2026-02,family=F1"
# Week 5 lies in both months.
PARTS = {("2026-W04", "A"): (10, 0), ("2026-W05", "A"): (6, 4), ("2026-W05", "B"): (8, 2), ("2026-W06", "B"): (0, 30)}


def rows() -> list[SeriesRow]:
    det = [
        SeriesRow(
            "det",
            "week",
            week,
            sku,
            demand=float(january + february),
            supply=float(january + february),
            backlog=0.0,
            splits_json=splits_text(
                Split(f"2026-0{month}", "F1", float(part), float(part), 0.0)
                for month, part in ((1, january), (2, february))
                if part
            ),
        )
        for (week, sku), (january, february) in PARTS.items()
    ]
    months = [
        SeriesRow("aggregate", "month", f"2026-0{month}", "F1", demand=total, supply=total, backlog=0.0)
        for month, total in ((1, 24.0), (2, 36.0))
    ]
    return [*months, *sorted(det)]


async def planned(desk: Desk, version_id: str = "v1") -> Desk:
    await desk.planner.plans.register(RegisterRequest(actor=AYA, version_id=version_id), rows())
    return desk


async def values(desk: Desk, level: str, name: str = "demand", version_id: str = "v1") -> dict[tuple[str, str], float]:
    return {
        (found.row.time_bucket_key, found.row.item_key): getattr(found.row, name)
        async for batch in desk.planner.plans.effective(version_id, level=level)
        for found in batch
    }


async def by_month(desk: Desk, name: str = "demand") -> dict[str, float]:
    """What det comes to by month, from the shares of its rows."""
    parts: dict[str, list[float]] = {}
    async for batch in desk.planner.plans.effective("v1", level="det"):
        for found in batch:
            splits = found.row.splits
            assert math.fsum(getattr(split, name) for split in splits) == pytest.approx(getattr(found.row, name))
            for split in splits:
                parts.setdefault(split.period, []).append(getattr(split, name))
    return {month: math.fsum(found) for month, found in sorted(parts.items())}


async def test_an_aggregate_value_is_spread_and_the_other_month_stays() -> None:
    desk = await planned(Desk())
    outcome = await desk.planner.plans.edit("v1", {f"{JANUARY}:field=demand": 48.0}, actor=BEN, comment="promo")
    assert await by_month(desk) == {"2026-01": 48.0, "2026-02": 36.0}
    assert await values(desk, "det") == {
        ("2026-W04", "A"): 20.0,
        ("2026-W05", "A"): 16.0,
        ("2026-W05", "B"): 18.0,
        ("2026-W06", "B"): 30.0,
    }
    assert await values(desk, "aggregate") == {("2026-01", "F1"): 48.0, ("2026-02", "F1"): 36.0}
    assert len(outcome.changes) == 4
    assert outcome.version.editors == ("ben",)
    assert (desk.actions[-1], desk.events[-1].comment) == ("plan/v1 edit", "promo")
    assert [row.demand for row in (await desk.planner.plans.page("v1", level="det", limit=9)).items] == [10, 10, 10, 30]


async def test_a_det_value_is_summed_up_into_both_its_months() -> None:
    desk = await planned(Desk())
    await desk.planner.plans.edit("v1", {"det:week=2026-W05,sku=A:field=demand": 20.0}, actor=AYA)
    assert await by_month(desk) == {"2026-01": 30.0, "2026-02": 40.0}
    assert await values(desk, "aggregate") == {("2026-01", "F1"): 30.0, ("2026-02", "F1"): 40.0}
    assert await values(desk, "aggregate", "supply") == {("2026-01", "F1"): 24.0, ("2026-02", "F1"): 36.0}


async def test_what_is_locked_or_asked_for_is_subtracted_from_what_is_spread() -> None:
    desk = await planned(Desk())
    await desk.planner.plans.lock("v1", ["det:week=2026-W04,sku=A"], actor=AYA)
    asked = {f"{JANUARY}:field=demand": 40.0, "det:week=2026-W05,sku=A:field=demand": 10.0}
    await desk.planner.plans.edit("v1", asked, actor=AYA)
    assert (await by_month(desk))["2026-01"] == 40.0
    found = await values(desk, "det")
    assert (found["2026-W04", "A"], found["2026-W05", "A"], found["2026-W05", "B"]) == (10.0, 10.0, 26.0)


@settings(max_examples=60, deadline=None)
@given(
    target=st.floats(0, 10_000).map(lambda value: round(value, 3)),
    locked=st.sets(st.sampled_from(sorted(PARTS)), max_size=3),
    weights=st.sampled_from(["current", "equal", "supply", "stored"]),
    step=st.none() | st.sampled_from([0.5, 1.0, 5.0]),
)
async def test_det_always_adds_up_to_what_was_asked_for(
    target: float, locked: set[tuple[str, str]], weights: str, step: float | None
) -> None:
    desk = await planned(Desk())
    plans = desk.planner.plans
    stored: Mapping[str, float] = {f"det:week={week},sku={sku}": len(sku) + 2.0 for week, sku in PARTS}
    await plans.set_weights("v1", stored, actor=AYA)
    if locked:
        await plans.lock("v1", [f"det:week={week},sku={sku}:field=demand" for week, sku in locked], actor=AYA)
    before = await values(desk, "det")
    how = Distribution(weights=weights, rounding=None if step is None else Rounding(step=step))
    try:
        await plans.edit("v1", {f"{JANUARY}:field=demand": target}, actor=AYA, distribution=how)
    except ConflictError:
        fixed = math.fsum(january for key, (january, _) in PARTS.items() if key in locked)
        assert target < fixed or {key for key, (january, _) in PARTS.items() if january} <= locked
        assert await values(desk, "det") == before
        return
    assert await by_month(desk) == {"2026-01": pytest.approx(target, abs=1e-9), "2026-02": 36.0}
    after = await values(desk, "det")
    assert all(after[key] == before[key] for key in locked)


async def test_an_edit_is_taken_back_with_everything_that_it_spread_to() -> None:
    desk = await planned(Desk())
    plans = desk.planner.plans
    before = await values(desk, "det"), await values(desk, "aggregate")
    digest = (await plans.get("v1")).plan_digest
    await plans.edit("v1", {f"{JANUARY}:field=demand": 48.0}, actor=AYA)
    between = await values(desk, "det")
    await plans.edit("v1", {"det:week=2026-W05,sku=B:field=demand": 5.0}, actor=AYA)
    with pytest.raises(ConflictError, match="was edited since"):
        await plans.undo("v1", actor=AYA, position=desk.events[-2].position)
    await plans.undo("v1", actor=AYA)
    assert await values(desk, "det") == between
    undone = await plans.undo("v1", actor=AYA)
    assert (await values(desk, "det"), await values(desk, "aggregate")) == before
    assert undone.version.plan_digest == digest
    assert (await plans.overlay("v1")).overlay.overrides == {}
    with pytest.raises(NotFoundError, match="edit to take back"):
        await plans.undo("v1", actor=AYA)
    assert desk.actions[-2:] == ["plan/v1 undo", "plan/v1 undo"]


async def test_null_takes_a_value_and_what_it_spread_back() -> None:
    desk = await planned(Desk())
    await desk.planner.plans.edit("v1", {f"{JANUARY}:field=demand": 48.0}, actor=AYA)
    await desk.planner.plans.edit("v1", {f"{JANUARY}:field=demand": None}, actor=AYA)
    assert await by_month(desk) == {"2026-01": 24.0, "2026-02": 36.0}
    assert (await desk.planner.plans.overlay("v1")).overlay.overrides == {}


async def test_weights_erase_neither_edits_nor_locks() -> None:
    desk = await planned(Desk())
    plans = desk.planner.plans
    await plans.edit("v1", {"det:week=2026-W06,sku=B:field=demand": 31.0}, actor=AYA)
    await plans.lock("v1", ["det:week=2026-W06,sku=B"], actor=AYA)
    before = (await plans.overlay("v1")).overlay
    await plans.set_weights("v1", {"det:week=2026-W06,sku=B": 2.0}, actor=AYA)
    after = (await plans.overlay("v1")).overlay
    assert (after.overrides, after.locks, list(after.weights.values())) == (before.overrides, before.locks, [2.0])


async def test_one_event_tells_of_one_edit_and_of_no_other() -> None:
    desk = await planned(Desk())
    await desk.planner.plans.edit("v1", {f"{FEBRUARY}:field=demand": 40.0}, actor=AYA)
    count = len(desk.events)
    await desk.planner.plans.edit("v1", {f"{JANUARY}:field=supply": 25.0}, actor=AYA)
    assert len(desk.events) == count + 1
    cells = [told["cell"] for told in json.loads(desk.events[-1].details_json)["cells"]]
    assert all(cell.endswith("field=supply") for cell in cells)
    await desk.planner.plans.edit("v1", {f"{JANUARY}:field=supply": 25.0}, actor=AYA)
    assert len(desk.events) == count + 1


async def test_locked_cells_refuse_everything_or_are_left_out() -> None:
    desk = await planned(Desk())
    plans = desk.planner.plans
    await plans.lock("v1", ["det:week=2026-W04,sku=A:field=demand"], actor=AYA)
    asked = {"det:week=2026-W04,sku=A:field=demand": 1.0, "det:week=2026-W06,sku=B:field=demand": 1.0}
    before = desk.kept()
    with pytest.raises(CellLockedError, match="was locked by aya") as refused:
        await plans.edit("v1", asked, actor=BEN)
    assert refused.value.params["count"] == 1
    assert desk.kept() == before
    outcome = await plans.edit("v1", asked, actor=BEN, skip_locked=True)
    assert [cell.text for cell in outcome.skipped] == ["det:week=2026-W04,sku=A:field=demand"]
    assert (await values(desk, "det"))["2026-W06", "B"] == 1.0
    await plans.unlock("v1", ["det:week=2026-W04,sku=A:field=demand"], actor=BEN)
    await plans.edit("v1", asked, actor=BEN)
    with pytest.raises(NotFoundError, match="lock"):
        await plans.unlock("v1", ["det:week=2026-W04,sku=A"], actor=BEN)


async def test_an_aggregate_row_that_is_locked_or_not_there_is_told() -> None:
    desk = await planned(Desk())
    plans = desk.planner.plans
    await plans.lock("v1", [JANUARY], actor=AYA)
    outcome = await plans.edit("v1", {"det:week=2026-W05,sku=A:field=demand": 20.0}, actor=AYA)
    assert [cell.text for cell in outcome.kept] == [f"{JANUARY}:field=demand"]
    await desk.planner.plans.register(
        RegisterRequest(actor=AYA, version_id="v2"), [row for row in rows() if row.level == "det"]
    )
    outcome = await plans.edit("v2", {"det:week=2026-W04,sku=A:field=demand": 1.0}, actor=AYA)
    assert [row.text for row in outcome.unmatched] == [JANUARY]


async def test_edits_need_a_plan_a_row_a_field_a_number_and_a_planner() -> None:
    desk = await planned(Desk())
    plans = desk.planner.plans
    good = {f"{JANUARY}:field=demand": 1.0}
    wrong: list[tuple[str, Mapping[str, float | None], type[Exception]]] = [
        ("v9", good, NotFoundError),
        ("v1", {"agg:period=2026-09,family=F1:field=demand": 1.0}, NotFoundError),
        ("v1", {f"{JANUARY}:field=price": 1.0}, InvalidRequestError),
        ("v1", {JANUARY: 1.0}, InvalidRequestError),
        ("v1", {f"{JANUARY}:field=demand": math.nan}, InvalidRequestError),
        ("v1", {}, InvalidRequestError),
    ]
    before = desk.kept()
    for version_id, asked, error in wrong:
        with pytest.raises(error):
            await plans.edit(version_id, asked, actor=AYA)
    with pytest.raises(ForbiddenError):
        await plans.edit("v1", good, actor=an_actor("vera", Role.VIEWER))
    with pytest.raises(StaleVersionError):
        await plans.edit("v1", good, actor=AYA, row_version=7)
    with pytest.raises(ConflictError, match="no stored weight"):
        await plans.edit("v1", good, actor=AYA, distribution=Distribution(weights="stored"))
    assert desk.kept() == before


async def test_a_submitted_plan_returns_to_draft_and_an_approved_one_is_copied_first() -> None:
    desk = await planned(Desk())
    plans = desk.planner.plans
    await plans.submit("v1", actor=AYA)
    edited = (await plans.edit("v1", {f"{JANUARY}:field=demand": 30.0}, actor=AYA)).version
    assert (str(edited.status), desk.actions[-2:]) == ("draft", ["plan/v1 reopen", "plan/v1 edit"])
    submitted = await plans.submit("v1", actor=AYA)
    await plans.approve("v1", digest=submitted.plan_digest, actor=BEN)
    before = desk.kept()
    with pytest.raises(ContentFrozenError, match="content never changes"):
        await plans.edit("v1", {f"{JANUARY}:field=demand": 31.0}, actor=AYA)
    with pytest.raises(NotFoundError):
        await plans.edit("v1", {"agg:period=x,family=F1:field=demand": 31.0}, actor=AYA, copy_as="v2")
    assert desk.kept() == before
    copy = (await plans.edit("v1", {f"{JANUARY}:field=demand": 31.0}, actor=BEN, copy_as="v2")).version
    assert (copy.version_id, copy.provenance.base_version_id, copy.created_by, copy.approvals) == (
        "v2",
        "v1",
        "ben",
        (),
    )
    assert (await values(desk, "aggregate", version_id="v2"))["2026-01", "F1"] == 31.0
    assert (await values(desk, "aggregate"))["2026-01", "F1"] == 30.0
    with pytest.raises(AlreadyExistsError):
        await plans.copy("v1", "V2", actor=AYA)


async def test_a_copy_holds_what_the_plan_holds() -> None:
    desk = await planned(Desk())
    plans = desk.planner.plans
    await plans.edit("v1", {f"{JANUARY}:field=demand": 30.0}, actor=AYA)
    await plans.lock("v1", [FEBRUARY], actor=AYA)
    base, copy = await plans.get("v1"), await plans.copy("v1", "v2", actor=BEN, title="what if")
    assert (copy.payload_digest, copy.plan_digest, copy.title) == (base.payload_digest, base.plan_digest, "what if")
    assert await values(desk, "det", version_id="v2") == await values(desk, "det")
    assert await plans.kpis("v2") == await plans.kpis("v1")


async def test_effective_kpis_follow_edits_and_stored_ones_do_not() -> None:
    desk = await planned(Desk())
    plans = desk.planner.plans
    before = await plans.kpis("v1")
    await plans.edit("v1", {f"{JANUARY}:field=demand": 48.0}, actor=AYA)
    assert await plans.kpis("v1") == before
    found = {kpi.key: kpi.value for kpi in await plans.effective_kpis("v1")}
    assert found["demand_total", "total", "total"] == 84.0
    assert found["fill_rate", "month", "2026-01"] == 0.5


async def test_effective_figures_of_det_follow_edits_of_its_rows() -> None:
    desk = Desk()
    plans = desk.planner.plans
    rows = [row._replace(inventory_close=4.0) for row in det_rows(10)]
    await plans.register(RegisterRequest(actor=AYA, version_id="v1"), rows)
    before = {kpi.metric: kpi.value for kpi in await plans.kpis("v1")}
    assert before == {"service_level": 0.5, "inventory_turns": 100.0 / (40.0 / 5), "backlog_days": 5 / (105 / 35)}
    row = "det:week=2026-W01,sku=SKU0001"
    changes = {f"{row}:field=backlog": 0.0, f"{row}:field=inventory_close": 14.0}
    await plans.edit("v1", changes, actor=AYA, automatic=False)
    assert {kpi.metric: kpi.value for kpi in await plans.kpis("v1")} == before
    after = {kpi.metric: kpi.value for kpi in await plans.effective_kpis("v1")}
    assert after == {"service_level": 0.6, "inventory_turns": 100.0 / (50.0 / 5), "backlog_days": 4 / (105 / 35)}


async def test_events_of_a_plan_come_page_by_page_and_outlive_it() -> None:
    desk = await planned(Desk())
    plans = desk.planner.plans
    for value in (25.0, 26.0, 27.0):
        await plans.edit("v1", {f"{JANUARY}:field=demand": value}, actor=AYA)
    first = await plans.events("v1", limit=3)
    rest = await plans.events("v1", limit=3, cursor=first.next_cursor)
    assert [event.action for event in (*first.items, *rest.items)] == ["edit", "edit", "edit", "register"]
    await plans.delete("v1", actor=an_actor("olga", Role.OPERATOR))
    assert (await plans.events("v1")).items[0].action == "delete"
    with pytest.raises(NotFoundError):
        await plans.events("v9")
