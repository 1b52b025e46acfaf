from __future__ import annotations

import json
from typing import Any

import pytest

from planvault.domain.inputs.rows import CalendarWeek

from .builders import places, problems, read

CALENDAR = "planning_calendar.json"


def week(code: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    return {"week_code": code, "sequence": 1, "start_date": start, "end_date": end, **more}


def january(*weeks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "period": "2026-01",
        "start_date": "2026-01-01",
        "end_date": "2026-01-31",
        "weeks": list(weeks),
        **more,
    }


def text(*periods: Any, **more: Any) -> str:
    return json.dumps({"periods": list(periods), **more})


def one_place(content: str) -> tuple[str, str | None]:
    (found,) = problems({CALENDAR: content})
    assert (found.source, found.line) == (CALENDAR, None)
    return found.rule, found.column


def test_weeks_become_rows_and_facts_become_parameters() -> None:
    content = read(
        {
            CALENDAR: text(
                january(week("2026-W05", "2026-01-26", "2026-01-31", weight=6, attributes={"k": 1})),
                calendar_type="custom",
                week_unit="day",
                planning_params={"lt_unit": "day", "tolerance_abs": 1e-6, "default_anchor_policy": None},
            )
        }
    ).content
    assert content.rows("calendar_weeks") == (
        CalendarWeek("2026-01", 1, "2026-W05", "2026-01-26", "2026-01-31", "2026-01-01", "2026-01-31", 6.0, '{"k":1}'),
    )
    assert content.parameters("calendar") == {"calendar_type": "custom", "week_unit": "day"}
    assert content.parameters("planning") == {"lt_unit": "day", "tolerance_abs": 1e-6}


def test_a_boundary_week_stands_in_both_of_its_periods() -> None:
    february = {
        "period": "2026-02",
        "start_date": "2026-02-01",
        "end_date": "2026-02-28",
        "weeks": [week("2026-W05", "2026-02-01", "2026-02-01")],
    }
    rows = read({CALENDAR: text(january(week("2026-W05", "2026-01-26", "2026-01-31")), february)}).content
    assert [(row.period, row.week_code) for row in rows.rows("calendar_weeks")] == [
        ("2026-01", "2026-W05"),
        ("2026-02", "2026-W05"),
    ]


def test_an_empty_object_means_no_calendar() -> None:
    result = read({CALENDAR: "{}"})
    assert result.content.row_counts == {}
    assert [(file.name, file.row_count) for file in result.files] == [(CALENDAR, 0)]


def test_a_period_without_weeks_is_one_row_without_a_code() -> None:
    (row,) = read({CALENDAR: text(january())}).content.rows("calendar_weeks")
    assert (row.period, row.sequence, row.week_code, row.week_start) == ("2026-01", 0, "", None)


def test_the_empty_lists_of_legacy_calendars_are_read_over_and_filled_ones_are_not() -> None:
    read({CALENDAR: text(january(), period_cost=[], period_score=[])})
    assert one_place(text(january(), period_cost=[{}])) == ("unknown-key", "period_cost")


@pytest.mark.parametrize(
    ("content", "rule", "column"),
    [
        ('{"periods": [], "periods": []}', "json-duplicate-key", "periods"),
        ('{"planning_params": {"a": {"b": 1, "b": 1}}}', "json-duplicate-key", "planning_params.a.b"),
        ('{"planning_params": {"tolerance_abs": NaN}}', "number", "planning_params.tolerance_abs"),
        ('{"planning_params": {"x": [1, -Infinity]}}', "number", "planning_params.x[1]"),
        ('{"planning_params": {"x": 1e400}}', "number", "planning_params.x"),
        ('{"planning_params": {"x": 9007199254740993}}', "number", "planning_params.x"),
        ('{"planning_params": {"x": 0.1234567890123456789}}', "number", "planning_params.x"),
        ('{"planning_params": {"x": "\\ud800"}}', "text", "planning_params.x"),
        ("[]", "json-type", None),
        ("3", "json-type", None),
        ("[" * 100_000, "json-depth", None),
    ],
)
def test_json_is_read_strictly(content: str, rule: str, column: str | None) -> None:
    assert one_place(content) == (rule, column)


def test_what_is_no_json_is_refused_with_its_line() -> None:
    (found,) = problems({CALENDAR: '{\n "periods": [,]\n}'})
    assert (found.rule, found.line) == ("json-syntax", 2)


def test_nesting_beyond_the_limit_is_refused() -> None:
    deep = '{"planning_params": {"x": ' + "[" * 80 + "]" * 80 + "}}"
    rule, column = one_place(deep)
    assert rule == "json-depth"
    assert str(column).startswith("planning_params.x[0][0]")


@pytest.mark.parametrize(
    ("content", "rule", "column"),
    [
        (text(holidays=[]), "unknown-key", "holidays"),
        (text(january(colour=1)), "unknown-key", "periods[0].colour"),
        (text(january(week("W", "2026-01-01", "2026-01-04", w=1))), "unknown-key", "periods[0].weeks[0].w"),
        (text(calendar_type=5), "json-type", "calendar_type"),
        (text(planning_params=[]), "json-type", "planning_params"),
        (json.dumps({"periods": {}}), "json-type", "periods"),
        (text("January"), "json-type", "periods[0]"),
        (text(january(weeks="none")), "json-type", "periods[0].weeks"),
        (text(january(period="")), "required", "periods[0].period"),
        (text(january(period=202601)), "text", "periods[0].period"),
        (text(january(start_date="2026-1-1")), "date", "periods[0].start_date"),
        (text(january(end_date=None)), "required", "periods[0].end_date"),
        (text(january(week("", "2026-01-01", "2026-01-04"))), "required", "periods[0].weeks[0].week_code"),
        (
            text(january(week("W", "2026-01-01", "2026-01-04", sequence="1"))),
            "number",
            "periods[0].weeks[0].sequence",
        ),
        (
            text(january(week("W", "2026-01-01", "2026-01-04", weight=True))),
            "number",
            "periods[0].weeks[0].weight",
        ),
        (
            text(january(week("W", "2026-01-01", "2026-01-04", weight=""))),
            "required",
            "periods[0].weeks[0].weight",
        ),
        (
            text(january(week("W", "2026-01-01", "2026-01-04", weight=-1))),
            "range",
            "periods[0].weeks[0].weight",
        ),
        (
            text(january(week("W", "2026-01-01", "2026-01-04", attributes="{}"))),
            "document",
            "periods[0].weeks[0].attributes",
        ),
    ],
)
def test_what_stands_in_the_wrong_place_or_type_is_named(content: str, rule: str, column: str) -> None:
    assert one_place(content) == (rule, column)


@pytest.mark.parametrize(("start", "end"), [("2025-12-29", "2026-01-04"), ("2026-01-26", "2026-02-01")])
def test_a_week_lies_inside_its_period(start: str, end: str) -> None:
    assert one_place(text(january(week("W", start, end)))) == ("calendar-dates", "periods[0].weeks[0]")


def test_a_week_may_come_without_dates_or_with_one_of_them() -> None:
    weeks = [week("A", "2026-01-05", "2026-01-11"), week("B", "", "2026-01-11"), week("C", "2026-01-12", "")]
    for each in weeks:
        each |= {name: value or None for name, value in each.items()}
    rows = read({CALENDAR: text(january({"week_code": "D", "sequence": 1}, *weeks))}).content.rows("calendar_weeks")
    assert [(row.week_code, row.week_start, row.week_end) for row in rows] == [
        ("A", "2026-01-05", "2026-01-11"),
        ("B", None, "2026-01-11"),
        ("C", "2026-01-12", None),
        ("D", None, None),
    ]
    late = {"week_code": "E", "sequence": 1, "start_date": "2026-02-03"}
    assert one_place(text(january(late))) == ("calendar-dates", "periods[0].weeks[0]")


def test_nothing_ends_before_it_starts() -> None:
    assert one_place(text(january(week("W", "2026-01-09", "2026-01-04")))) == (
        "calendar-dates",
        "periods[0].weeks[0]",
    )
    assert one_place(text(january(end_date="2025-12-31"))) == ("calendar-dates", "periods[0]")


def test_a_period_and_a_week_of_a_period_stand_once() -> None:
    assert one_place(text(january(), january())) == ("duplicate-key", "periods[1].period")
    twice = january(week("W", "2026-01-01", "2026-01-04"), week("W", "2026-01-05", "2026-01-11"))
    assert one_place(text(twice)) == ("duplicate-key", "periods[0].weeks[1].week_code")


def test_every_problem_of_a_calendar_is_found_at_once() -> None:
    content = text(january(week("", "x", "2026-01-04"), colour=1), "February", holidays=[])
    assert {problem.column for problem in problems({CALENDAR: content})} == {
        "holidays",
        "periods[0].colour",
        "periods[0].weeks[0].week_code",
        "periods[0].weeks[0].start_date",
        "periods[1]",
    }


def test_planning_parameters_are_checked_by_their_types() -> None:
    content = json.dumps({"lt_unit": "hour", "tolerance_abs": "0.1", "carryover_split": 1.5, "recon_window_days": 2.5})
    found = problems({"planning_params.json": content})
    assert places(found) == [
        ("choice", "planning_params.json", None, "lt_unit"),
        ("number", "planning_params.json", None, "tolerance_abs"),
        ("range", "planning_params.json", None, "carryover_split"),
        ("number", "planning_params.json", None, "recon_window_days"),
    ]


def test_parameters_of_other_engines_are_kept_as_they_are() -> None:
    content = read({"planning_params.json": '{"solver": {"gap": 0.01, "seeds": [1, 2]}}'}).content
    assert content.parameters("planning") == {"solver": {"gap": 0.01, "seeds": [1, 2]}}


def test_the_same_parameter_in_two_files_must_agree() -> None:
    calendar = text(planning_params={"lt_unit": "day"})
    read({CALENDAR: calendar, "planning_params.json": '{"lt_unit": "day"}'})
    (found,) = problems({CALENDAR: calendar, "planning_params.json": '{"lt_unit": "week"}'})
    assert places([found]) == [("duplicate-key", "planning_params.json", None, "lt_unit")]
    assert found.message == f'is "week" here, but "day" in {CALENDAR}'


def test_metadata_is_kept_and_the_facts_of_an_export_are_not() -> None:
    exported = json.dumps({"id": 3, "label": "weekly", "status": "ready", "note": "kept", "created_at": 1})
    content = read({"input_set_meta.json": exported, "meta.json": '{"label": "kept too", "none": null}'}).content
    assert content.parameters("metadata") == {"note": "kept", "label": "kept too", "none": None}


def test_metadata_that_cannot_be_kept_is_named() -> None:
    (found,) = problems({"meta.json": '{"note": "a\u200bb"}'})
    assert places([found]) == [("text", "meta.json", None, "note")]
