from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.adapters.engine.reference import ReferenceEngine
from planvault.domain.errors import InvalidRequestError
from planvault.domain.inputs.content import InputContent
from planvault.domain.inputs.rows import BomLink, CalendarWeek, InventorySnapshot, Item
from planvault.domain.plans.receipts import received_by_split
from planvault.domain.plans.series import MEASURES, SeriesRow, Split, check_order, series_row, splits_text
from planvault.domain.shared.canonical import document
from tests.support.planning import by_key, level, plan, planning_inputs

LEVELS = ["aggregate", "det", "mrp", "mrp_final", "weekly_summary"]


def boundary_inputs(**sections: Any) -> InputContent:
    """Two months whose middle week lies in both, and two families that share a SKU."""
    weeks = [
        CalendarWeek("2025-01", 4, "2025-W04", "2025-01-20", "2025-01-26", "2025-01-01", "2025-01-31", 7),
        CalendarWeek("2025-01", 5, "2025-W05", "2025-01-27", "2025-01-31", "2025-01-01", "2025-01-31", 5),
        CalendarWeek("2025-02", 5, "2025-W05", "2025-02-01", "2025-02-02", "2025-02-01", "2025-02-28", 2),
        CalendarWeek("2025-02", 6, "2025-W06", "2025-02-03", "2025-02-09", "2025-02-01", "2025-02-28", 7),
    ]
    return planning_inputs(
        demand={("F2", "2025-01"): 120, ("F1", "2025-01"): 60, ("F1", "2025-02"): 90},
        capacity=150,
        mix={("F1", "BOTH"): 1.0, ("F2", "BOTH"): 0.25, ("F2", "ONLY"): 0.75},
        items=[Item("BOTH", 7, 10, 0, "Two families"), Item("PART", 3, 2.5)],
        bom_links=[BomLink("ONLY", "PART", 0.3)],
        inventory_snapshots=[InventorySnapshot("WH1", "BOTH", 12)],
        calendar_weeks=weeks,
        **sections,
    )


def test_a_plan_has_the_five_levels() -> None:
    assert list(plan(boundary_inputs()).levels) == LEVELS


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize("mode", ["int", "dec2", "none"])
def test_rows_come_in_rising_key_order_as_the_door_would_make_them(name: str, mode: str) -> None:
    rows = level(plan(boundary_inputs(), round_mode=mode, cutover_date="2025-02-03"), name)

    check_order(None, rows)
    for row in rows:
        assert row == series_row(row._asdict())
        assert row.extra_json == document(row.extra)
        assert row.splits_json == splits_text(row.splits)
        assert all(type(value) is float for value in _measures(row).values())
        assert all(math.copysign(1, value) == 1 for value in _measures(row).values() if value == 0)


def _measures(row: SeriesRow) -> dict[str, float]:
    fields = row._asdict()
    return {name: fields[name] for name in MEASURES if fields[name] is not None}


def test_levels_can_be_walked_again() -> None:
    result = plan(boundary_inputs())

    assert level(result, "det") == level(result, "det")


def test_keys_are_ordered_as_text_while_weeks_are_planned_in_time() -> None:
    inputs = planning_inputs(
        demand={("F1", "M2"): 40, ("F1", "M10"): 40}, inventory_snapshots=[InventorySnapshot("W", "F1", 40)]
    )

    rows = level(plan(inputs), "mrp")

    assert rows[0].time_bucket_key == "M10-W1"
    assert by_key(rows)["M2-W1", "F1"].inventory_open == 40
    assert by_key(rows)["M10-W1", "F1"].inventory_open == 0


def test_a_week_in_two_months_and_a_sku_in_two_families_is_one_row_with_splits() -> None:
    row = by_key(level(plan(boundary_inputs()), "det"))["2025-W05", "BOTH"]

    assert [(split.period, split.family) for split in row.splits] == [
        ("2025-01", "F1"),
        ("2025-01", "F2"),
        ("2025-02", "F1"),
    ]
    assert row.demand == sum(split.demand for split in row.splits)
    assert row.supply == sum(split.supply for split in row.splits)
    assert row.backlog == sum(split.backlog for split in row.splits)


def test_a_det_row_holds_name_stock_and_what_is_received() -> None:
    result = plan(boundary_inputs())

    rows, final = by_key(level(result, "det")), by_key(level(result, "mrp_final"))

    for key, row in rows.items():
        assert (row.inventory_open, row.inventory_close) == (final[key].inventory_open, final[key].inventory_close)
        assert row.supply_received == final[key].supply
    assert rows["2025-W04", "BOTH"].item_name == "Two families"
    assert rows["2025-W04", "ONLY"].item_name is None


def test_every_receipt_is_counted_once_also_in_a_week_of_two_months() -> None:
    result = plan(boundary_inputs())

    received = math.fsum(row.supply_received or 0 for row in level(result, "det"))

    assert received == math.fsum(row.supply or 0 for row in level(result, "mrp_final"))
    assert math.fsum(row.supply_received or 0 for row in level(result, "aggregate")) == pytest.approx(
        received, abs=1e-9
    )


def test_components_keep_their_orders_and_receive_nothing_adjusted() -> None:
    rows = [row for row in level(plan(boundary_inputs()), "mrp_final") if row.item_key == "PART"]

    assert any(row.extra["planned_order_receipt"] for row in rows)
    assert all(row.extra["planned_order_release_adj"] == row.extra["planned_order_release"] for row in rows)
    assert {row.supply for row in rows} == {0.0}


def test_measures_that_a_level_does_not_have_are_missing_and_not_zero() -> None:
    result = plan(boundary_inputs())

    measured = {name: set(_measures(level(result, name)[0])) for name in LEVELS}

    stock = {"demand", "supply", "backlog", "inventory_open", "inventory_close"}
    assert measured == {
        "aggregate": {"demand", "supply", "supply_received", "backlog"},
        "det": stock | {"supply_received"},
        "mrp": stock,
        "mrp_final": stock,
        "weekly_summary": {"demand", "supply", "backlog", "capacity_used", "spill_in", "spill_out"},
    }


def test_everything_is_at_the_global_location() -> None:
    result = plan(boundary_inputs())

    rows = [row for name in LEVELS for row in level(result, name)]

    assert {(row.location_key, row.location_type) for row in rows} == {("global", "global")}
    assert {row.level: row.source for row in rows} == {
        "aggregate": "aggregate",
        "det": "allocate",
        "mrp": "mrp",
        "mrp_final": "reconcile",
        "weekly_summary": "reconcile",
    }


def test_extras_hold_what_orders_are_made_of() -> None:
    result = plan(boundary_inputs())

    mrp = {"scheduled_receipts", "planned_order_release", "lt_weeks", "lot", "moq"}
    assert set(level(result, "mrp")[0].extra) == mrp
    assert set(level(result, "mrp_final")[0].extra) == mrp | {"planned_order_receipt", "planned_order_release_adj"}


def test_without_demand_there_is_no_plan() -> None:
    with pytest.raises(InvalidRequestError, match="holds no demand"):
        plan(InputContent.of({}))


def test_the_stages_are_told_in_order() -> None:
    seen: list[tuple[str, float]] = []
    ReferenceEngine().run(boundary_inputs(), {}, lambda stage, share: seen.append((stage, share)))

    assert list(dict.fromkeys(stage for stage, _ in seen)) == ["aggregate", "allocate", "mrp", "reconcile", "report"]
    assert all(0 <= share <= 1 for _, share in seen)
    assert seen[-1] == ("report", 1.0)


def test_received_units_follow_supply_then_demand_then_are_shared_equally() -> None:
    assert received_by_split(40, [Split("1", "F", 0, 5, 0), Split("2", "F", 0, 3, 0)]) == [25, 15]
    assert received_by_split(40, [Split("1", "F", 3, 0, 3), Split("2", "F", 1, 0, 1)]) == [30, 10]
    assert received_by_split(40, [Split("1", "F", 0, 0, 0), Split("2", "F", 0, 0, 0)]) == [20, 20]


@given(st.floats(0, 1e9), st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=6))
def test_received_units_are_shared_without_loss(units: float, pairs: list[tuple[float, float]]) -> None:
    parts = received_by_split(units, [Split("1", "F", demand, supply, 0) for demand, supply in pairs])

    assert math.isclose(math.fsum(parts), units, rel_tol=1e-12, abs_tol=1e-12)
