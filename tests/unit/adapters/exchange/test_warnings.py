from __future__ import annotations

import pytest

from planvault.adapters.exchange.input_reader import FileInputReader

from .builders import read

DEMAND = {"demand_family.csv": "family,period,demand\nF,2026-01,1\n"}
CAPACITY = {"capacity.csv": "workcenter,period,capacity\nW,2026-01,1\n"}
MIX = {"mix_share.csv": "family,sku,share\nF,S,1\n"}
ITEM = {"item.csv": "item,lt,lot,moq\nS,1,1,0\n"}
CALENDAR = {
    "planning_calendar.json": '{"periods": [{"period": "2026-01", "start_date": "2026-01-01", '
    '"end_date": "2026-01-31", "weeks": [{"week_code": "W1", "sequence": 1}]}]}'
}
SOUND = {**DEMAND, **CAPACITY, **MIX, **ITEM, **CALENDAR}


def test_a_set_whose_parts_know_each_other_has_no_warning() -> None:
    assert read({**SOUND, "open_po.csv": "item,due,qty\nS,2026-01-31,1\nS,W1,1\nS,2026-01,1\n"}).warnings == ()


@pytest.mark.parametrize(
    ("files", "rule", "place", "column"),
    [
        ({**DEMAND, **CAPACITY}, "family-without-shares", "demand_family.csv:2", "family"),
        ({**MIX}, "family-without-demand", "mix_share.csv:2", "family"),
        (
            {**SOUND, "item.csv": "item,lt,lot,moq\nX,1,1,0\n"},
            "item-without-row",
            "mix_share.csv:2",
            "sku",
        ),
        ({**ITEM, "bom.csv": "parent,child,qty\nS,C,1\n"}, "item-without-row", "bom.csv:2", "child"),
        ({"inventory.csv": "item,loc,qty\nI,L,1\n"}, "stray-item", "inventory.csv:2", "item"),
        ({"open_po.csv": "item,due,qty\nI,2026-01-02,1\n"}, "stray-item", "open_po.csv:2", "item"),
        (
            {**SOUND, "period_cost.csv": "period,cost\n2026-01,1\n2026-02,1\n"},
            "period-not-in-calendar",
            "period_cost.csv:3",
            "period",
        ),
        ({**SOUND, "open_po.csv": "item,due,qty\nS,2026-02-01,1\n"}, "due-outside-calendar", "open_po.csv:2", "due"),
        ({**DEMAND, **MIX}, "period-without-capacity", "demand_family.csv:2", "period"),
    ],
)
def test_what_is_odd_between_rows_is_a_warning(
    files: dict[str, str | bytes], rule: str, place: str, column: str
) -> None:
    (warning,) = read(files).warnings
    assert (warning.rule, warning.place, warning.column, warning.severity) == (rule, place, column, "warning")


def test_the_first_hundred_warnings_are_given_and_all_are_counted() -> None:
    lines = "".join(f"I{index},L,1\n" for index in range(250))
    found = read({"inventory.csv": f"item,loc,qty\n{lines}"})
    assert (len(found.warnings), found.warning_count) == (100, 250)


def test_the_tolerance_of_shares_can_be_set() -> None:
    found = read({"mix_share.csv": "family,sku,share\nF,A,0.5\nF,B,0.45\n"}, FileInputReader(share_tolerance=0.1))
    assert found.content.row_counts == {"mix_shares": 2}


@pytest.mark.parametrize(("cell", "kept"), [("'=F", "=F"), ("''+F", "'+F"), ("'F", "'F"), ("'\uff0dF", "\uff0dF")])
def test_a_guarded_text_loses_one_apostrophe(cell: str, kept: str) -> None:
    (row,) = read({"demand_family.csv": f"family,period,demand\n{cell},P,1\n"}).content.rows("family_demands")
    assert row.family_code == kept


def test_a_long_number_is_read_if_it_is_what_an_export_writes() -> None:
    text = "period,cost\nA,100000000000000000000000\nB,-0.000000000000000000012345\n"
    costs = read({"period_cost.csv": text}).content.rows("period_metrics")
    assert [row.value for row in costs] == [1e23, -1.2345e-20]
