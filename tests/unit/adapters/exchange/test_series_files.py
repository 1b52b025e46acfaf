from __future__ import annotations

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.adapters.exchange import series_rows
from planvault.adapters.exchange.series_files import FileSeriesReader, series_csv, series_lines
from planvault.adapters.exchange.series_numbers import plain_number
from planvault.domain.errors import InvalidRequestError, UnsupportedEncodingError, ValidationError
from planvault.domain.plans.series import MEASURES, SeriesRow, series_row
from planvault.domain.shared.canonical import document

from .builders import Place, places, series, series_problems, stream

KEY = {"level": "det", "time_bucket_type": "week", "time_bucket_key": "2026-W01", "item_key": "S1"}
LINE = json.dumps(KEY)
ROW = SeriesRow("det", "week", "2026-W01", "S1")
HEAD = "level,time_bucket_type,time_bucket_key,item_key"

printable = st.characters(categories=["L", "M", "N", "P", "S"], include_characters=" ")
texts = st.text(printable, min_size=1, max_size=8)
numbers = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
splits = st.lists(st.tuples(texts, texts, numbers, numbers, numbers), max_size=2)


@st.composite
def rows(draw: st.DrawFn) -> SeriesRow:
    fields: dict[str, object] = {
        "level": draw(texts),
        "time_bucket_type": draw(texts),
        "time_bucket_key": draw(texts),
        "item_key": draw(texts),
        "location_key": draw(texts),
        "item_name": draw(st.none() | texts),
        "quality_flag": draw(st.none() | texts),
        "cutover_flag": draw(st.integers(0, 1)),
        "window_index": draw(st.none() | st.integers(-(10**6), 10**6)),
        "splits_json": [list(part) for part in draw(splits)],
        "extra_json": draw(st.dictionaries(texts, json_values, max_size=2)),
    }
    fields |= {name: draw(st.none() | numbers) for name in draw(st.sets(st.sampled_from(MEASURES)))}
    return series_row(fields)


@given(st.lists(rows(), max_size=4))
def test_json_lines_read_back_equal(given_rows: list[SeriesRow]) -> None:
    assert series("rows.jsonl", "".join(series_lines(given_rows))) == given_rows


@given(st.lists(rows(), max_size=4))
def test_csv_reads_back_equal(given_rows: list[SeriesRow]) -> None:
    assert series("rows.csv", "".join(series_csv(given_rows))) == given_rows


@given(st.lists(rows(), max_size=4), st.lists(st.text("'=+-@＝x", min_size=1, max_size=4), max_size=4))
def test_csv_that_is_safe_for_spreadsheets_reads_back_equal(given_rows: list[SeriesRow], names: list[str]) -> None:
    given_rows += [ROW._replace(item_key=name, item_name=name) for name in names]
    for safe in (False, True):
        assert series("rows.csv", "".join(series_csv(given_rows, safe=safe))) == given_rows


def test_only_what_is_asked_to_be_safe_is_guarded_and_numbers_never_are() -> None:
    row = ROW._replace(item_name="=1+1", source="'=x", demand=-1.0)
    plain, safe = ("".join(series_csv([row], safe=asked)).splitlines()[1] for asked in (False, True))
    assert plain.startswith("det,week,2026-W01,S1,global,=1+1,,,,''=x,")
    assert safe.startswith("det,week,2026-W01,S1,global,'=1+1,,,,''=x,")
    assert ",-1," in safe


@given(numbers)
def test_numbers_in_csv_have_no_exponent_and_read_back_equal(number: float) -> None:
    text = plain_number(number)
    assert set(text) <= set("-.0123456789")
    assert float(text) == number
    assert Decimal(text) == Decimal(repr(number))


@pytest.mark.parametrize("number", [9007199254740994.0, -1e16, 1e300, 5e-324, 0.1, 123456789.123456789])
def test_numbers_at_the_edges_read_back_equal_from_both_forms(number: float) -> None:
    row = ROW._replace(demand=number)
    assert series("x.csv", "".join(series_csv([row]))) == [row]
    assert series("x.jsonl", "".join(series_lines([row]))) == [row]


def test_a_line_of_json_holds_what_is_not_null() -> None:
    row = SeriesRow("det", "week", "2026-W01", "S\u20131", demand=1.0, supply=0.1, extra_json='{"a":1}')
    (line,) = series_lines([row])
    assert line == (
        '{"level":"det","time_bucket_type":"week","time_bucket_key":"2026-W01","item_key":"S\u20131",'
        '"location_key":"global","cutover_flag":0,"demand":1,"supply":0.1,"splits_json":[],"extra_json":{"a":1}}\n'
    )


def test_csv_starts_with_every_column_and_leaves_null_empty() -> None:
    header, line = series_csv([SeriesRow("det", "week", "W", "S", demand=1e-7)])
    assert header == ",".join(SeriesRow._fields) + "\n"
    assert line == "det,week,W,S,global,,,,,,,,,0,,0.0000001" + "," * 16 + "[],{}\n"


def test_rows_come_in_the_order_of_the_file_and_lazily() -> None:
    lines = "".join(json.dumps(KEY | {"item_key": name}) + "\n" for name in "CAB")
    assert [row.item_key for row in series("x.jsonl", lines)] == ["C", "A", "B"]
    found = FileSeriesReader().rows(stream("x.jsonl", f"{LINE}\n{{}}\n{LINE}\n"))
    assert next(found).item_key == "S1"
    with pytest.raises(ValidationError):
        next(found)


def test_columns_of_the_store_are_read_over_and_nulls_are_defaults() -> None:
    extra = {"id": 1, "version_id": "v1", "created_at": "now", "locked_by": None, "lock_flag": 0}
    given_row = KEY | extra | {"location_key": None, "splits_json": None, "cutover_flag": None, "demand": None}
    assert series("x.jsonl", json.dumps(given_row)) == [ROW]
    assert series("x.csv", f"{HEAD},version_id,demand,cutover_flag\ndet,week,2026-W01,S1,v1,,\n") == [ROW]


def test_documents_may_be_json_or_json_text() -> None:
    parts = [["2026-01", "F", 1, 1, 0]]
    opened = series("x.jsonl", json.dumps(KEY | {"splits_json": parts, "extra_json": {"b": 1, "a": 2}}))
    as_text = series("x.jsonl", json.dumps(KEY | {"splits_json": document(parts), "extra_json": '{"b":1,"a":2}'}))
    assert opened == as_text == [ROW._replace(splits_json='[["2026-01","F",1,1,0]]', extra_json='{"a":2,"b":1}')]


@pytest.mark.parametrize("name", ["x.json", "x.txt", "jsonl"])
def test_another_kind_of_file_is_refused_at_once(name: str) -> None:
    if name == "jsonl":
        assert series(name, LINE) == [ROW]
        return
    with pytest.raises(InvalidRequestError, match="is no file of series rows"):
        FileSeriesReader().rows(stream(name, ""))


def test_a_file_in_no_known_encoding_is_refused() -> None:
    with pytest.raises(UnsupportedEncodingError):
        series("x.jsonl", b"\xff\xff")


def test_a_file_of_a_japanese_windows_is_read() -> None:
    data = f"{HEAD},item_name\ndet,week,2026-W01,S1,電動工具\n".encode("cp932")
    assert series("x.csv", data)[0].item_name == "電動工具"


def with_fields(**fields: object) -> str:
    return json.dumps(KEY | fields)


@pytest.mark.parametrize(
    ("line", "rule", "column"),
    [
        ("{", "json-syntax", None),
        ("[1]", "json-type", None),
        ("[" * 100_000, "json-depth", None),
        ('{"level": "det", "level": "det"}', "json-duplicate-key", "level"),
        (with_fields(colour=1), "unknown-column", "colour"),
        (json.dumps({"level": "det"}), "required", "time_bucket_type"),
        (with_fields(item_key=""), "text", "item_key"),
        (with_fields(item_key=5), "text", "item_key"),
        (with_fields(item_name="a\nb"), "text", "item_name"),
        (with_fields(item_key="x" * 201), "length", "item_key"),
        (with_fields(demand="5"), "number", "demand"),
        (with_fields(demand=True), "number", "demand"),
        (with_fields(demand=math.nan), "number", "demand"),
        (with_fields(demand=9007199254740993), "number", "demand"),
        (LINE[:-1] + ', "demand": 0.1234567890123456789}', "number", "demand"),
        (LINE[:-1] + ', "demand": 1e999}', "number", "demand"),
        (with_fields(cutover_flag=2), "number", "cutover_flag"),
        (with_fields(cutover_flag=[]), "number", "cutover_flag"),
        (with_fields(window_index=1.5), "number", "window_index"),
        (with_fields(window_index=2**53 + 1), "number", "window_index"),
        (with_fields(splits_json=5), "document", "splits_json"),
        (with_fields(splits_json=[["a", "b", 1]]), "document", "splits_json"),
        (with_fields(splits_json="["), "document", "splits_json"),
        (with_fields(extra_json=[]), "document", "extra_json"),
        (with_fields(extra_json={"a": math.inf}), "document", "extra_json"),
        (with_fields(extra_json={"a": "\ud800"}), "document", "extra_json"),
    ],
)
def test_a_line_of_json_that_breaks_a_rule_is_named(line: str, rule: str, column: str | None) -> None:
    assert places(series_problems("x.jsonl", f"{LINE}\n\n{line}\n")) == [(rule, "x.jsonl", 3, column)]


@pytest.mark.parametrize(
    ("header", "cells", "rule", "column"),
    [
        ("demand", "1e3", "number", "demand"),
        ("demand", "0.1234567890123456789", "number", "demand"),
        ("demand", "12345678901234567890", "number", "demand"),
        ("demand", "", "ragged-row", None),
        ("cutover_flag", "yes", "number", "cutover_flag"),
        ("window_index", "1.0", "number", "window_index"),
        ("extra_json", "{", "document", "extra_json"),
    ],
)
def test_a_line_of_csv_that_breaks_a_rule_is_named(header: str, cells: str, rule: str, column: str | None) -> None:
    comma = "," if cells else ""
    text = f"{HEAD},{header}\ndet,week,2026-W01,S1{comma}{cells}\n"
    assert places(series_problems("x.csv", text)) == [(rule, "x.csv", 2, column)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("empty-file", "x.csv", None, None)]),
        (f"{HEAD},colour\n", [("unknown-column", "x.csv", 1, "colour")]),
        (f"{HEAD},level\n", [("duplicate-column", "x.csv", 1, "level")]),
        ("level,time_bucket_type,item_key\n", [("missing-column", "x.csv", 1, "time_bucket_key")]),
        (f'{HEAD}\n"det,week\n', [("csv", "x.csv", 2, None)]),
        (f"{HEAD}\ndet,week,,S1\n", [("required", "x.csv", 2, "time_bucket_key")]),
    ],
)
def test_what_is_wrong_with_a_csv_file_is_named(text: str, expected: list[Place]) -> None:
    assert places(series_problems("x.csv", text)) == expected


def test_all_problems_are_counted_and_a_hundred_are_kept() -> None:
    with pytest.raises(ValidationError) as caught:
        series("x.jsonl", "{\n" * 250)
    assert caught.value.total == 250
    assert [problem.line for problem in caught.value.problems] == list(range(1, 101))


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series_rows, "LINE_LENGTH", 200)
    text = f"{LINE}\n" + LINE[:-1] + " " * 500
    assert places(series_problems("x.jsonl", text)) == [("length", "x.jsonl", 2, None)]
