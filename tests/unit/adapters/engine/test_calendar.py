from __future__ import annotations

import pytest

from planvault.adapters.engine.calendar import Calendar, fallback_weeks
from planvault.domain.inputs.rows import CalendarWeek


def week(period: str, sequence: int, code: str, first: str, last: str, *, weight: float = 7.0) -> CalendarWeek:
    return CalendarWeek(period, sequence, code, first, last, f"{period}-01", f"{period}-28", weight)


BOUNDARY = Calendar(
    [
        week("2025-01", 4, "2025-W04", "2025-01-20", "2025-01-26"),
        week("2025-01", 5, "2025-W05", "2025-01-27", "2025-01-31", weight=5),
        week("2025-02", 5, "2025-W05", "2025-02-01", "2025-02-02", weight=2),
        week("2025-02", 6, "2025-W06", "2025-02-03", "2025-02-09"),
    ]
)


def test_weeks_bear_their_weight_of_the_period() -> None:
    codes, ratios = BOUNDARY.shares("2025-01")

    assert codes == ("2025-W04", "2025-W05")
    assert ratios == pytest.approx((7 / 12, 5 / 12))


def test_weeks_without_any_weight_share_equally() -> None:
    calendar = Calendar([week("2025-01", n, f"W{n}", "2025-01-01", "2025-01-07", weight=0) for n in (1, 2)])

    assert calendar.shares("2025-01")[1] == (0.5, 0.5)


def test_the_weeks_of_a_plan_come_in_order_of_first_appearance() -> None:
    assert BOUNDARY.plan_weeks(["2025-02", "2025-01"]) == ["2025-W04", "2025-W05", "2025-W06"]


def test_periods_come_in_order_of_time_and_not_of_text() -> None:
    rows = [
        CalendarWeek("M10", 1, "W40", None, None, "2025-10-01", "2025-10-31"),
        CalendarWeek("M2", 1, "W06", None, None, "2025-02-01", "2025-02-28"),
    ]

    assert Calendar(rows).plan_weeks(["M10", "M2"]) == ["W06", "W40"]


def test_a_plan_leaves_no_week_of_the_calendar_out_between_its_first_and_last() -> None:
    rows = [week(f"2025-0{n}", n, f"W{n}", f"2025-0{n}-01", f"2025-0{n}-07") for n in (1, 2, 3, 4)]

    assert Calendar(rows).plan_weeks(["2025-01", "2025-03"]) == ["W1", "W2", "W3"]


def test_unlisted_periods_have_numbered_weeks_in_natural_order() -> None:
    weeks = Calendar([]).plan_weeks(["M10", "M2"])

    assert weeks[:5] == ["M2-W1", "M2-W2", "M2-W3", "M2-W4", "M10-W1"]


@pytest.mark.parametrize(
    ("period", "count"),
    [("2025-01", 5), ("2027-02", 4), ("2025-02", 5), ("2025-03", 5), ("M1", 4), ("M3", 5), ("M12", 5), ("D7", 4)],
)
def test_an_unlisted_period_has_four_weeks_or_five_when_it_is_long(period: str, count: int) -> None:
    assert fallback_weeks(period) == count


def test_a_hint_other_than_four_is_taken_as_it_is() -> None:
    assert fallback_weeks("2025-01", 2) == 2
    assert Calendar([], weeks=2).shares("2025-01") == (("2025-01-W1", "2025-01-W2"), (0.5, 0.5))


def test_a_week_of_two_periods_counts_to_the_last() -> None:
    assert BOUNDARY.period_of_week("2025-W05") == "2025-02"


@pytest.mark.parametrize(
    ("code", "period"),
    [("2025-W01", "2025-01"), ("2026-W01", "2026-01"), ("2025-W18", "2025-05"), ("2025-03-W2", "2025-03")],
)
def test_an_unlisted_week_counts_to_the_month_of_its_thursday_or_of_its_name(code: str, period: str) -> None:
    assert Calendar([]).period_of_week(code) == period


def test_a_date_counts_to_the_listed_period_around_it_or_to_its_month() -> None:
    rows = [CalendarWeek("M1", 1, "W1", "2025-01-06", "2025-01-12", "2025-01-06", "2025-02-02")]

    assert Calendar(rows).period_of_date("2025-02-01") == "M1"
    assert Calendar(rows).period_of_date("2025-03-01") == "2025-03"


@pytest.mark.parametrize(
    ("due", "code"),
    [
        ("2025-W06", "2025-W06"),
        ("2025-02-02", "2025-W05"),
        ("2025-01-25", "2025-W04"),
        ("2025-01", "2025-W05"),
        ("2025-02-20", "2025-02-W3"),
        ("2025-07", "2025-07-W4"),
    ],
)
def test_a_due_date_falls_in_a_listed_week(due: str, code: str) -> None:
    assert BOUNDARY.week_of_due(due, ()) == code


@pytest.mark.parametrize(
    ("due", "code"),
    [
        ("2025-01-07", "2025-01-W1"),
        ("2025-01-08", "2025-01-W2"),
        ("2025-01-21", "2025-01-W3"),
        ("2025-01-22", "2025-01-W4"),
        ("2025-01-31", "2025-01-W4"),
        ("2025-01", "2025-01-W4"),
        ("2025-01-W5", "2025-01-W5"),
    ],
)
def test_without_a_calendar_a_due_date_falls_in_the_first_to_fourth_week(due: str, code: str) -> None:
    assert Calendar([]).week_of_due(due, {"2025-01-W5"}) == code
