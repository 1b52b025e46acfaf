from __future__ import annotations

import math
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.errors import InvalidRequestError
from planvault.domain.plans.series import (
    DOCUMENT_COLUMNS,
    FIRST_DOCUMENT,
    FIRST_MEASURE,
    FIRST_NUMBER,
    FLAG_COLUMNS,
    KEY_LENGTH,
    MEASURES,
    TEXT_COLUMNS,
    SeriesRow,
    Split,
    check_measures,
    check_order,
    series_row,
)
from planvault.testing.builders import det_rows

KEY = {"level": "det", "time_bucket_type": "week", "time_bucket_key": "2026-W01", "item_key": "SKU1"}


def nested(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels):
        value = {"a": value}
    return value


finite_floats = st.floats(allow_nan=False, allow_infinity=False)


def test_the_columns_stand_where_the_bulk_paths_look_for_them() -> None:
    assert SeriesRow._fields == (*TEXT_COLUMNS, *FLAG_COLUMNS, *MEASURES, *DOCUMENT_COLUMNS)
    assert SeriesRow._fields[FIRST_NUMBER] == "cutover_flag"
    assert SeriesRow._fields[FIRST_MEASURE:FIRST_DOCUMENT] == MEASURES
    assert SeriesRow._fields[:KEY_LENGTH] == TEXT_COLUMNS[:KEY_LENGTH]


def test_a_row_of_its_key_alone_has_no_measures_and_stands_at_no_particular_place() -> None:
    row = series_row(KEY)
    assert row.key == ("det", "week", "2026-W01", "SKU1", "global")
    assert {getattr(row, name) for name in MEASURES} == {None}
    assert (row.cutover_flag, row.window_index, row.splits, row.extra) == (0, None, (), {})


@given(st.dictionaries(st.sampled_from(MEASURES), st.none() | finite_floats))
def test_measures_are_kept_to_the_bit_and_null_stays_null(measures: dict[str, float | None]) -> None:
    row = series_row(KEY | measures)
    for name in MEASURES:
        assert getattr(row, name) == measures.get(name)


def test_texts_become_nfc_numbers_become_floats_and_documents_become_canonical() -> None:
    row = series_row(
        KEY
        | {"item_name": "e\u0301", "demand": 3, "supply": -0.0, "extra_json": {"b": 1.0, "a": None}, "cutover_flag": 1}
    )
    assert row.item_name == "é"
    assert (type(row.demand), math.copysign(1.0, row.supply or 0.0)) == (float, 1.0)
    assert (row.extra_json, row.cutover_flag) == ('{"a":null,"b":1}', 1)


def test_splits_are_kept_in_key_order_however_they_are_given() -> None:
    parts: list[Any] = [
        ["2026-02", "F1", 1, 1, 0],
        {"backlog": 0, "supply": 2, "demand": 2, "family": "F2", "period": "2026-01"},
        Split("2026-01", "F1", 3.5, 3.0, 0.5),
    ]
    text = '[["2026-01","F1",3.5,3,0.5],["2026-01","F2",2,2,0],["2026-02","F1",1,1,0]]'
    assert series_row(KEY | {"splits_json": parts}).splits_json == text
    assert series_row(KEY | {"splits_json": parts[::-1]}).splits_json == text
    assert series_row(KEY | {"splits_json": text}).splits[0] == Split("2026-01", "F1", 3.5, 3.0, 0.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("item_key", ""),
        ("item_key", None),
        ("item_key", 7),
        ("location_key", ""),
        ("location_key", None),
        ("item_name", ""),
        ("item_name", "a\nb"),
        ("item_key", "a\u202eb"),
        *[(name, "x" * 201) for name in TEXT_COLUMNS[:KEY_LENGTH]],
        ("demand", 10**5000),
        ("region_key", "\ud800"),
        *[(name, bad) for name in MEASURES for bad in (math.nan, math.inf)],
        ("demand", "1"),
        ("demand", True),
        ("demand", 2**53 + 1),
        ("cutover_flag", 2),
        ("cutover_flag", None),
        ("cutover_flag", 1.0),
        ("window_index", 1.5),
        ("window_index", True),
        ("window_index", 2**53 + 1),
        ("extra_json", "[]"),
        ("extra_json", "{"),
        ("extra_json", {"a": math.nan}),
        ("extra_json", {1: 2}),
        ("extra_json", "[" * 100_000),
        ("extra_json", nested(100_000)),
        ("splits_json", nested(100_000)),
        ("splits_json", {}),
        ("splits_json", [["2026-01", "F1", 1, 1]]),
        ("splits_json", [["2026-01", "F1", 1, 1, math.nan]]),
        ("splits_json", [["2026-01", "F1", 1, 1, None]]),
        ("splits_json", [{"period": "2026-01", "family": "F1", "demand": 1, "supply": 1}]),
        ("splits_json", [{"period": "x", "family": "F1", "demand": 1, "supply": 1, "backlog": 0, "more": 1}]),
        ("splits_json", [7]),
    ],
    ids=lambda value: ascii(value)[:40] if isinstance(value, str | float) else type(value).__name__,
)
def test_a_field_that_breaks_its_rule_is_named(name: str, value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{name}: ") as caught:
        series_row(KEY | {name: value})
    assert caught.value.params == {"field": name}


@pytest.mark.parametrize("name", TEXT_COLUMNS)
def test_a_key_has_at_most_160_characters_and_any_other_text_as_many_as_it_needs(name: str) -> None:
    long = ("e\u0301" if name in TEXT_COLUMNS[:KEY_LENGTH] else "éé") * 160
    assert getattr(series_row(KEY | {name: long}), name) == unicodedata.normalize("NFC", long)


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(InvalidRequestError, match="no field colour"):
        series_row(KEY | {"colour": "red"})


@pytest.mark.parametrize("name", KEY)
def test_a_missing_key_field_is_named(name: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"needs its {name}"):
        series_row({known: value for known, value in KEY.items() if known != name})


def test_a_row_opened_is_a_row_again() -> None:
    for row in det_rows(5):
        assert series_row(row.as_fields()) == row


def test_rising_keys_pass_across_batches() -> None:
    rows = det_rows(10)
    last = check_order(None, rows[:4])
    assert last == rows[3].key
    assert check_order(last, []) == last
    assert check_order(last, rows[4:]) == rows[9].key


@given(st.integers(0, 9), st.integers(1, 9))
def test_a_key_that_stands_twice_is_named_wherever_a_batch_ends(index: int, cut: int) -> None:
    rows = det_rows(10)
    rows.insert(index, rows[index])
    with pytest.raises(InvalidRequestError, match=f"{' '.join(rows[index].key)} stands twice"):
        check_order(check_order(None, rows[:cut]), rows[cut:])


@given(st.integers(1, 9), st.integers(1, 9))
def test_a_key_out_of_order_is_named_wherever_a_batch_ends(index: int, cut: int) -> None:
    rows = det_rows(10)
    rows[index - 1], rows[index] = rows[index], rows[index - 1]
    with pytest.raises(InvalidRequestError, match=f"{' '.join(rows[index].key)} is out of key order"):
        check_order(check_order(None, rows[:cut]), rows[cut:])


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_measure_that_is_not_finite_is_named_with_its_row(name: str, value: float) -> None:
    rows = det_rows(3)
    check_measures(rows)
    changes: dict[str, Any] = {name: value}
    rows[1] = rows[1]._replace(**changes)
    with pytest.raises(InvalidRequestError, match=f"^{name} of {' '.join(rows[1].key)} is not a finite number"):
        check_measures(rows)
