from __future__ import annotations

import itertools

import pytest

from planvault.adapters.engine.bom import explode
from planvault.adapters.engine.mrp import in_lots, lead_weeks, net_item
from planvault.adapters.engine.parameters import Parameters
from planvault.domain.errors import InvalidRequestError
from planvault.domain.inputs.rows import BomLink, InboundOrder, InventorySnapshot, Item
from tests.support.planning import by_key, level, plan, planning_inputs


def test_the_first_six_weeks_of_the_sample_sku() -> None:
    gross = [12.0, 13.0, 13.0, 13.0, 14.0, 18.0, 18.0]

    item = net_item(Item("SKU1", 7, 10, 0), gross, [0.0] * 7, 50.0, lead=1)

    weeks = zip(item.gross, item.start, item.net, item.receipt, item.release, item.end, strict=True)
    assert list(itertools.islice(weeks, 6)) == [
        (12, 50, 0, 0, 0, 38),
        (13, 38, 0, 0, 0, 25),
        (13, 25, 0, 0, 10, 12),
        (13, 12, 1, 10, 10, 9),
        (14, 9, 5, 10, 20, 5),
        (18, 5, 13, 20, 20, 7),
    ]


def test_releases_before_the_horizon_pile_into_the_first_week() -> None:
    item = net_item(Item("A", lot_size=5), [14.0, 18.0], [0.0, 0.0], 0.0, lead=1)

    assert item.receipt == [15, 20]
    assert item.release == [35, 0]


def test_open_orders_come_before_planned_ones() -> None:
    item = net_item(Item("A"), [10.0, 10.0], [0.0, 7.0], 10.0, lead=0)

    assert item.net == [0, 3]


def test_an_order_is_at_least_the_minimum_order_in_whole_lots() -> None:
    item = net_item(Item("A", lot_size=8, min_order_qty=20), [1.0], [0.0], 0.0, lead=0)

    assert item.receipt == [24]


def test_results_are_rounded_to_six_decimals() -> None:
    item = net_item(Item("A"), [0.1, 0.2], [0.0, 0.0], 0.30000000000000004, lead=0)

    assert item.end == [0.2, 0.0]


@pytest.mark.parametrize(
    ("quantity", "lot", "lots"), [(10, 10, 10), (10.000000001, 10, 10), (10.1, 10, 20), (0.1, 1, 1)]
)
def test_quantities_are_rounded_up_to_lots_with_a_tolerance(quantity: float, lot: float, lots: float) -> None:
    assert in_lots(quantity, lot) == lots


@pytest.mark.parametrize(
    ("unit", "days", "lead_time", "weeks"),
    [("day", 7, 0, 0), ("day", 7, 1, 1), ("day", 7, 7, 1), ("day", 7, 8, 2), ("day", 5, 14, 3), ("week", 7, 2.5, 2)],
)
def test_lead_times_are_counted_in_whole_weeks(unit: str, days: int, lead_time: float, weeks: int) -> None:
    assert lead_weeks(lead_time, Parameters(lt_unit=unit, week_days=days)) == weeks


def test_requirements_go_down_all_levels_whatever_the_order_of_the_links() -> None:
    links = [BomLink("A-PART", "Z-RAW", 3), BomLink("M-SKU", "A-PART", 2), BomLink("M-SKU", "Z-RAW", 1)]

    for order in itertools.permutations(links):
        gross = {"M-SKU": [10.0, 0.0], "A-PART": [1.0, 1.0]}
        explode(gross, order)
        assert gross["A-PART"] == [21, 1]
        assert gross["Z-RAW"] == [73, 3]


def test_a_parent_that_nobody_asks_for_takes_nothing() -> None:
    gross = {"A": [1.0]}

    explode(gross, [BomLink("OTHER", "PART", 2)])

    assert gross == {"A": [1.0]}


@pytest.mark.parametrize("links", [[("A", "A")], [("A", "B"), ("B", "C"), ("C", "A"), ("A", "D")]])
def test_a_loop_in_the_bill_of_material_is_named(links: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidRequestError, match="runs in a loop") as failed:
        explode({}, [BomLink(parent, child, 1) for parent, child in links])

    loop = str(failed.value.params["loop"]).split(" → ")
    assert loop[0] == loop[-1]
    assert set(itertools.pairwise(loop)) <= set(links)


def test_components_are_planned_by_what_their_parents_are_asked_for() -> None:
    inputs = planning_inputs(
        demand={("F1", "2025-01"): 50},
        mix={("F1", "SKU"): 1.0},
        bom_links=[BomLink("SKU", "PART", 2)],
        inventory_snapshots=[InventorySnapshot("WH1", "PART", 3), InventorySnapshot("WH2", "PART", 4)],
    )

    rows = by_key(level(plan(inputs), "mrp"))

    assert rows["2025-01-W1", "PART"].demand == 20
    assert rows["2025-01-W1", "PART"].inventory_open == 7


def test_items_in_stock_are_planned_even_if_nobody_asks_for_them() -> None:
    inputs = planning_inputs(demand={("F1", "2025-01"): 5}, inventory_snapshots=[InventorySnapshot("WH1", "OLD", 3)])

    assert by_key(level(plan(inputs), "mrp"))["2025-01-W5", "OLD"].inventory_close == 3


def test_open_orders_outside_the_plan_play_no_part_and_are_counted() -> None:
    inputs = planning_inputs(
        demand={("F1", "2025-01"): 5},
        inbound_orders=[
            InboundOrder("F1", "2024-12-30", "", "", "", 4),
            InboundOrder("F1", "2025-01-10", "", "", "", 3),
        ],
    )

    result = plan(inputs)

    assert sum(row.extra["scheduled_receipts"] for row in level(result, "mrp")) == 3
    assert result.headers["mrp.json"]["open_po_outside"] == 1
