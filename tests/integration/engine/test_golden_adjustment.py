"""The adjusted plan and its tables against what the legacy system wrote, with no tolerance at all."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from planvault.adapters.engine.adjust import adjust
from planvault.adapters.engine.aggregate import FamilyPeriod
from planvault.adapters.engine.allocate import Allocation
from planvault.adapters.engine.calendar import Calendar
from planvault.adapters.engine.mrp import plan_items, supplies
from planvault.adapters.engine.parameters import Parameters
from planvault.adapters.legacy.artifacts import LegacyArtifactRenderer
from planvault.domain.plans.series import SeriesRow, Split, series_row
from tests.support.planning import plan, sample_inputs, shared_data

from .test_golden_numbers import CUTOVER, KEYS, RUNS, assert_equal_documents, legacy_artifacts, rendered

ADJUSTED = CUTOVER | {"apply_adjusted": True, "carryover_split": 0.7}
MEASURES = ("demand", "supply", "backlog")
# The weights of the headroom are left out here, and what found no place is told (ADR 28).
HEADER_OF_ADJUSTED = {"carryover_summary", "unplaced"}


@pytest.fixture(scope="module")
def data() -> Path:
    return shared_data()


def artifacts_of(data: Path, run: str) -> Path:
    return data / "legacy" / "artifacts" / run


def without(document: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """The rest in order of name: the legacy system wrote carry-overs after the rows."""
    return {name: document[name] for name in sorted(document.keys() - names)}


@pytest.mark.parametrize(
    "name",
    ["sku_week_adjusted.json", "mrp_adjusted.json", "plan_final_adjusted.json", "reconciliation_log_adjusted.json"],
)
async def test_adjusted_artifacts_equal_the_legacy_ones(data: Path, name: str) -> None:
    legacy = json.loads((artifacts_of(data, "cli-detnear") / name).read_text(encoding="utf-8"))

    ours = json.loads(await rendered(name, plan(sample_inputs(data / "planning"), **ADJUSTED)))

    assert_equal_documents(without(ours, HEADER_OF_ADJUSTED), without(legacy, HEADER_OF_ADJUSTED))
    if "carryover_summary" in legacy:
        assert ours["carryover_summary"].items() <= legacy["carryover_summary"].items()
        assert ours["unplaced"] == []


@pytest.mark.parametrize(
    ("run", "name"),
    [
        ("cli-plain", "reconciliation_before.csv"),
        ("cli-plain", "reconciliation_violations_before.csv"),
        ("cli-detnear", "reconciliation_before.csv"),
        ("cli-detnear", "reconciliation_violations_before.csv"),
        ("cli-detnear", "reconciliation_compare.csv"),
        ("cli-detnear", "reconciliation_violations_compare.csv"),
        ("cli-detnear", "report_adjusted.csv"),
    ],
)
async def test_tables_equal_the_legacy_ones_byte_by_byte(data: Path, run: str, name: str) -> None:
    parameters = RUNS["cli-plain"] if run == "cli-plain" else ADJUSTED

    ours = await rendered(name, plan(sample_inputs(data / "planning"), **parameters))

    assert ours.encode() == (artifacts_of(data, run) / name).read_bytes()


async def test_the_adjusted_plan_in_the_legacy_database_is_made_again(data: Path) -> None:
    legacy = legacy_artifacts(data, "job-detnear-2025")
    result = plan(sample_inputs(data / "planning", bom=False), **ADJUSTED)

    for name in ("mrp_adjusted.json", "plan_final_adjusted.json", "reconciliation_log_adjusted.json"):
        assert_equal_documents(json.loads(await rendered(name, result)), legacy[name])
    assert await rendered("report_adjusted.csv", result) == legacy["report_adjusted.csv"]["content"]
    ours, theirs = json.loads(await rendered("sku_week_adjusted.json", result)), legacy["sku_week_adjusted.json"]
    assert_equal_documents(*(without(one, HEADER_OF_ADJUSTED | {"carryover"}) for one in (ours, theirs)))
    # The legacy system also lists what it did not carry over.
    assert ours["carryover"] == []
    assert {amount for one in theirs["carryover"] for amount in one["metrics"].values()} == {0}


@pytest.fixture(scope="module")
def apart(data: Path) -> dict[str, dict[str, Any]]:
    """A legacy plan whose det was made from another demand than its aggregate."""
    folder = artifacts_of(data, "cli-carryover")
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}


async def stored(apart: Mapping[str, dict[str, Any]], name: str) -> str:
    """An artifact, rendered from the rows that the legacy system wrote."""
    sources = {"aggregate": "aggregate.json", "det": "sku_week.json", "det_adjusted": "sku_week_adjusted.json"}

    async def read(level: str) -> AsyncIterator[list[SeriesRow]]:
        for row in apart[sources[level]]["rows"]:
            fields: dict[str, Any] = {"level": level, "time_bucket_type": "any"} | {m: row[m] for m in MEASURES}
            if level == "aggregate":
                yield [series_row(fields | {"time_bucket_key": row["period"], "item_key": row["family"]})]
            else:
                split = [row["period"], row["family"], *(row[m] for m in MEASURES)]
                keys = {"time_bucket_key": row["week"], "item_key": row["sku"], "splits_json": [split]}
                yield [series_row(fields | keys)]

    headers = {
        log: {name: apart[log][name] for name in ("version_id", "cutover", "tolerance")}
        for log in ("reconciliation_log.json", "reconciliation_log_adjusted.json")
    }
    headers["sku_week_adjusted.json"] = without(apart["sku_week_adjusted.json"], {"rows"})
    return "".join([piece async for piece in LegacyArtifactRenderer().render(name, read, headers)])


async def test_the_log_after_an_adjustment_equals_the_legacy_one(apart: dict[str, dict[str, Any]]) -> None:
    name = "reconciliation_log_adjusted.json"

    assert_equal_documents(json.loads(await stored(apart, name)), apart[name])


@pytest.mark.parametrize(
    "name",
    [
        "reconciliation_before.csv",
        "reconciliation_violations_before.csv",
        "reconciliation_compare.csv",
        "reconciliation_violations_compare.csv",
    ],
)
async def test_tables_of_a_plan_whose_levels_differ_equal_the_legacy_ones(
    data: Path, apart: dict[str, dict[str, Any]], name: str
) -> None:
    legacy = (artifacts_of(data, "cli-carryover") / name).read_bytes()

    assert (await stored(apart, name)).encode() == legacy


async def test_carry_overs_have_the_columns_of_the_legacy_file_and_five_more(
    data: Path, apart: dict[str, dict[str, Any]]
) -> None:
    with (artifacts_of(data, "cli-carryover") / "carryover.csv").open(newline="", encoding="utf-8") as file:
        legacy = list(csv.reader(file))

    ours = list(csv.reader((await stored(apart, "carryover.csv")).splitlines()))

    assert [line[:6] for line in ours] == legacy
    assert {len(line) for line in ours} == {11}


def allocation_of(document: Mapping[str, Any]) -> Allocation:
    rows = document["rows"]
    weeks = sorted({row["week"] for row in rows})
    splits: dict[str, dict[int, list[Split]]] = {}
    for row in rows:
        parts = splits.setdefault(row["sku"], {}).setdefault(weeks.index(row["week"]), [])
        parts.append(Split(row["period"], row["family"], *(float(row[measure]) for measure in MEASURES)))
    return Allocation(weeks=weeks, splits={sku: splits[sku] for sku in sorted(splits)})


def test_mrp_of_an_adjusted_det_equals_the_legacy_one(data: Path, apart: dict[str, dict[str, Any]]) -> None:
    inputs, allocation = sample_inputs(data / "planning"), allocation_of(apart["sku_week_adjusted.json"])
    stock = supplies(inputs, Calendar(inputs.rows("calendar_weeks")), allocation.weeks)

    items = plan_items(inputs, allocation, stock, Parameters(), lambda _: None)

    legacy = {KEYS["rows"](row): row for row in apart["mrp_adjusted.json"]["rows"]}
    assert len(legacy) == len(items) * len(allocation.weeks)
    for item in items:
        for index, week in enumerate(allocation.weeks):
            row = legacy[None, None, item.item, item.item, week]
            assert (row["gross_req"], row["net_req"]) == (item.gross[index], item.net[index])
            assert (row["planned_order_receipt"], row["on_hand_end"]) == (item.receipt[index], item.end[index])


def test_a_cap_is_kept_that_the_legacy_system_exceeds(apart: dict[str, dict[str, Any]]) -> None:
    cells = [
        FamilyPeriod(row["period"], row["family"], *(float(row[m]) for m in (*MEASURES, "capacity_total")))
        for row in apart["aggregate.json"]["rows"]
    ]
    before = allocation_of(apart["sku_week.json"])
    legacy = allocation_of(apart["sku_week_adjusted.json"])
    settings = Parameters(
        anchor_policy="DET_near", recon_window_days=14, max_adjust_ratio=0.1, carryover="both", carryover_split=0.7
    )

    found = adjust(cells, before, "2025-06", None, settings)

    equal = apart_from_it = 0
    for sku, by_week in found.allocation.splits.items():
        for week, parts in by_week.items():
            for ours, was, theirs in zip(parts, before.splits[sku][week], legacy.splits[sku][week], strict=True):
                assert abs(ours.demand - was.demand) <= was.demand * 0.1 + 1e-9
                if ours.period in {"2025-05", "2025-07"} or abs(theirs.demand - was.demand) > was.demand * 0.1 + 1e-9:
                    apart_from_it += 1  # beyond the cap, or where we carry over what the legacy system spread
                else:
                    assert ours == theirs
                    equal += 1
    assert (equal, apart_from_it) == (142, 44)
    assert [(one.family, one.to_period) for one in found.carried] == [
        ("F1", "2025-05"), ("F1", "2025-07"), ("F2", "2025-05"), ("F2", "2025-07"),
    ]  # fmt: skip
    for family, delta in (("F1", 60), ("F2", -26)):
        within = sum(
            part.demand - was.demand
            for sku, by_week in found.allocation.splits.items()
            for week, parts in by_week.items()
            for part, was in zip(parts, before.splits[sku][week], strict=True)
            if part.family == family and part.period == "2025-06"
        )
        handed = sum(one.amounts[0] for one in found.carried if one.family == family)
        handed += sum(one.amounts[0] for one in found.unplaced if one.family == family)
        assert within + handed == pytest.approx(delta, abs=1e-6)
