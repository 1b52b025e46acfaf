from __future__ import annotations

import hashlib
import random
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.errors import InvalidRequestError
from planvault.domain.inputs.content import InputContent, parameter_rows
from planvault.domain.inputs.rows import CapacityBucket, FamilyDemand, InventorySnapshot, Parameter, PeriodMetric
from planvault.domain.inputs.sections import SECTIONS, SECTIONS_BY_NAME, InputRow
from planvault.testing.builders import a_content

KNOWN = "3fcf3a166e6c21367d87c56416b15cc019ff364e8f62da6c8cf392f6f4a1be6a"
EMPTY = "003ebd37986b0b5017ca6eae9373348a97713a1e9121276f4c2156ab82411ee8"
ORDER = [
    "family_demands",
    "capacity_buckets",
    "mix_shares",
    "inventory_snapshots",
    "inbound_orders",
    "period_metrics",
    "items",
    "bom_links",
    "calendar_weeks",
    "parameters",
]


def text(value: str | None) -> bytes:
    return b"\xff" * 4 if value is None else struct.pack(">I", len(value.encode())) + value.encode()


def number(value: float | None) -> bytes:
    return bytes.fromhex("7ff8000000000000") if value is None else struct.pack(">d", value)


def hashed(rows: dict[str, list[bytes]]) -> str:
    parts = [text(name) + number(len(rows.get(name, []))) + b"".join(rows.get(name, [])) for name in ORDER]
    return hashlib.sha256(b"planvault input content 1\0" + b"".join(parts)).hexdigest()


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if value is None:
        return "x"
    if isinstance(value, str):
        return f"{value}x"
    return value + 1


def rows_of(content: InputContent) -> dict[str, list[InputRow]]:
    return {name: list(rows) for name, rows in content.sections.items()}


def test_the_hash_of_a_known_content_is_the_one_an_independent_program_computes() -> None:
    content = InputContent.of(
        {
            "period_metrics": [PeriodMetric("cost", "2026-01", -1.5, "EUR", None, '{"note":"é"}')],
            "family_demands": [FamilyDemand("F2", "2026-01", 0.1), FamilyDemand("F1", "2026-02", 7, "legacy", 0.0)],
        }
    )
    expected = hashed(
        {
            "family_demands": [
                text("F1") + text("2026-02") + number(7.0) + text("legacy") + number(0.0) + text("{}"),
                text("F2") + text("2026-01") + number(0.1) + text("canonical") + number(None) + text("{}"),
            ],
            "period_metrics": [
                text("cost") + text("2026-01") + number(-1.5) + text("EUR") + text(None) + text('{"note":"é"}')
            ],
        }
    )
    assert content.content_hash == expected == KNOWN


def test_the_hash_of_nothing_covers_every_section() -> None:
    assert [section.name for section in SECTIONS] == ORDER
    assert InputContent.of({}).content_hash == hashed({}) == EMPTY
    assert InputContent.of({"items": []}).content_hash == EMPTY


@given(st.integers(0, 2**32))
def test_the_same_rows_in_any_order_have_the_same_hash(seed: int) -> None:
    shuffled = random.Random(seed)
    rows = rows_of(a_content())
    names = list(rows)
    shuffled.shuffle(names)
    for name in names:
        shuffled.shuffle(rows[name])
    assert InputContent.of({name: iter(rows[name]) for name in names}) == a_content()


CELLS = [(section.name, position) for section in SECTIONS for position in range(len(section.fields))]


@pytest.mark.parametrize(("section", "position"), CELLS, ids=str)
def test_one_changed_cell_gives_another_hash(section: str, position: int) -> None:
    content = a_content()
    for index in range(len(content.rows(section))):
        rows = rows_of(content)
        row = list(rows[section][index])
        field = SECTIONS_BY_NAME[section].fields[position]
        numeric = field.kind in {"number", "integer"}
        row[position] = 1.0 if row[position] is None and numeric else other(row[position])
        rows[section][index] = SECTIONS_BY_NAME[section].row_type(*row)
        assert InputContent.of(rows).content_hash != content.content_hash


@given(st.sampled_from(SECTIONS), st.integers(0, 1))
def test_one_row_less_gives_another_hash(section: Any, index: int) -> None:
    rows = rows_of(a_content())
    del rows[section.name][min(index, len(rows[section.name]) - 1)]
    assert InputContent.of(rows).content_hash != a_content().content_hash


def test_null_zero_and_empty_are_three_contents() -> None:
    stock = [InventorySnapshot("WH", "A", 1.0, safety_stock=value) for value in (None, 0.0)]
    bucket = [CapacityBucket("WC", "2026-01", 1.0, calendar_code=value) for value in (None, "")]
    hashes = {InputContent.of({"inventory_snapshots": [row]}).content_hash for row in stock}
    hashes |= {InputContent.of({"capacity_buckets": [row]}).content_hash for row in bucket}
    assert len(hashes) == 4


def test_minus_zero_and_integers_are_the_numbers_they_equal() -> None:
    hashes = {InputContent.of({"bom_links": [("A", "B", qty, "{}")]}).content_hash for qty in (0, 0.0, -0.0)}
    assert len(hashes) == 1


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_a_key_that_stands_twice_is_named(section: Any) -> None:
    rows = rows_of(a_content())
    twice = rows[section.name][0]
    rows[section.name].append(twice)
    with pytest.raises(InvalidRequestError, match=f"stands twice in {section.name}") as caught:
        InputContent.of(rows)
    assert caught.value.params == {"section": section.name}
    assert str(section.key_of()(twice)[0]) in str(caught.value)


def test_a_key_that_differs_in_a_measure_only_stands_twice_as_well() -> None:
    with pytest.raises(InvalidRequestError, match="F1 2026-01 stands twice in family_demands"):
        InputContent.of({"family_demands": [FamilyDemand("F1", "2026-01", 1.0), FamilyDemand("F1", "2026-01", 2.0)]})


def test_an_unknown_section_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="no section weather"):
        InputContent.of({"weather": []})


def test_a_content_answers_for_its_rows() -> None:
    content = a_content()
    assert list(content.row_counts) == ORDER
    assert content.row_counts["family_demands"] == 2
    assert content.total("family_demands", "demand") == 220.0
    assert content.parameters("planning") == {"lt_unit": "day"}
    assert content.parameters("metadata") == {}
    assert InputContent.of({}).rows("items") == ()


def test_a_total_loses_nothing_to_the_order_of_rows() -> None:
    demands = [FamilyDemand(f"F{index}", "2026-01", qty) for index, qty in enumerate((1e16, 1.0, 1.0))]
    assert InputContent.of({"family_demands": demands}).total("family_demands", "demand") == 1e16 + 2


def test_parameters_are_kept_as_canonical_json() -> None:
    assert parameter_rows("planning", {"b": {"y": 1.0, "x": None}}) == [
        Parameter("planning", "b", '{"x":null,"y":1}'),
    ]
