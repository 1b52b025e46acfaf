from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.adapters.engine.levelling import Anchored, anchored, share_on
from planvault.adapters.engine.parameters import Parameters
from planvault.domain.inputs.rows import Item
from tests.support.planning import level, plan, planning_inputs

POLICIES = ("DET_near", "AGG_far", "blend")


def levelled(capacities: list[float], loads: list[float], at: range, **parameters: Any) -> Anchored:
    return anchored(capacities, loads, at, Parameters(**parameters))


def test_agg_far_levels_the_weeks_before_again_with_the_excess_of_the_period() -> None:
    found = levelled([10] * 5, [2, 3, 15, 12, 4], range(2, 4), anchor_policy="AGG_far", recon_window_days=7)

    # 15 slack reach the period, which needs 27 of 35; nothing is sent anywhere.
    assert (found.sent_back, found.sent_on, found.lost) == (0, 0, 0)
    found = levelled([10] * 5, [2, 3, 40, 12, 4], range(2, 4), anchor_policy="AGG_far")
    assert (found.sent_back, found.sent_on, found.lost, found.spill) == (17, 0, 2, 0)
    assert [week.adjusted for week in found.loads] == [10, 10, 25, 10, 4]
    assert found.loads[0].spill_in == 17


def test_agg_far_reports_what_the_weeks_before_cannot_take() -> None:
    found = levelled([10] * 4, [10, 10, 15, 0], range(2, 3), anchor_policy="AGG_far")

    assert (found.sent_back, found.lost) == (5, 5)
    assert found.loads[3].adjusted == 0


def test_agg_far_in_the_first_period_has_nobody_to_send_to() -> None:
    found = levelled([10, 10], [15, 0], range(1), anchor_policy="AGG_far")

    assert (found.sent_back, found.lost) == (5, 5)


def test_blend_shares_the_excess_between_before_and_after() -> None:
    given_share = {"anchor_policy": "blend", "blend_split_next": 0.75}
    found = levelled([10] * 5, [0, 0, 34, 0, 0], range(2, 3), **given_share)

    assert (found.sent_back, found.sent_on) == (1, 3)
    assert [week.adjusted for week in found.loads] == [1, 0, 30, 3, 0]


@pytest.mark.parametrize(
    ("loads", "days", "mode", "share"),
    [
        ([12, 10, 10, 10], None, "tri", 0.05),  # all of it at the start
        ([10, 10, 10, 12], None, "tri", 0.95),  # all of it at the end
        ([12, 10, 10, 12], None, "tri", 0.5),
        ([10, 10, 10, 10], None, "tri", 0.5),  # nothing to share
        ([12, 10, 14, 10], 14, "tri", 4 / (4 + 2 * 2)),
        ([12, 10, 14, 10], 28, "tri", (2 * 1 + 4 * 3) / (2 * 1 + 4 * 3 + 2 * 4 + 4 * 2)),
        ([12, 10, 14, 10], 28, "lin", (2 * 1 + 4 * 3) / (2 * 1 + 4 * 3 + 2 * 4 + 4 * 2)),
        ([12, 10, 14, 10], 28, "quad", (2 * 1 + 4 * 9) / (2 * 1 + 4 * 9 + 2 * 16 + 4 * 4)),
    ],
)
def test_the_share_of_blend_follows_where_the_excess_arises(
    loads: list[float], days: int | None, mode: str, share: float
) -> None:
    parameters = Parameters(anchor_policy="blend", recon_window_days=days, blend_weight_mode=mode)
    weeks = anchored([10] * 4, loads, range(4), parameters).loads

    assert share_on(weeks, parameters) == pytest.approx(share)


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=30),
    st.sampled_from(POLICIES),
    st.sampled_from([None, 0.0, 0.3, 1.0]),
    st.data(),
)
def test_an_anchored_pass_loses_no_load_that_it_does_not_report(
    pairs: list[tuple[int, int]], policy: str, split: float | None, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(pairs) - 1))
    stop = data.draw(st.integers(start + 1, len(pairs)))
    capacities, loads = [float(pair[0]) for pair in pairs], [float(pair[1]) for pair in pairs]

    found = levelled(capacities, loads, range(start, stop), anchor_policy=policy, blend_split_next=split)

    made = math.fsum(week.adjusted for week in found.loads)
    assert made + found.lost + found.spill == pytest.approx(sum(loads), abs=1e-6)
    assert found.lost >= -1e-9
    if policy == "DET_near":
        assert made + found.spill == sum(loads)
        assert found.lost == 0


def test_a_plan_tells_where_the_excess_of_its_cutover_period_went() -> None:
    demand = {("F1", "2027-01"): 10.0, ("F1", "2027-02"): 180.0, ("F1", "2027-03"): 50.0}
    capacities = {"2027-01": 40, "2027-02": 180, "2027-03": 180}
    inputs = planning_inputs(demand=demand, capacity=capacities, items=[Item("F1", 0, 250)])
    made = {policy: plan(inputs, cutover_date="2027-02-10", anchor_policy=policy) for policy in POLICIES}

    boundaries = {policy: result.headers["plan_final.json"]["boundary_summary"] for policy, result in made.items()}
    assert "sent_on" not in boundaries["DET_near"]
    sent = [[boundary.get(name) for name in ("sent_back", "sent_on", "spill_lost")] for boundary in boundaries.values()]
    assert sent[1][0] > 0
    assert sent[1][1] == 0
    assert math.fsum(sent[2][:2]) == pytest.approx(sent[1][0])
    for policy, result in made.items():
        rows = level(result, "weekly_summary")
        made_or_lost = math.fsum(row.supply or 0 for row in rows) + (boundaries[policy].get("spill_lost") or 0)
        assert made_or_lost + (rows[-1].spill_out or 0) <= math.fsum(row.demand or 0 for row in rows) + 1
