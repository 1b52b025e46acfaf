from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from planvault.adapters.engine.aggregate import aggregate
from planvault.adapters.engine.allocate import mix
from planvault.adapters.engine.rounding import Rounding
from planvault.domain.inputs.content import InputContent
from planvault.domain.inputs.rows import CapacityBucket, MixShare
from planvault.domain.plans.series import SeriesRow
from tests.support.planning import level, plan, planning_inputs

WHOLE = Rounding("int")


def test_enough_capacity_supplies_the_whole_demand() -> None:
    inputs = planning_inputs(demand={("F1", "2025-01"): 100, ("F2", "2025-01"): 80}, capacity=180)

    assert [(cell.supply, cell.backlog) for cell in aggregate(inputs, WHOLE)] == [(100, 0), (80, 0)]


def test_scarce_capacity_cuts_every_family_in_proportion() -> None:
    inputs = planning_inputs(demand={("F1", "2025-02"): 120, ("F2", "2025-02"): 90}, capacity=180)

    assert [(cell.family, cell.supply, cell.backlog) for cell in aggregate(inputs, WHOLE)] == [
        ("F1", 103, 17),
        ("F2", 77, 13),
    ]


def test_the_capacity_of_all_resources_is_pooled() -> None:
    inputs = planning_inputs(
        demand={("F1", "2025-01"): 100},
        capacity_buckets=[CapacityBucket("A", "2025-01", 30), CapacityBucket("B", "2025-01", 40)],
    )

    (cell,) = aggregate(inputs, WHOLE)

    assert (cell.capacity, cell.supply) == (70, 70)


def test_a_period_without_capacity_supplies_nothing() -> None:
    inputs = planning_inputs(demand={("F1", "2025-01"): 100}, capacity={})

    (cell,) = aggregate(inputs, WHOLE)

    assert (cell.supply, cell.backlog, cell.capacity) == (0, 100, 0)


def test_unused_capacity_does_not_help_the_next_period() -> None:
    demand = {("F1", "2025-01"): 10.0, ("F1", "2025-02"): 100.0}

    cells = aggregate(planning_inputs(demand=demand, capacity=50), WHOLE)

    assert [cell.supply for cell in cells] == [10, 50]


def test_decimal_modes_keep_decimals() -> None:
    inputs = planning_inputs(demand={("F1", "2025-01"): 10.55, ("F2", "2025-01"): 20.45}, capacity=10)

    cells = aggregate(inputs, Rounding("dec1"))

    assert [(cell.demand, cell.supply, cell.backlog) for cell in cells] == [(10.6, 3.4, 7.2), (20.4, 6.6, 13.8)]


def test_shares_of_a_mix_are_normalised() -> None:
    inputs = planning_inputs(demand={("F1", "2025-01"): 1}, mix={("F1", "B"): 0.1, ("F1", "A"): 0.3})

    assert mix(inputs)["F1"] == (("A", "B"), (0.3 / 0.4, 0.1 / 0.4))


def test_shares_of_one_sku_from_several_dates_on_are_added_up() -> None:
    rows = [
        MixShare("F1", "A", "", 0.5),
        MixShare("F1", "A", "2025-06-01", 0.25),
        MixShare("F1", "B", "", 0.25),
    ]

    assert mix(InputContent.of({"mix_shares": rows}))["F1"] == (("A", "B"), (0.75, 0.25))


def test_a_family_whose_shares_are_all_nothing_has_no_mix() -> None:
    assert mix(planning_inputs(demand={}, mix={("F1", "A"): 0.0})) == {}


def test_a_family_without_a_mix_is_planned_as_a_sku_of_its_name() -> None:
    result = plan(planning_inputs(demand={("F9", "2025-01"): 50}))

    rows = level(result, "det")

    assert {row.item_key for row in rows} == {"F9"}
    assert math.fsum(row.demand or 0 for row in rows) == 50
    assert math.fsum(row.supply_received or 0 for row in rows) == 50


def test_supply_never_exceeds_demand_in_a_week() -> None:
    inputs = planning_inputs(demand={("F1", "2025-01"): 60}, capacity=31, mix={("F1", "A"): 0.5, ("F1", "B"): 0.5})

    assert all((row.backlog or 0) >= 0 for row in level(plan(inputs), "det"))


def _rolled_up(rows: list[SeriesRow]) -> dict[tuple[str, str], tuple[float, ...]]:
    parts: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for row in rows:
        for period, family, *measures in row.splits:
            parts.setdefault((period, family), []).append((measures[0], measures[1], measures[2]))
    return {cell: tuple(math.fsum(values) for values in zip(*own, strict=True)) for cell, own in parts.items()}


PERIODS = st.sampled_from(["2025-01", "2025-02", "M3", "D10"])
FAMILIES = st.sampled_from(["F1", "F2", "F3"])
QUANTITIES = st.floats(0, 1e5, allow_subnormal=False)


@settings(max_examples=60, deadline=None)
@given(
    demand=st.dictionaries(st.tuples(FAMILIES, PERIODS), QUANTITIES, min_size=1, max_size=8),
    capacity=st.floats(0, 2e5),
    shares=st.dictionaries(st.tuples(FAMILIES, st.sampled_from("ABC")), st.floats(0, 1), max_size=6),
    mode=st.sampled_from(["none", "int", "dec1", "dec2"]),
)
def test_det_rolls_up_to_the_aggregate(
    demand: dict[tuple[str, str], float], capacity: float, shares: dict[tuple[str, str], float], mode: str
) -> None:
    result = plan(planning_inputs(demand=demand, capacity=capacity, mix=shares), round_mode=mode)

    rolled = _rolled_up(level(result, "det"))

    for row in level(result, "aggregate"):
        sums = rolled[row.time_bucket_key, row.item_key]
        aggregate_row = (row.demand or 0, row.supply or 0, row.backlog or 0)
        if mode == "int":
            assert sums == aggregate_row
        assert all(math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-9) for a, b in zip(sums, aggregate_row, strict=True))
    assert result.headers["reconciliation_log.json"]["summary"]["tol_violations"] == 0
