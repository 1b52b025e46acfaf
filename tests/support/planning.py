"""Planning inputs for tests: the shared sample sets read with the csv module, and small sets from plain tuples."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from planvault.adapters.engine.reference import ReferenceEngine
from planvault.application.engine import EngineResult, silent
from planvault.domain.inputs.content import InputContent, parameter_rows
from planvault.domain.inputs.rows import (
    BomLink,
    CalendarWeek,
    CapacityBucket,
    FamilyDemand,
    InboundOrder,
    InventorySnapshot,
    Item,
    MixShare,
)
from planvault.domain.plans.series import SeriesRow


def shared_data() -> Path:
    """The folder of shared legacy data; the test is skipped where it is absent."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    path = Path(os.environ.get("PLANVAULT_SHARED_DATA", beside))
    if not path.is_dir():
        pytest.skip("the shared legacy data is absent (set PLANVAULT_SHARED_DATA to its folder)")
    return path


def planning_inputs(
    *,
    demand: Mapping[tuple[str, str], float],
    capacity: Mapping[str, float] | float = 1e9,
    mix: Mapping[tuple[str, str], float] | None = None,
    **sections: Iterable[Any],
) -> InputContent:
    """Inputs with demand by (family, period), pooled capacity by period (or for all), and mix by (family, SKU).

    Other sections are given by name, as rows.
    """
    periods = sorted({period for _, period in demand})
    capacities = dict.fromkeys(periods, capacity) if isinstance(capacity, float | int) else capacity
    rows: dict[str, Iterable[Any]] = {
        "family_demands": [FamilyDemand(family, period, qty) for (family, period), qty in demand.items()],
        "capacity_buckets": [CapacityBucket("WC1", period, qty) for period, qty in capacities.items()],
        "mix_shares": [MixShare(family, sku, "", share) for (family, sku), share in (mix or {}).items()],
    }
    return InputContent.of(rows | sections)


def plan(inputs: InputContent, **parameters: Any) -> EngineResult:
    """What the reference engine makes of the inputs."""
    return ReferenceEngine().run(inputs, parameters, silent)


def level(result: EngineResult, name: str) -> list[SeriesRow]:
    """The rows of one level."""
    return list(result.levels[name])


def by_key(rows: Iterable[SeriesRow]) -> dict[tuple[str, str], SeriesRow]:
    """Rows by (bucket, item)."""
    return {(row.time_bucket_key, row.item_key): row for row in rows}


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def sample_inputs(
    directory: Path, *, bom: bool = True, capacity: float | None = None, planning: bool = True
) -> InputContent:
    """A folder of legacy input files; ``capacity`` replaces the file's, ``bom`` and ``planning`` may be left out."""
    sections: dict[str, Sequence[Any]] = {
        "family_demands": [
            FamilyDemand(row["family"], row["period"], float(row["demand"]))
            for row in _table(directory / "demand_family.csv")
        ],
        "capacity_buckets": [
            CapacityBucket(row["workcenter"], row["period"], float(row["capacity"]) if capacity is None else capacity)
            for row in _table(directory / "capacity.csv")
        ],
        "mix_shares": [
            MixShare(row["family"], row["sku"], "", float(row["share"])) for row in _table(directory / "mix_share.csv")
        ],
        "inventory_snapshots": [
            InventorySnapshot(row["loc"], row["item"], float(row["qty"])) for row in _table(directory / "inventory.csv")
        ],
        "inbound_orders": [
            InboundOrder(row["item"], row["due"], "", "", "", float(row["qty"]))
            for row in _table(directory / "open_po.csv")
        ],
        "items": [
            Item(row["item"], float(row["lt"]), float(row["lot"]), float(row["moq"]))
            for row in _table(directory / "item.csv")
        ],
    }
    if bom:
        sections["bom_links"] = [
            BomLink(row["parent"], row["child"], float(row["qty"])) for row in _table(directory / "bom.csv")
        ]
    calendar_file = directory / "planning_calendar.json"
    if calendar_file.exists():
        calendar = json.loads(calendar_file.read_text(encoding="utf-8"))
        sections["calendar_weeks"] = calendar_rows(calendar)
        parameters = parameter_rows("calendar", {"calendar_type": calendar["calendar_type"]})
        if planning:
            parameters += parameter_rows("planning", calendar["planning_params"])
        sections["parameters"] = parameters
    return InputContent.of(sections)


def calendar_rows(calendar: Mapping[str, Any]) -> list[CalendarWeek]:
    """The rows of a legacy calendar document."""
    return [
        CalendarWeek(
            period["period"],
            week["sequence"],
            week["week_code"],
            week["start_date"],
            week["end_date"],
            period["start_date"],
            period["end_date"],
            float(week["weight"]),
        )
        for period in calendar["periods"]
        for week in period["weeks"]
    ]
