from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.adapters.engine.adjust import Adjustment, adjust
from planvault.adapters.engine.aggregate import FamilyPeriod
from planvault.adapters.engine.allocate import Allocation
from planvault.adapters.engine.parameters import Parameters
from planvault.adapters.engine.spreading import row_weights, spread
from planvault.domain.plans.series import Split
from tests.support.planning import by_key, level, plan, planning_inputs

MONTHS = ("2027-01", "2027-02", "2027-03")
MEASURES = ("demand", "supply", "backlog")


def allocated(quantities: dict[str, list[float]]) -> Allocation:
    """Three months of two weeks each, one family; quantities by SKU and week."""
    splits = {
        sku: {week: [Split(MONTHS[week // 2], "F1", qty, qty, 0.0)] for week, qty in enumerate(weeks)}
        for sku, weeks in quantities.items()
    }
    return Allocation(weeks=[f"W{number}" for number in range(1, 7)], splits=splits)


def families(*demands: float) -> list[FamilyPeriod]:
    return [
        FamilyPeriod(month, "F1", demand, demand, 0.0, 100.0) for month, demand in zip(MONTHS, demands, strict=True)
    ]


def adjusted(cells: list[FamilyPeriod], allocation: Allocation, **parameters: Any) -> Adjustment:
    settings = {"anchor_policy": "DET_near"} | parameters
    return adjust(cells, allocation, MONTHS[1], 2, Parameters(**settings))


def weeks_of(found: Adjustment, sku: str = "A", measure: str = "demand") -> list[float]:
    return [getattr(parts[0], measure) for parts in found.allocation.splits[sku].values()]


def test_a_difference_is_spread_over_the_cutover_period_the_later_the_more() -> None:
    found = adjusted(families(20, 26, 20), allocated({"A": [10] * 6}))

    assert weeks_of(found) == [10, 10, 12, 14, 10, 10]
    assert (found.carried, found.unplaced) == ([], [])


def test_agg_far_spreads_it_the_other_way_round() -> None:
    found = adjusted(families(20, 26, 20), allocated({"A": [10] * 6}), anchor_policy="AGG_far")

    assert weeks_of(found) == [10, 10, 14, 12, 10, 10]


def test_what_was_given_is_left_as_it_was() -> None:
    allocation = allocated({"A": [10] * 6})

    adjusted(families(20, 26, 20), allocation)

    assert [parts[0].demand for parts in allocation.splits["A"].values()] == [10] * 6


def test_a_difference_within_tolerance_is_left_alone() -> None:
    assert weeks_of(adjusted(families(20, 26, 20), allocated({"A": [10] * 6}), tol_abs=6.0)) == [10] * 6
    assert weeks_of(adjusted(families(20, 26, 20), allocated({"A": [10] * 6}), tol_rel=0.25)) == [10] * 6


def test_the_cap_holds_where_the_legacy_system_exceeded_it_and_the_rest_is_reported() -> None:
    found = adjusted(families(20, 26, 20), allocated({"A": [10] * 6}), max_adjust_ratio=0.1)

    assert weeks_of(found) == [10, 10, 11, 11, 10, 10]  # the legacy system writes 13 and 13
    assert [one.amounts for one in found.unplaced] == [(4, 4, 0)]


def test_a_row_of_nothing_has_no_cap() -> None:
    found = adjusted(families(20, 16, 20), allocated({"A": [10, 10, 10, 0, 10, 10]}), max_adjust_ratio=0.1)

    assert weeks_of(found) == [10, 10, 11, 5, 10, 10]


def test_no_cell_falls_below_nothing() -> None:
    found = adjusted(families(20, 2, 20), allocated({"A": [10, 10, 19, 1, 10, 10]}), recon_window_days=7)

    assert weeks_of(found) == [10, 10, 2, 0, 10, 10]


@pytest.mark.parametrize(
    ("way", "weeks", "to"),
    [
        ("prev", [11, 11, 11, 11, 10, 10], [MONTHS[0]]),
        ("next", [10, 10, 11, 11, 11, 11], [MONTHS[2]]),
        ("both", [10.4, 10.4, 11, 11, 11, 11], [MONTHS[0], MONTHS[2]]),
    ],
)
def test_what_is_left_is_carried_over(way: str, weeks: list[float], to: list[str]) -> None:
    found = adjusted(families(20, 26, 20), allocated({"A": [10] * 6}), max_adjust_ratio=0.1, carryover=way)

    assert weeks_of(found) == weeks
    assert [one.to_period for one in found.carried] == to
    assert found.unplaced[0].amounts[0] == pytest.approx(6 - sum(weeks) + 60)


def test_auto_carries_to_the_neighbour_that_lacks_more() -> None:
    quantities = allocated({"A": [10] * 6})
    options = {"max_adjust_ratio": 0.1, "carryover": "auto"}

    before = adjusted(families(30, 26, 22), quantities, **options)
    after = adjusted(families(20, 26, 22), quantities, **options)
    even = adjusted(families(20, 26, 20), quantities, **options)
    far = adjusted(families(20, 26, 20), quantities, anchor_policy="AGG_far", **options)

    assert [found.carried[0].to_period for found in (before, after, even, far)] == [
        MONTHS[0], MONTHS[2], MONTHS[2], MONTHS[0],
    ]  # fmt: skip
    assert before.carried[0].headrooms == (20, 4)


def test_the_split_of_both_may_be_given() -> None:
    options = {"max_adjust_ratio": 1.0, "carryover": "both"}
    found = adjusted(families(20, 60, 20), allocated({"A": [10] * 6}), carryover_split=0.25, **options)

    assert [one.amounts[0] for one in found.carried] == [15, 5]


def test_a_window_keeps_to_the_rows_at_its_end() -> None:
    assert row_weights([0, 1, 2, 3], None, Parameters(anchor_policy="DET_near", recon_window_days=14)) == [0, 0, 1, 2]
    assert row_weights([0, 1, 2, 3], None, Parameters(anchor_policy="AGG_far", recon_window_days=14)) == [2, 1, 0, 0]
    blend = Parameters(anchor_policy="blend", recon_window_days=21)
    assert row_weights([4, 5, 6, 7], 6, blend) == [0, 1, 2, 1]
    assert row_weights([4, 5, 6], 4, Parameters(anchor_policy="blend")) == [3, 2, 1]
    assert row_weights([4, 5, 6], None, Parameters(anchor_policy="blend")) == [2, 3, 2]


VALUES = st.integers(0, 10_000_000).map(lambda millionths: millionths / 1e6 * 10)


@given(st.lists(VALUES, min_size=1, max_size=12), st.integers(-(10**8), 10**8), st.sampled_from([None, 0.0, 0.1, 2.0]))
def test_a_spread_never_exceeds_its_amount_nor_a_rows_limit(
    values: list[float], millionths: int, ratio: float | None
) -> None:
    amount = millionths / 1e6
    adds = spread(values, amount, [float(place + 1) for place in range(len(values))], ratio)

    assert abs(math.fsum(adds)) <= abs(amount) + 1e-9
    assert all(add * amount >= 0 for add in adds)
    assert all(value + add >= -1e-9 for value, add in zip(values, adds, strict=True))
    if ratio is not None:
        assert all(abs(add) <= value * ratio + 1e-9 for value, add in zip(values, adds, strict=True) if value)
    if ratio is None and amount > 0:
        assert math.fsum(adds) == pytest.approx(amount, abs=1e-7)


QUANTITIES = st.lists(st.integers(0, 10_000).map(lambda hundredths: hundredths / 100), min_size=6, max_size=6)


OPTIONS = st.fixed_dictionaries(
    {
        "anchor_policy": st.sampled_from(["DET_near", "AGG_far", "blend"]),
        "carryover": st.sampled_from(["none", "prev", "next", "auto", "both"]),
        "max_adjust_ratio": st.sampled_from([None, 0.0, 0.1, 1.0]),
        "recon_window_days": st.sampled_from([None, 0, 7, 14]),
    }
)


@given(st.dictionaries(st.sampled_from("ABC"), QUANTITIES, min_size=1), st.tuples(*[st.integers(0, 500)] * 3), OPTIONS)
def test_an_adjustment_places_carries_or_reports_every_unit_of_a_difference(
    quantities: dict[str, list[float]], demands: tuple[int, int, int], options: dict[str, Any]
) -> None:
    allocation = allocated(quantities)
    cells = families(*map(float, demands))

    found = adjusted(cells, allocation, tol_abs=0.0, tol_rel=0.0, **options)

    def total(one: Allocation, month: int, measure: str) -> float:
        parts = [part for by_week in one.splits.values() for week in by_week.values() for part in week]
        return math.fsum(getattr(part, measure) for part in parts if part.period == MONTHS[month])

    for place, measure in enumerate(MEASURES):
        delta = getattr(cells[1], measure) - total(allocation, 1, measure)
        within = total(found.allocation, 1, measure) - total(allocation, 1, measure)
        carried = math.fsum(one.amounts[place] for one in found.carried)
        unplaced = math.fsum(one.amounts[place] for one in found.unplaced)
        assert within + carried + unplaced == pytest.approx(delta, abs=1e-6)
        beside = [total(found.allocation, month, measure) - total(allocation, month, measure) for month in (0, 2)]
        assert math.fsum(beside) == pytest.approx(carried, abs=1e-6)
        if options["carryover"] == "none":
            assert carried == 0


def test_the_adjusted_levels_lie_beside_the_others() -> None:
    inputs = planning_inputs(demand={("F1", "2027-02"): 400, ("F1", "2027-03"): 100}, capacity=200)
    plain = plan(inputs, cutover_date="2027-02-10", anchor_policy="DET_near")

    both = plan(inputs, cutover_date="2027-02-10", anchor_policy="DET_near", apply_adjusted=True)

    assert set(both.levels) - set(plain.levels) == {
        "det_adjusted", "mrp_adjusted", "mrp_final_adjusted", "weekly_summary_adjusted",
    }  # fmt: skip
    for name in plain.levels:
        assert level(both, name) == level(plain, name)
    # An engine's own det never differs from its aggregate, so there is nothing to adjust.
    for name in ("det", "mrp", "mrp_final", "weekly_summary"):
        one, other = by_key(level(both, name)), by_key(level(both, f"{name}_adjusted"))
        assert {key: row._replace(level=name) for key, row in other.items()} == one


def test_a_cutover_outside_of_the_plan_adjusts_nothing() -> None:
    inputs = planning_inputs(demand={("F1", "2027-02"): 400})

    result = plan(inputs, cutover_date="2029-02-10", anchor_policy="blend", apply_adjusted=True)

    assert len(level(result, "det_adjusted")) == len(level(result, "det"))
