from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import pytest

from planvault.domain.inputs.fields import CELL_LENGTH, CellError, Field, FieldKind

TEXT = Field(name="item_name")
KEY = Field(name="item_code", required=True, max_length=200)
NUMBER = Field(name="qty", kind=FieldKind.NUMBER, minimum=0, maximum=10)
INTEGER = Field(name="sequence", kind=FieldKind.INTEGER, minimum=0, maximum=9999)
DATE = Field(name="due", kind=FieldKind.DATE)
CHOICE = Field(name="kind", kind=FieldKind.CHOICE, choices=("cost", "score"))
DOCUMENT = Field(name="attributes_json", kind=FieldKind.DOCUMENT, default="{}")


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        (TEXT, "ドリル\u3000大", "ドリル\u3000大"),
        (TEXT, "e\u0301", "é"),
        (TEXT, "x" * CELL_LENGTH, "x" * CELL_LENGTH),
        (KEY, "e\u0301" * 200, "é" * 200),
        (NUMBER, 0, 0.0),
        (NUMBER, -0.0, 0.0),
        (NUMBER, 10, 10.0),
        (INTEGER, 3.0, 3),
        (INTEGER, 9999, 9999),
        (DATE, "2026-11-20", "2026-11-20"),
        (DATE, date(2024, 2, 29), "2024-02-29"),
        (CHOICE, "score", "score"),
        (DOCUMENT, '{ "b": 1.0, "a": [] }', '{"a":[],"b":1}'),
        (DOCUMENT, {"a": None}, '{"a":null}'),
        (DOCUMENT, "", "{}"),
        (DOCUMENT, None, "{}"),
        (NUMBER, None, None),
        (TEXT, "", None),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_good_cell_is_kept(field: Field, value: Any, kept: Any) -> None:
    checked = field.check(value)
    assert (checked, type(checked)) == (kept, type(kept))


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        (Field(name="item_code", required=True), "", "required"),
        (Field(name="item_code", required=True), None, "required"),
        (TEXT, 7, "text"),
        (TEXT, "x" * (CELL_LENGTH + 1), "length"),
        (KEY, "é" * 201, "length"),
        (TEXT, "a\tb", "text"),
        (TEXT, "a\u202eb", "text"),
        (TEXT, "\ud800", "text"),
        (TEXT, " a", "text"),
        (TEXT, "a\u3000", "text"),
        (NUMBER, "7", "number"),
        (NUMBER, True, "number"),
        (NUMBER, math.nan, "number"),
        (NUMBER, math.inf, "number"),
        (NUMBER, 2**53 + 1, "number"),
        (NUMBER, -0.001, "range"),
        (NUMBER, 10.001, "range"),
        (INTEGER, 1.5, "number"),
        (INTEGER, -1, "range"),
        (INTEGER, 10_000, "range"),
        (DATE, "2026-11-31", "date"),
        (DATE, "2025-02-29", "date"),
        (DATE, "20261120", "date"),
        (DATE, "2026/11/20", "date"),
        (DATE, "2026-11-20T00:00:00", "date"),
        (DATE, "\uff12\uff10\uff12\uff16-11-20", "date"),
        (DATE, datetime(2026, 11, 20, 12, tzinfo=UTC), "date"),
        (DATE, 20261120, "text"),
        (CHOICE, "Score", "choice"),
        (CHOICE, "custom", "choice"),
        (DOCUMENT, "{", "document"),
        (DOCUMENT, "[1]", "document"),
        (DOCUMENT, "7", "document"),
        (DOCUMENT, '{"a": NaN}', "document"),
        (DOCUMENT, '{"a": 9007199254740993}', "document"),
        (DOCUMENT, '{"a": "\\ud800"}', "document"),
        (DOCUMENT, '{"a":' * 100_000, "document"),
        (DOCUMENT, '{"a":' * 101 + "1" + "}" * 101, "document"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_bad_cell_is_refused_by_the_name_of_its_rule(field: Field, value: Any, rule: str) -> None:
    with pytest.raises(CellError) as caught:
        field.check(value)
    assert (caught.value.rule, caught.value.field) == (rule, field.name)
    assert str(caught.value)


def test_a_refused_choice_lists_the_choices() -> None:
    with pytest.raises(CellError, match="none of cost, score"):
        CHOICE.check("x")
