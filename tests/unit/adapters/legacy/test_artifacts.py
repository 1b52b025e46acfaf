from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from planvault.adapters.legacy.artifacts import LegacyArtifactRenderer
from planvault.domain.errors import NotFoundError
from planvault.domain.plans.series import SeriesRow, series_row
from tests.support.planning import level, plan, planning_inputs

RENDERER = LegacyArtifactRenderer()
Levels = Mapping[str, Sequence[SeriesRow]]


async def rendered(name: str, levels: Levels, headers: Mapping[str, Any] | None = None, *, batch: int = 3) -> str:
    async def read(level_name: str) -> AsyncIterator[list[SeriesRow]]:
        rows = levels.get(level_name, ())
        for start in range(0, len(rows), batch):
            yield list(rows[start : start + batch])

    return "".join([piece async for piece in RENDERER.render(name, read, headers or {})])


def planned() -> tuple[Levels, Mapping[str, Any]]:
    inputs = planning_inputs(demand={("F1", "2027-02"): 400}, capacity=200, mix={("F1", "A"): 0.5, ("F1", "B"): 0.5})
    result = plan(inputs, cutover_date="2027-02-10", recon_window_days=7)
    return {name: level(result, name) for name in result.levels}, result.headers


def test_artifacts_are_named_by_the_levels_that_they_need() -> None:
    assert RENDERER.names(["aggregate"]) == ["aggregate.json"]
    reconciled = ["reconciliation_before.csv", "reconciliation_log.json", "reconciliation_violations_before.csv"]
    assert RENDERER.names(["det", "aggregate"]) == ["aggregate.json", *reconciled, "sku_week.json"]
    levels = ["aggregate", "det", "mrp", "mrp_final", "weekly_summary", "other"]
    planned_names = [
        "aggregate.json",
        "mrp.json",
        "plan_final.json",
        *reconciled,
        "report.csv",
        "schedule.csv",
        "sku_week.json",
    ]
    assert RENDERER.names(levels) == planned_names
    adjusted = RENDERER.names([*levels, *(f"{name}_adjusted" for name in levels[1:])])
    assert sorted(set(adjusted) - set(planned_names)) == [
        "carryover.csv",
        "mrp_adjusted.json",
        "plan_final_adjusted.json",
        "reconciliation_compare.csv",
        "reconciliation_log_adjusted.json",
        "reconciliation_violations_compare.csv",
        "report_adjusted.csv",
        "sku_week_adjusted.json",
    ]


def test_an_artifact_of_another_name_does_not_exist() -> None:
    with pytest.raises(NotFoundError, match="no artifact daily"):
        RENDERER.render("daily.json", lambda _: None, {})  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("batch", [1, 7, 1000])
async def test_the_text_does_not_depend_on_batches(batch: int) -> None:
    levels, headers = planned()

    for name in RENDERER.names(levels):
        assert await rendered(name, levels, headers, batch=batch) == await rendered(name, levels, headers)


async def test_an_empty_level_is_an_empty_list() -> None:
    assert json.loads(await rendered("aggregate.json", {})) == {
        "schema_version": "agg-1.0",
        "note": None,
        "inputs_summary": {},
        "rows": [],
    }


async def test_a_week_of_two_months_is_one_line_per_month() -> None:
    row = series_row(
        {
            "level": "det",
            "time_bucket_type": "week",
            "time_bucket_key": "2025-W05",
            "item_key": "SKU1",
            "demand": 18.5,
            "supply": 16,
            "backlog": 2.5,
            "splits_json": [["2025-01", "F1", 9, 8, 1], ["2025-02", "F1", 9.5, 8, 1.5]],
        }
    )

    document = json.loads(await rendered("sku_week.json", {"det": [row]}))

    common = {"family": "F1", "sku": "SKU1", "week": "2025-W05"}
    assert document["rows"] == [
        common | {"period": "2025-01", "demand": 9, "supply": 8, "supply_plan": 8, "backlog": 1},
        common | {"period": "2025-02", "demand": 9.5, "supply": 8, "supply_plan": 8, "backlog": 1.5},
    ]


async def test_what_a_registered_row_does_not_say_is_null() -> None:
    row = series_row(
        {"level": "mrp_final", "time_bucket_type": "week", "time_bucket_key": "W1", "item_key": "部品", "supply": 4}
    )

    text = await rendered("plan_final.json", {"mrp_final": [row]})

    (written,) = json.loads(text)["rows"]
    assert "部品" in text
    assert written["planned_order_receipt_adj"] == 4
    assert written["planned_order_receipt"] is None
    assert written["gross_req"] is None


async def test_an_adjusted_receipt_of_nothing_stays_nothing() -> None:
    levels, headers = planned()

    spilled = [dict(row._asdict(), supply=0.0) for row in levels["mrp_final"]]
    emptied = {**levels, "mrp_final": [series_row(fields) for fields in spilled]}

    rows = json.loads(await rendered("plan_final.json", emptied, headers))["rows"]

    assert any(row["planned_order_receipt"] for row in rows)
    assert {row["planned_order_receipt_adj"] for row in rows} == {0}


async def test_the_weekly_summary_carries_zone_and_place_in_the_cutover_month() -> None:
    levels, headers = planned()

    document = json.loads(await rendered("plan_final.json", levels, headers))

    assert list(document) == [
        "schema_version",
        "note",
        "inputs_summary",
        "reconcile_params",
        "weekly_summary",
        "boundary_summary",
        "rows",
    ]
    first = document["weekly_summary"][0]
    assert (first["zone"], first["boundary_index"], first["boundary_size"]) == ("at", 1, 4)
    assert (first["in_window_pre"], first["in_window_post"]) == (True, False)


def _cell(level_name: str, family: str, period: str, demand: float) -> SeriesRow:
    fields: dict[str, Any] = {"level": level_name, "demand": demand, "supply": demand, "backlog": 0}
    if level_name == "aggregate":
        return series_row(fields | {"time_bucket_type": "month", "time_bucket_key": period, "item_key": family})
    splits = [[period, family, demand, demand, 0]]
    keys = {"time_bucket_type": "week", "time_bucket_key": f"{period}-W1", "item_key": f"{family}-SKU"}
    return series_row(fields | keys | {"splits_json": splits})


async def test_the_log_counts_violations_by_measure_and_in_the_boundary_by_row() -> None:
    levels = {
        "aggregate": [
            _cell("aggregate", "F1", "2025-05", 178),
            _cell("aggregate", "F1", "2025-06", 240),
            _cell("aggregate", "F2", "2025-06", 104),
        ],
        "det": [
            _cell("det", "F1", "2025-05", 178),
            _cell("det", "F1", "2025-06", 180),
            _cell("det", "F2", "2025-06", 130),
        ],
    }
    header = {"version_id": "v1", "cutover": {"cutover_date": "2025-06-15"}, "tolerance": {"abs": 1e-6, "rel": 1e-6}}

    log = json.loads(await rendered("reconciliation_log.json", levels, {"reconciliation_log.json": header}))

    assert log["version_id"] == "v1"
    assert log["summary"]["tol_violations"] == 4
    assert log["summary"]["max_abs_delta"] == {"demand": 60, "supply": 60, "backlog": 0}
    assert log["summary"]["boundary"]["violations"] == 2
    assert [top["delta_demand"] for top in log["summary"]["boundary"]["top"]] == [-60, 26]
    assert [delta.get("boundary_period", False) for delta in log["deltas"]] == [False, True, True]
    assert log["deltas"][1]["rel_demand"] == 0.25


@pytest.mark.parametrize(
    ("tolerance", "ok"),
    [({"abs": 60, "rel": 0}, True), ({"abs": 0, "rel": 0.25}, True), ({"abs": 59, "rel": 0.2}, False)],
)
async def test_a_delta_is_fine_within_either_tolerance(tolerance: dict[str, float], *, ok: bool) -> None:
    levels = {
        "aggregate": [_cell("aggregate", "F1", "2025-06", 240)],
        "det": [_cell("det", "F1", "2025-06", 180)],
    }
    headers = {"reconciliation_log.json": {"tolerance": tolerance}}

    log = json.loads(await rendered("reconciliation_log.json", levels, headers))

    assert log["deltas"][0]["ok"] is ok


async def test_a_family_that_one_side_lacks_is_a_difference() -> None:
    levels = {"aggregate": [_cell("aggregate", "F1", "2025-06", 5)], "det": [_cell("det", "F2", "2025-06", 7)]}

    log = json.loads(await rendered("reconciliation_log.json", levels))

    assert [delta["delta_demand"] for delta in log["deltas"]] == [-5, 7]


async def test_the_report_has_a_capacity_and_a_service_line_per_week() -> None:
    levels, headers = planned()

    lines = list(csv.DictReader(io.StringIO(await rendered("report.csv", levels, headers))))

    assert [line["type"] for line in lines] == ["capacity"] * 4 + ["service"] * 4
    assert (lines[0]["capacity"], lines[0]["original_load"], lines[0]["utilization"]) == ("50.0", "100.0", "1.0")
    assert (lines[4]["demand"], lines[4]["supply_plan"], lines[4]["fill_rate"]) == ("100.0", "50.0", "0.5")


async def test_the_report_leaves_components_out() -> None:
    levels, headers = planned()
    part = levels["mrp_final"][0]._replace(item_key="PART", demand=1000.0)

    text = await rendered("report.csv", {**levels, "mrp_final": [part, *levels["mrp_final"]]}, headers)

    assert text == await rendered("report.csv", levels, headers)


async def test_a_schedule_shows_planned_receipts_where_nothing_says_what_is_ordered() -> None:
    keys = {"level": "mrp", "time_bucket_type": "week", "time_bucket_key": "W1", "inventory_open": 1.0}
    rows = [
        series_row(keys | {"item_key": "A", "supply": 5.0}),
        series_row(keys | {"item_key": "B", "supply": 5.0, "extra_json": {"scheduled_receipts": 0.0}}),
    ]

    text = await rendered("schedule.csv", {"mrp": rows})

    assert text.splitlines() == [
        "week,sku,scheduled_receipts,on_hand_start,on_hand_end",
        "W1,A,5.0,1.0,",
        "W1,B,0.0,1.0,",
    ]


async def test_carry_overs_come_from_the_header() -> None:
    one = {"family": "F1", "from_period": "2027-02", "to_period": "2027-03", "cap_norm": 0.5}
    headers = {"sku_week_adjusted.json": {"carryover": [one | {"metrics": {"demand": 2.0, "supply": 1.0}}]}}

    lines = (await rendered("carryover.csv", {}, headers)).splitlines()

    assert lines[0].count(",") == 10
    assert lines[1:] == ["F1,2027-02,2027-03,2.0,1.0,,0.5,,,,"]
    assert len((await rendered("carryover.csv", {})).splitlines()) == 1
