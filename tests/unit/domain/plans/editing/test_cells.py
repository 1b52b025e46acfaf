from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.errors import InvalidRequestError
from planvault.domain.plans.editing.cells import EDITABLE, Cell, RowKey, field_name, parse_key, parse_row_key

codes = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters=",:="), min_size=1
)


@given(st.sampled_from(sorted(EDITABLE)), codes, codes, st.just("global") | codes, st.data())
def test_every_key_reads_back_as_what_it_names(
    level: str, bucket: str, item: str, place: str, data: st.DataObject
) -> None:
    row = RowKey(level, bucket, item, place)
    cell = row.cell(data.draw(st.sampled_from(EDITABLE[level])))
    assert parse_row_key(row.text) == row
    assert parse_key(cell.text) == cell
    assert cell.row == row


def test_keys_are_those_of_the_legacy_system() -> None:
    assert RowKey("aggregate", "2025-03", "F1").text == "agg:period=2025-03,family=F1"
    assert RowKey("det", "2025-W09", "SKU1").cell("demand").text == "det:week=2025-W09,sku=SKU1:field=demand"
    assert parse_key("det:week=W,sku=S,loc=L:field=supply_plan") == Cell("det", "W", "S", "L", "supply")
    assert field_name("det", "on_hand_start") == "inventory_open"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "agg",
        "agg:week=W,sku=S",
        "det:period=P,family=F",
        "mrp:week=W,item=I",
        "agg:period=,family=F",
        "agg:period=P",
    ],
)
def test_other_texts_are_no_keys(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="no key of a row"):
        parse_key(text)


def test_only_some_measures_can_be_edited() -> None:
    for level, name in (("aggregate", "inventory_open"), ("det", "prod_qty"), ("mrp", "demand")):
        with pytest.raises(InvalidRequestError, match="cannot be edited"):
            field_name(level, name)
    with pytest.raises(InvalidRequestError, match="names a cell"):
        parse_row_key("agg:period=P,family=F:field=demand")
