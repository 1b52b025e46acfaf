from __future__ import annotations

from typing import Any

import pytest

from planvault.domain.inputs.fields import CellError, Field, FieldKind
from planvault.domain.inputs.sections import SECTIONS, SECTIONS_BY_NAME, Section
from planvault.testing.builders import a_content

sections = pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
SAMPLE: dict[FieldKind, Any] = {
    FieldKind.TEXT: "x",
    FieldKind.NUMBER: 0.5,
    FieldKind.INTEGER: 1,
    FieldKind.DATE: "2026-11-20",
    FieldKind.DOCUMENT: "{}",
}
SELDOM_EMPTY = {"mix_shares": "share", "family_demands": "demand", "capacity_buckets": "capacity", "bom_links": "qty"}


def sample(field: Field) -> Any:
    return field.choices[0] if field.kind is FieldKind.CHOICE else SAMPLE[field.kind]


@sections
def test_fields_are_those_of_the_row_in_their_order(section: Section) -> None:
    names: tuple[str, ...] = section.row_type._fields  # type: ignore[attr-defined]
    assert tuple(field.name for field in section.fields) == names
    assert set(section.key) <= set(names)


@sections
def test_a_row_with_every_field_is_kept_as_it_is(section: Section) -> None:
    values = [sample(field) for field in section.fields]
    row = section.row(values)
    assert list(row) == values
    assert type(row) is section.row_type


@sections
def test_a_row_of_its_required_fields_takes_the_defaults_of_the_row_type(section: Section) -> None:
    row = section.row([sample(field) if field.required else None for field in section.fields])
    defaults: dict[str, Any] = section.row_type._field_defaults  # type: ignore[attr-defined]
    for field, value in zip(section.fields, row, strict=True):
        if not field.required:
            assert value == defaults.get(field.name, field.default)


@sections
def test_a_missing_required_field_is_named(section: Section) -> None:
    for position, field in enumerate(section.fields):
        if field.required:
            values = [sample(other) for other in section.fields]
            values[position] = None
            with pytest.raises(CellError) as caught:
                section.row(values)
            assert (caught.value.field, caught.value.rule) == (field.name, "required")


@sections
def test_a_key_field_that_may_be_left_out_is_empty_text_then(section: Section) -> None:
    optional = [field for field in section.fields if field.name in section.key and not field.required]
    assert [field.check(None) for field in optional] == [""] * len(optional)


@sections
def test_no_text_of_a_key_is_longer_than_160_characters(section: Section) -> None:
    free = [field for field in section.fields if field.name in section.key and field.kind is FieldKind.TEXT]
    for field in free:
        assert field.check("é" * 160) == "é" * 160
        with pytest.raises(CellError) as caught:
            field.check("é" * 161)
        assert (caught.value.field, caught.value.rule) == (field.name, "length")


@sections
def test_the_key_of_a_row_is_its_key_fields_in_order(section: Section) -> None:
    row = a_content().rows(section.name)[0]
    assert section.key_of()(row) == tuple(getattr(row, name) for name in section.key)


@pytest.mark.parametrize(("section", "field"), SELDOM_EMPTY.items())
def test_a_quantity_is_never_negative(section: str, field: str) -> None:
    (rule,) = [known for known in SECTIONS_BY_NAME[section].fields if known.name == field]
    assert rule.check(0) == 0.0
    with pytest.raises(CellError, match="below 0"):
        rule.check(-1)


def test_a_share_is_at_most_one_and_a_metric_may_be_negative() -> None:
    (share,) = [known for known in SECTIONS_BY_NAME["mix_shares"].fields if known.name == "share"]
    (value,) = [known for known in SECTIONS_BY_NAME["period_metrics"].fields if known.name == "value"]
    assert share.check(1) == 1.0
    with pytest.raises(CellError, match="above 1"):
        share.check(1.0001)
    assert value.check(-5) == -5.0


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        SECTIONS[0].row(["F1", "2026-01"])
