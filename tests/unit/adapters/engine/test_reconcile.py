from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.adapters.engine.calendar import Calendar
from planvault.adapters.engine.levelling import anchored, cutover_pass, forward
from planvault.adapters.engine.parameters import Parameters
from planvault.adapters.engine.reconcile import cutover_of, received, weekly_capacity
from planvault.domain.inputs.rows import CalendarWeek, Item
from tests.support.planning import level, plan, planning_inputs


def test_what_a_week_cannot_make_spills_into_the_next() -> None:
    weeks, slack, spill = forward([10, 10, 10], [25, 0, 0])

    assert [(week.spill_in, week.adjusted, week.spill_out) for week in weeks] == [(0, 10, 15), (15, 10, 5), (5, 5, 0)]
    assert (slack, spill) == (5, 0)


def test_what_a_week_does_not_use_is_carried_without_limit() -> None:
    weeks, _, _ = forward([10, 10, 10], [0, 0, 28])

    assert [(week.slack_in, week.adjusted, week.slack_out) for week in weeks] == [(0, 0, 10), (10, 0, 20), (20, 28, 2)]


def test_the_excess_of_the_cutover_period_leaves_it_as_a_whole() -> None:
    weeks, slack, excess = cutover_pass([10, 10, 10], [15, 15, 5], slack=0, spill=2)

    assert [(week.spill_in, week.adjusted, week.spill_out) for week in weeks] == [(2, 10, 7), (0, 10, 5), (0, 5, 0)]
    assert (slack, excess) == (5, 12)


def test_det_near_hands_the_excess_to_the_weeks_after() -> None:
    weeks = anchored([10] * 5, [12, 15, 15, 0, 0], range(1, 3), Parameters(anchor_policy="DET_near")).loads

    assert [week.adjusted for week in weeks] == [10, 10, 10, 10, 2]
    assert [week.spill_in for week in weeks] == [0, 2, 0, 12, 2]


def test_a_week_of_two_periods_has_its_share_of_both_capacities() -> None:
    rows = [
        CalendarWeek("2025-01", 1, "W1", None, None, "2025-01-01", "2025-01-31", 6),
        CalendarWeek("2025-01", 2, "W2", None, None, "2025-01-01", "2025-01-31", 4),
        CalendarWeek("2025-02", 2, "W2", None, None, "2025-02-01", "2025-02-28", 5),
        CalendarWeek("2025-02", 3, "W3", None, None, "2025-02-01", "2025-02-28", 5),
    ]

    capacity = weekly_capacity({"2025-01": 100, "2025-02": 60}, Calendar(rows), ["W1", "W2"])

    assert capacity == pytest.approx([60, 70])


def test_orders_arrive_their_lead_time_later_at_the_latest_in_the_last_week() -> None:
    assert received([1, 2, 3, 4], lead=2) == [0, 0, 1, 9]


def test_the_cutover_period_has_its_zones() -> None:
    calendar = Calendar([])
    weeks = calendar.plan_weeks(["2025-01", "2027-02", "2027-03"])

    cutover = cutover_of(Parameters(cutover_date="2027-02-10", recon_window_days=10), calendar, weeks)

    assert cutover is not None
    assert cutover.zones == ("pre",) * 5 + ("at",) * 4 + ("post",) * 5
    assert (cutover.at, cutover.window, cutover.anchored) == (range(5, 9), 2, False)


def test_a_cutover_outside_of_the_plan_has_weeks_before_or_after_it_only() -> None:
    calendar = Calendar([])
    weeks = calendar.plan_weeks(["2025-01"])

    after = cutover_of(Parameters(cutover_date="2025-09-01"), calendar, weeks)

    assert after is not None
    assert set(after.zones) == {"pre"}
    assert not after.at


def test_the_weekly_summary_says_where_the_cutover_is() -> None:
    demand = {("F1", "2025-01"): 50.0, ("F1", "2027-02"): 80.0, ("F1", "2027-03"): 50.0}
    inputs = planning_inputs(demand=demand, capacity=60)

    result = plan(inputs, cutover_date="2027-02-10", recon_window_days=7, anchor_policy="DET_near")

    rows = level(result, "weekly_summary")
    assert [row.boundary_zone for row in rows] == ["pre"] * 5 + ["at"] * 4 + ["post"] * 5
    assert [row.cutover_flag for row in rows] == [0] * 5 + [1] * 4 + [0] * 5
    assert [row.window_index for row in rows[5:9]] == [1, 2, 3, 4]
    assert rows[5].extra["in_window_pre"] is True
    assert rows[8].extra["in_window_post"] is True
    assert [row.spill_in for row in rows[6:9]] == [0, 0, 0]
    assert result.headers["plan_final.json"]["boundary_summary"] == {
        "period": "2027-02",
        "anchor_policy": "DET_near",
        "window_days": 7,
        "weeks": 4,
        "pre_weeks": 5,
        "post_weeks": 5,
    }


def test_without_a_cutover_the_weekly_summary_says_nothing_of_it() -> None:
    rows = level(plan(planning_inputs(demand={("F1", "2025-01"): 50})), "weekly_summary")

    assert {(row.boundary_zone, row.cutover_flag, row.window_index) for row in rows} == {(None, 0, None)}
    assert set(rows[0].extra) == {"carried_slack_in", "slack_carry_out"}


def test_orders_of_a_week_are_cut_in_one_proportion_and_arrive_later() -> None:
    inputs = planning_inputs(
        demand={("F1", "2027-02"): 400},
        capacity=200,
        mix={("F1", "A"): 0.5, ("F1", "B"): 0.5},
        items=[Item("A", 7), Item("B", 0)],
    )

    rows = level(plan(inputs), "mrp_final")

    released = [(row.item_key, row.extra["planned_order_release_adj"]) for row in rows]
    assert released[:4] == [("A", 33), ("B", 17), ("A", 25), ("B", 25)]
    assert [row.supply for row in rows if row.item_key == "A"] == [0, 33, 25, 25]


LOADS = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=30)


@given(LOADS)
def test_the_forward_pass_loses_neither_load_nor_capacity(pairs: list[tuple[int, int]]) -> None:
    capacities, loads = [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    weeks, slack, spill = forward(capacities, loads)

    made = math.fsum(week.adjusted for week in weeks)
    assert made + spill == sum(loads)
    assert made + slack == sum(capacities)
    assert all(week.adjusted <= week.capacity + week.slack_in for week in weeks)
