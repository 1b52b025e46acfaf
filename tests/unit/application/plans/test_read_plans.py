from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from planvault.application.plans.read_plans import PeriodTotals
from planvault.application.plans.register_request import RegisterRequest
from planvault.domain.errors import InvalidRequestError, NotFoundError
from planvault.domain.plans.kpis import base_kpis
from planvault.domain.plans.ports import PlanFilter
from planvault.domain.plans.series import SeriesRow
from planvault.domain.plans.series_filter import SeriesFilter
from planvault.testing.builders import AYA, aggregate_rows, det_rows
from tests.unit.application.desk import Desk


async def with_plan(rows: list[SeriesRow] | None = None, version_id: str = "V1") -> Desk:
    desk = Desk()
    request = RegisterRequest(version_id=version_id, actor=AYA)
    await desk.planner.plans.register(request, rows or [*aggregate_rows(), *det_rows()])
    return desk


@pytest.mark.parametrize(
    "look",
    [
        lambda plans: plans.get("v9"),
        lambda plans: plans.kpis("v9"),
        lambda plans: plans.summary("v9"),
        lambda plans: plans.artifact_names("v9"),
        lambda plans: plans.page("v9", level="det", limit=1),
        lambda plans: anext(plans.series("v9", level="det")),
        lambda plans: anext(plans.batches("v9", level="det")),
        lambda plans: anext(plans.artifact("v9", "aggregate.json")),
    ],
)
async def test_an_unknown_version_is_not_found(look: Callable[[Any], Any]) -> None:
    desk = await with_plan()
    with pytest.raises(NotFoundError, match="plan version v9"):
        await look(desk.planner.plans)


@pytest.mark.parametrize(
    "look",
    [
        lambda plans: plans.page("v1", level="mrp", limit=1),
        lambda plans: anext(plans.series("v1", level="mrp")),
        lambda plans: anext(plans.batches("v1", level="mrp")),
    ],
)
async def test_an_unknown_level_names_the_levels_there_are(look: Callable[[Any], Any]) -> None:
    desk = await with_plan()
    with pytest.raises(NotFoundError, match="level mrp of V1") as caught:
        await look(desk.planner.plans)
    assert caught.value.remedy == "It has: aggregate, det."


@pytest.mark.parametrize("limit", [1, 3, 10, 11])
async def test_paging_to_the_end_gives_what_the_stream_gives(limit: int) -> None:
    desk = await with_plan()
    plans = desk.planner.plans
    rows: list[SeriesRow] = []
    cursor: str | None = None
    for _ in range(20):
        page = await plans.page("v1", level="det", limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        rows += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert rows == [row async for row in plans.series("v1", level="det")]
    assert rows == [row async for batch in plans.batches("v1", level="det") for row in batch]


@pytest.mark.parametrize(("limit", "cursor"), [(0, None), (10_001, None), (5, "x"), (5, "WyJhIl0")])
async def test_a_wrong_limit_or_cursor_of_a_level_is_refused(limit: int, cursor: str | None) -> None:
    desk = await with_plan()
    with pytest.raises(InvalidRequestError):
        await desk.planner.plans.page("v1", level="det", limit=limit, cursor=cursor)


async def test_the_summary_adds_families_up_by_period() -> None:
    summary = await (await with_plan()).planner.plans.summary("v1")
    assert summary.periods == [
        PeriodTotals(period="2026-01", demand=200.0, supply=200.0, supply_received=None, backlog=0.0),
        PeriodTotals(period="2026-02", demand=200.0, supply=160.0, supply_received=None, backlog=40.0),
    ]
    assert [(series.level, series.row_count) for series in summary.series] == [("aggregate", 4), ("det", 10)]
    assert summary.version.version_id == "V1"


async def test_a_plan_without_an_aggregate_has_no_periods_and_no_base_kpis() -> None:
    desk = await with_plan(det_rows())
    summary = await desk.planner.plans.summary("v1")
    assert (summary.periods, [kpi.metric for kpi in summary.kpis]) == ([], ["backlog_days", "service_level"])


async def test_kpis_are_the_stored_and_the_derived_in_key_order() -> None:
    det = [row._replace(supply_received=5.0) for row in det_rows()]
    desk = await with_plan([*aggregate_rows(), *det])
    kpis = await desk.planner.plans.kpis("v1")
    stored = base_kpis(aggregate_rows())
    assert [kpi for kpi in kpis if kpi in stored] == stored
    assert {kpi.metric: kpi.value for kpi in kpis if kpi not in stored} == {
        "received_fill_rate": 50.0 / 105.0,
        "backlog_days": 5.0 / (105.0 / 35),
        "service_level": 0.5,
        "supply_received_total": 50.0,
    }
    assert [kpi.key for kpi in kpis] == sorted(kpi.key for kpi in kpis)
    assert kpis == (await desk.planner.plans.summary("v1")).kpis


async def test_artifacts_are_those_that_the_levels_allow() -> None:
    desk = await with_plan()
    plans = desk.planner.plans
    names = await plans.artifact_names("v1")
    tables = ["reconciliation_before.csv", "reconciliation_violations_before.csv"]
    assert names == sorted(["aggregate.json", "reconciliation_log.json", "sku_week.json", *tables])
    for name in set(names) - set(tables):
        assert json.loads("".join([piece async for piece in plans.artifact("v1", name)]))
    for name in ("mrp.json", "../secret"):
        with pytest.raises(NotFoundError, match="artifact"):
            await anext(plans.artifact("v1", name))


async def artifact(desk: Desk, name: str) -> dict[str, Any]:
    pieces = [piece async for piece in desk.planner.plans.artifact("v1", name)]
    written: dict[str, Any] = json.loads("".join(pieces))
    return written


async def test_the_reconciliation_log_names_its_version() -> None:
    desk = await with_plan()
    assert (await artifact(desk, "reconciliation_log.json"))["version_id"] == "V1"
    assert "version_id" not in await artifact(desk, "aggregate.json")


async def test_the_log_of_a_created_plan_keeps_what_the_engine_said() -> None:
    desk = Desk()
    await desk.live()
    await desk.planner.plans.create(
        input_set="weekly",
        actor=AYA,
        engine="reference",
        version_id="v1",
        parameters={"cutover_date": "2026-01-15", "recon_window_days": 7},
    )
    log = await artifact(desk, "reconciliation_log.json")
    assert (log["version_id"], log["cutover"]["cutover_date"]) == ("v1", "2026-01-15")


async def test_what_the_engine_noted_stands_in_the_artifact() -> None:
    desk = Desk()
    await desk.live()
    await desk.planner.plans.create(input_set="weekly", actor=AYA, engine="tiny", version_id="v1")
    assert (await artifact(desk, "aggregate.json"))["note"] == "tiny"


async def test_plans_are_listed_newest_first_and_by_their_inputs() -> None:
    desk = Desk()
    await desk.live()
    for number in range(3):
        desk.clock.move(seconds=1)
        await desk.planner.plans.register(RegisterRequest(version_id=f"v{number}", actor=AYA), det_rows())
    desk.clock.move(seconds=1)
    await desk.planner.plans.create(input_set="weekly", actor=AYA, engine="tiny", version_id="made")
    first = await desk.planner.plans.list(limit=3)
    rest = await desk.planner.plans.list(limit=3, cursor=first.next_cursor)
    assert [plan.version_id for plan in [*first.items, *rest.items]] == ["made", "v2", "v1", "v0"]
    label = (await desk.planner.inputs.get("weekly")).label
    weekly = await desk.planner.plans.list(PlanFilter(input_label=label))
    assert [plan.version_id for plan in weekly.items] == ["made"]


async def test_the_rows_of_an_item_come_with_the_page_as_with_the_stream() -> None:
    desk = Desk()
    await desk.planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), det_rows(20))
    only = SeriesFilter(item="SKU0003", bucket_to="2026-W04")
    streamed = [row async for row in desk.planner.plans.series("v1", level="det", only=only)]
    first = await desk.planner.plans.page("v1", level="det", limit=1, only=only)
    rest = await desk.planner.plans.page("v1", level="det", limit=9, cursor=first.next_cursor, only=only)
    assert [*first.items, *rest.items] == streamed == [row for row in det_rows(20) if only.wants(row)]
    assert len(streamed) == 4


@pytest.mark.parametrize("text", ["a\0b", "a\ud800", "a\nb"])
def test_what_can_be_no_key_is_refused_before_a_store_is_asked(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="no row"):
        SeriesFilter(item=text)
