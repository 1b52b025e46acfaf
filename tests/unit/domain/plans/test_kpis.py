from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.plans.kpis import ServiceFigures, base_kpis, derived_kpis, fill_rate, service_figures
from planvault.domain.plans.series import LevelTotals, PlanSeries, SeriesRow
from planvault.domain.shared.ids import VersionId
from planvault.testing.builders import aggregate_rows, det_rows, digested


def a_level(name: str, **totals: float) -> dict[str, PlanSeries]:
    series = PlanSeries(
        version_id=VersionId("v1"), level=name, row_count=1, digest=b"", totals=LevelTotals(**totals)
    )  # fmt: skip
    return {name: series}


def test_the_base_kpis_of_two_families_in_two_months() -> None:
    kpis = {kpi.key: (kpi.value, kpi.unit) for kpi in base_kpis(aggregate_rows())}
    assert kpis == {
        ("backlog_total", "month", "2026-01"): (0.0, "units"),
        ("backlog_total", "month", "2026-02"): (40.0, "units"),
        ("backlog_total", "total", "total"): (40.0, "units"),
        ("demand_total", "total", "total"): (400.0, "units"),
        ("fill_rate", "month", "2026-01"): (1.0, "ratio"),
        ("fill_rate", "month", "2026-02"): (0.8, "ratio"),
        ("fill_rate", "total", "total"): (0.9, "ratio"),
        ("supply_total", "total", "total"): (360.0, "units"),
    }


@given(st.integers(0, 2**32))
def test_the_order_of_rows_plays_no_part_and_kpis_come_in_key_order(seed: int) -> None:
    rows = [row._replace(demand=0.1 * number) for number, row in enumerate(aggregate_rows())]
    shuffled = random.Random(seed).sample(rows, len(rows))
    kpis = base_kpis(shuffled)
    assert kpis == base_kpis(rows)
    assert [kpi.key for kpi in kpis] == sorted(kpi.key for kpi in kpis)


def test_a_missing_measure_adds_nothing() -> None:
    row = SeriesRow("aggregate", "month", "2026-01", "F1", demand=10.0)
    assert {kpi.metric: kpi.value for kpi in base_kpis([row])} == {
        "backlog_total": 0.0,
        "demand_total": 10.0,
        "fill_rate": 0.0,
        "supply_total": 0.0,
    }


@pytest.mark.parametrize(
    ("supply", "demand", "rate"),
    [
        (0, 0, 1.0),
        (5, 0, 1.0),
        (0, 10, 0.0),
        (10, 10, 1.0),
        (12, 10, 1.0),
        (-3, 10, 0.0),
        (2.5, 10, 0.25),
        (1, -1, 1.0),
    ],
)
def test_the_fill_rate_lies_between_zero_and_one(supply: float, demand: float, rate: float) -> None:
    assert fill_rate(supply, demand) == rate


def test_the_received_fill_rate_comes_from_det_alone_so_that_each_receipt_counts_once() -> None:
    rows = [row._replace(demand=10.0, supply=10.0, supply_received=7.5) for row in det_rows(4)]
    later = [row._replace(level="mrp_final") for row in rows]
    series = {level[0].level: digested(level)[0] for level in (rows, later)}
    assert {kpi.metric: kpi.value for kpi in derived_kpis(series)} == {
        "received_fill_rate": 0.75,
        "supply_received_total": 30.0,
    }


def test_utilization_is_adjusted_load_over_capacity() -> None:
    (kpi,) = derived_kpis(a_level("weekly_summary", supply=30.0, capacity_used=40.0))
    assert (kpi.metric, kpi.bucket_type, kpi.bucket_key, kpi.value, kpi.unit) == (
        "capacity_utilization", "total", "total", 0.75, "ratio",
    )  # fmt: skip


@pytest.mark.parametrize(
    "series",
    [{}, a_level("aggregate", demand=1.0, supply_received=1.0), a_level("det", demand=1.0),
     a_level("weekly_summary", supply=3.0), a_level("weekly_summary", supply=3.0, capacity_used=0.0)],
)  # fmt: skip
def test_what_is_unknown_gives_no_kpi(series: dict[str, PlanSeries]) -> None:
    assert derived_kpis(series) == []


def test_a_figure_beyond_what_a_float_holds_is_left_out() -> None:
    assert derived_kpis(a_level("weekly_summary", supply=1e308, capacity_used=1e-308)) == []
    series = a_level("weekly_summary", supply=1e308, capacity_used=1e-308) | a_level("det", supply_received=1.0)
    assert [kpi.metric for kpi in derived_kpis(series)] == ["received_fill_rate", "supply_received_total"]


def test_nothing_received_is_known_and_zero() -> None:
    kpis = {kpi.metric: kpi.value for kpi in derived_kpis(a_level("det", demand=10.0, supply_received=0.0))}
    assert kpis == {"received_fill_rate": 0.0, "supply_received_total": 0.0}


def figures(*rows: tuple[float | None, float | None, float | None]) -> ServiceFigures:
    """Of rows by demand, backlog and closing stock."""
    return service_figures(
        SeriesRow("det", "week", "2026-W01", f"S{place}", demand=demand, backlog=backlog, inventory_close=stock)
        for place, (demand, backlog, stock) in enumerate(rows)
    )


def test_the_service_level_is_the_share_of_asked_rows_without_backlog() -> None:
    found = figures((10.0, 0.0, None), (10.0, 1.0, None), (0.0, 0.0, None), (None, 0.0, None), (5.0, None, None))
    assert found == ServiceFigures(asked=2, served=1, stock=None)
    (kpi,) = derived_kpis(a_level("det"), service=found)
    assert (kpi.metric, kpi.value, kpi.unit) == ("service_level", 0.5, "ratio")
    assert derived_kpis(a_level("det"), service=figures((0.0, 0.0, None))) == []


def test_stock_turns_over_as_often_as_the_mean_stock_goes_into_supply() -> None:
    found = figures((None, None, 10.0), (None, None, 30.0), (None, None, None))
    (kpi,) = derived_kpis(a_level("det", supply=100.0), weeks=2, service=found)
    assert (kpi.metric, kpi.value, kpi.unit) == ("inventory_turns", 5.0, "turns")
    for stock in (None, 0.0, -1.0):
        assert derived_kpis(a_level("det", supply=100.0), weeks=2, service=figures((None, None, stock))) == []
    assert derived_kpis(a_level("det"), weeks=2, service=found) == []


def test_backlog_days_are_the_backlog_in_days_of_mean_demand() -> None:
    kpis = derived_kpis(a_level("det", demand=140.0, backlog=30.0), weeks=2)
    assert [(kpi.metric, kpi.value, kpi.unit) for kpi in kpis] == [("backlog_days", 3.0, "days")]
    for demand in (0.0, -1.0):
        assert derived_kpis(a_level("det", demand=demand, backlog=3.0), weeks=2) == []
    assert derived_kpis(a_level("det", demand=1.0), weeks=2) == []
    assert derived_kpis(a_level("det", demand=1.0, backlog=3.0)) == []


@given(st.data())
def test_figures_of_rows_add_up_and_are_taken_away_again(data: st.DataObject) -> None:
    value = st.none() | st.sampled_from([0.0, 1.0, 2.5, -1.0])
    rows = data.draw(st.lists(st.tuples(value, value, value), max_size=6))
    cut = data.draw(st.integers(0, len(rows)))
    whole, part, rest = figures(*rows), figures(*rows[:cut]), figures(*rows[cut:])
    assert part.plus(rest) == whole
    less = whole.plus(part, times=-1)
    assert (less.asked, less.served, less.stock or 0.0) == (rest.asked, rest.served, rest.stock or 0.0)
