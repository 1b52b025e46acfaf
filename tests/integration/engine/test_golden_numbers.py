"""The reference engine against what the legacy system itself wrote.

The artifacts of ``cli-plain`` and ``cli-detnear`` and those inside the legacy database are compared row by row, with
no tolerance at all: the engine repeats the legacy arithmetic to the last bit.  What differs on purpose is listed in
``DIFFERENT_HEADERS``, and in the tests that say so.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from planvault.adapters.legacy.artifacts import LegacyArtifactRenderer
from planvault.application.engine import EngineResult
from planvault.domain.inputs.content import InputContent
from planvault.domain.plans.kpis import base_kpis
from planvault.domain.plans.series import SeriesRow, series_row
from tests.support.planning import by_key, level, plan, sample_inputs, shared_data

CUTOVER = {"cutover_date": "2025-06-15", "recon_window_days": 14, "anchor_policy": "DET_near"}
RUNS: dict[str, dict[str, Any]] = {"cli-plain": {"recon_window_days": None}, "cli-detnear": CUTOVER}

DIFFERENT_HEADERS = {
    # Notes are sentences of the legacy system's authors; ours are our own.
    "note",
    # The legacy pipeline writes the name of its run; ours is the plan's id, which the engine does not know.
    "version_id",
}
KEYS: dict[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]] = {
    "rows": lambda row: tuple(row.get(name) for name in ("period", "family", "sku", "item", "week")),
    "weekly_summary": lambda row: (row["week"],),
    "deltas": lambda row: (row["family"], row["period"]),
}


@pytest.fixture(scope="module")
def data() -> Path:
    return shared_data()


@pytest.fixture(scope="module")
def inputs(data: Path) -> InputContent:
    return sample_inputs(data / "planning")


@pytest.fixture(scope="module")
def sample(inputs: InputContent) -> EngineResult:
    return plan(inputs)


async def rendered(name: str, result: EngineResult) -> str:
    async def read(level_name: str) -> AsyncIterator[list[SeriesRow]]:
        yield level(result, level_name)

    return "".join([piece async for piece in LegacyArtifactRenderer().render(name, read, result.headers)])


def assert_equal_documents(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    """Equal up to the order of rows and the headers that differ on purpose."""
    assert list(ours) == list(theirs)
    for name, value in theirs.items():
        if name in DIFFERENT_HEADERS:
            continue
        if name not in KEYS:
            assert ours[name] == value, name
            continue
        keyed = {KEYS[name](row): row for row in ours[name]}
        assert len(keyed) == len(ours[name]) == len(value)
        for row in value:
            assert keyed[KEYS[name](row)] == row


def total(rows: Iterable[SeriesRow], measure: str) -> float:
    return math.fsum(getattr(row, measure) for row in rows)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize(
    "name", ["aggregate.json", "sku_week.json", "mrp.json", "plan_final.json", "reconciliation_log.json"]
)
async def test_rendered_artifacts_equal_the_legacy_ones(data: Path, inputs: InputContent, run: str, name: str) -> None:
    legacy = json.loads((data / "legacy" / "artifacts" / run / name).read_text(encoding="utf-8"))

    ours = json.loads(await rendered(name, plan(inputs, **RUNS[run])))

    assert_equal_documents(ours, legacy)


@pytest.mark.parametrize("run", RUNS)
async def test_the_rendered_report_equals_the_legacy_one_byte_by_byte(
    data: Path, inputs: InputContent, run: str
) -> None:
    legacy = (data / "legacy" / "artifacts" / run / "report.csv").read_bytes()

    ours = await rendered("report.csv", plan(inputs, **RUNS[run]))

    assert ours.encode() == legacy


async def test_the_planning_parameters_of_the_calendar_count_where_the_legacy_system_ignored_them(
    inputs: InputContent,
) -> None:
    document = json.loads(await rendered("plan_final.json", plan(inputs, cutover_date="2025-06-15")))

    assert document["reconcile_params"] == CUTOVER


def legacy_artifacts(data: Path, version: str) -> dict[str, Any]:
    address = f"file:{data / 'legacy' / 'scpln-small.db'}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        query = "SELECT name, json_text FROM plan_artifacts WHERE version_id = ?"
        return {name: json.loads(text) for name, text in database.execute(query, (version,))}


@pytest.mark.parametrize(
    ("version", "capacity", "parameters"),
    [
        ("api-base-2025", None, {"recon_window_days": None}),
        ("job-detnear-2025", None, CUTOVER),
        ("job-tight-2025", 180.0, {"recon_window_days": None}),
    ],
)
async def test_plans_in_the_legacy_database_are_made_again(
    data: Path, version: str, capacity: float | None, parameters: dict[str, Any]
) -> None:
    legacy = legacy_artifacts(data, version)
    # The legacy service never hands the bill of material to its MRP, so components are not exploded there.
    result = plan(sample_inputs(data / "planning", bom=False, capacity=capacity), **parameters)

    for name in ("aggregate.json", "sku_week.json", "mrp.json", "plan_final.json", "reconciliation_log.json"):
        assert_equal_documents(json.loads(await rendered(name, result)), legacy[name])
    if "report.csv" in legacy:
        assert await rendered("report.csv", result) == legacy["report.csv"]["content"]


async def test_the_log_of_a_plan_whose_levels_differ_equals_the_legacy_one(data: Path) -> None:
    folder = data / "legacy" / "artifacts" / "cli-carryover"
    documents = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    measures = ("demand", "supply", "backlog")

    async def read(name: str) -> AsyncIterator[list[SeriesRow]]:
        for row in documents[{"aggregate": "aggregate.json", "det": "sku_week.json"}[name]]["rows"]:
            fields: dict[str, Any] = {"level": name, "time_bucket_type": "any"} | {m: row[m] for m in measures}
            if name == "aggregate":
                yield [series_row(fields | {"time_bucket_key": row["period"], "item_key": row["family"]})]
            else:
                split = [row["period"], row["family"], *(row[m] for m in measures)]
                keys = {"time_bucket_key": row["week"], "item_key": row["sku"], "splits_json": [split]}
                yield [series_row(fields | keys)]

    legacy = documents["reconciliation_log.json"]
    headers = {"reconciliation_log.json": {name: legacy[name] for name in ("version_id", "cutover", "tolerance")}}
    pieces = LegacyArtifactRenderer().render("reconciliation_log.json", read, headers)

    assert_equal_documents(json.loads("".join([piece async for piece in pieces])), legacy)


def test_the_aggregate_supplies_all_of_the_demand(sample: EngineResult) -> None:
    rows = level(sample, "aggregate")

    assert len(rows) == 24
    assert (total(rows, "demand"), total(rows, "supply"), total(rows, "backlog")) == (3780, 3780, 0)
    assert {row.extra["capacity_total"] for row in rows} == {500}


def test_det_holds_one_row_per_week_and_sku(sample: EngineResult) -> None:
    rows = level(sample, "det")

    assert len(rows) == 159
    assert sum(len(row.splits) for row in rows) == 186
    assert len({row.time_bucket_key for row in rows}) == 53
    demands = {sku: total([row for row in rows if row.item_key == sku], "demand") for sku in ("SKU1", "SKU2", "SKU3")}
    assert demands == {"SKU1": 1296, "SKU2": 864, "SKU3": 1620}


@pytest.mark.parametrize(
    ("sku", "weeks"),
    [("SKU1", [12, 13, 13, 13, 9]), ("SKU2", [7, 9, 9, 9, 6]), ("SKU3", [14, 18, 18, 18, 12])],
)
def test_january_is_spread_over_its_five_weeks(sample: EngineResult, sku: str, weeks: list[int]) -> None:
    rows = [row for row in level(sample, "det") if row.item_key == sku]

    assert [split.demand for row in rows for split in row.splits if split.period == "2025-01"] == weeks


def test_mrp_nets_the_requirements(sample: EngineResult) -> None:
    rows = level(sample, "mrp")

    assert len(rows) == 212
    assert (total(rows, "demand"), total(rows, "backlog"), total(rows, "supply")) == (5940, 4974, 5570)
    extras = [row.extra for row in rows]
    assert sum(extra["scheduled_receipts"] for extra in extras) == 100
    assert sum(extra["planned_order_release"] for extra in extras) == 5570
    items = {
        item: total([row for row in rows if row.item_key == item], "supply") for item in {r.item_key for r in rows}
    }
    assert items == {"COMP1": 1860, "SKU1": 1250, "SKU2": 840, "SKU3": 1620}


def test_the_first_six_weeks_of_mrp(sample: EngineResult) -> None:
    rows = by_key(level(sample, "mrp"))

    first = [rows[f"2025-W0{week}", "SKU1"] for week in range(1, 7)]
    assert [
        (
            row.demand,
            row.inventory_open,
            row.backlog,
            row.supply,
            row.extra["planned_order_release"],
            row.inventory_close,
        )
        for row in first
    ] == [
        (12, 50, 0, 0, 0, 38),
        (13, 38, 0, 0, 0, 25),
        (13, 25, 0, 0, 10, 12),
        (13, 12, 1, 10, 10, 9),
        (14, 9, 5, 10, 20, 5),
        (18, 5, 13, 20, 20, 7),
    ]
    assert rows["2025-W01", "SKU3"].extra["planned_order_release"] == 35


def test_the_weekly_load_fits_into_the_capacity(sample: EngineResult) -> None:
    rows = level(sample, "weekly_summary")

    assert len(rows) == 53
    assert total(rows, "capacity_used") == pytest.approx(6000, abs=1e-9)
    assert (total(rows, "demand"), total(rows, "supply"), total(rows, "spill_out")) == (3710, 3710, 0)
    capacities = [80.6452, 112.9032, 112.9032, 112.9032, 116.3594, 125.0]
    assert [round(row.capacity_used or 0, 4) for row in rows[:6]] == capacities


def test_every_receipt_is_counted_once_and_not_twice_as_the_legacy_system_did(sample: EngineResult) -> None:
    det, aggregate = level(sample, "det"), level(sample, "aggregate")

    assert total(det, "supply_received") == 3710  # the legacy system stores 4,330
    assert total(aggregate, "supply_received") == pytest.approx(3710, abs=1e-9)
    short = math.fsum(max(0.0, (row.demand or 0) - (row.supply_received or 0)) for row in det)
    assert short == 280  # the legacy system stores 248


def test_an_adjusted_receipt_of_nothing_does_not_fall_back(data: Path) -> None:
    result = plan(sample_inputs(data / "planning", bom=False))

    assert total(level(result, "mrp_final"), "supply") == 3710  # the legacy system stores 3,725


def test_stored_kpis_follow_the_aggregate(sample: EngineResult) -> None:
    kpis = base_kpis(level(sample, "aggregate"))

    totals = {kpi.metric: kpi.value for kpi in kpis if kpi.bucket_type == "total"}
    assert len(kpis) == 28
    assert totals == {"fill_rate": 1, "backlog_total": 0, "demand_total": 3780, "supply_total": 3780}


async def test_the_report_shows_the_service_of_each_week(sample: EngineResult) -> None:
    lines = [line.split(",") for line in (await rendered("report.csv", sample)).splitlines()[1:]]

    assert len(lines) == 106
    service = [line for line in lines if line[0] == "service"]
    assert [float(line[-1]) for line in service[:6]] == [0, 0.875, 0.375, 1, 0.97561, 0.925926]
    assert math.fsum(float(line[-3]) for line in service) == 3780
    assert math.fsum(float(line[-2]) for line in service) == 3710


def test_a_tight_capacity_leaves_backlog_and_spill(data: Path) -> None:
    result = plan(sample_inputs(data / "planning", capacity=180.0))

    rows = {(row.time_bucket_key, row.item_key): row for row in level(result, "aggregate")}
    assert (total(rows.values(), "supply"), total(rows.values(), "backlog")) == (2160, 1620)
    february = [rows["2025-02", family] for family in ("F1", "F2")]
    assert [(row.supply, row.demand) for row in february] == [(103, 120), (77, 90)]
    weeks = level(result, "weekly_summary")
    assert weeks[-1].spill_out == pytest.approx(1550, abs=1e-9)
    assert total(weeks, "supply") == 2144


async def test_a_set_without_a_calendar_is_planned_in_numbered_weeks(data: Path) -> None:
    result = plan(sample_inputs(data / "planning_weekly_1"))

    det = level(result, "det")
    assert total(det, "demand") == total(level(result, "aggregate"), "demand")
    assert det[0].time_bucket_key == "2025-01-W1"
    assert all(len(row.splits) == 1 for row in det)
    comp = [row for row in level(result, "mrp") if row.item_key == "COMP1" and row.extra["scheduled_receipts"]]
    assert [row.time_bucket_key for row in comp] == ["2025-01-W2"]
