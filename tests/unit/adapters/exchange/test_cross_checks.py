from __future__ import annotations

import pytest

from .builders import places, problems, read

DEMAND = "demand_family.csv"
MIX = "mix_share.csv"


@pytest.mark.parametrize("second", ["9", "5"])
def test_a_key_that_stands_twice_names_both_lines(second: str) -> None:
    text = f"family,period,demand\nF07,2025-03,9\nF08,2025-03,1\nF07,2025-03,{second}\n"
    (found,) = problems({DEMAND: text})
    assert places([found]) == [("duplicate-key", DEMAND, 4, None)]
    assert found.message == "F07 2025-03 stands twice (first in line 2)"


def test_a_key_that_stands_thrice_names_the_first_line_each_time() -> None:
    found = problems({DEMAND: "family,period,demand\n" + "F,P,1\n" * 3})
    assert [(problem.line, problem.message) for problem in found] == [
        (3, "F P stands twice (first in line 2)"),
        (4, "F P stands twice (first in line 2)"),
    ]


def test_decomposed_and_composed_letters_are_one_key() -> None:
    text = "family,period,demand\nM\u00f6bel,P,1\nMo\u0308bel,P,1\n"
    assert places(problems({DEMAND: text})) == [("duplicate-key", DEMAND, 3, None)]


def test_a_key_given_by_two_files_names_the_other_file() -> None:
    (found,) = problems(
        {
            "period_cost.csv": "period,cost\n2026-01,1\n",
            "period_metric.csv": "metric_code,period,value\ncustom,2026-01,1\ncost,2026-01,2\n",
        }
    )
    assert places([found]) == [("duplicate-key", "period_metric.csv", 3, None)]
    assert found.message == "cost 2026-01 stands twice (first in line 2 of period_cost.csv)"


def test_a_key_is_compared_even_where_another_cell_of_its_line_is_bad() -> None:
    found = problems({DEMAND: "family,period,demand\nF,P,1\nF,P,x\n"})
    assert places(found) == [("number", DEMAND, 3, "demand"), ("duplicate-key", DEMAND, 3, None)]


def test_two_orders_of_an_item_on_a_day_differ_by_their_order_id() -> None:
    text = "item,due,qty,po_id\nI,2026-01-10,1,A\nI,2026-01-10,1,B\n"
    assert len(read({"open_po.csv": text}).content.rows("inbound_orders")) == 2


def test_shares_that_do_not_add_up_are_named_with_their_sum() -> None:
    (found,) = problems({MIX: "family,sku,share\nF03,A,0.5\nF04,C,1\nF03,B,0.47\n"})
    assert places([found]) == [("share-sum", MIX, 4, "share")]
    assert found.message == "shares of family F03 add up to 0.97, not 1"


def test_shares_add_up_within_a_millionth() -> None:
    read({MIX: "family,sku,share\nF,A,0.3333333\nF,B,0.3333333\nF,C,0.3333333\n"})
    assert problems({MIX: "family,sku,share\nF,A,0.333333\nF,B,0.333333\nF,C,0.333332\n"})


def test_shares_add_up_from_each_date_on() -> None:
    head = "family,sku,share,effective_from\n"
    read({MIX: head + "F,A,1,\nF,A,0.4,2026-07-01\nF,B,0.6,2026-07-01\n"})
    (found,) = problems({MIX: head + "F,A,1,\nF,A,0.4,2026-07-01\n"})
    assert found.message == "shares of family F from 2026-07-01 add up to 0.4, not 1"


def test_shares_are_not_added_up_while_one_of_them_cannot_be_read() -> None:
    found = problems({MIX: "family,sku,share\nF,A,0.5\nF,B,half\n"})
    assert [problem.rule for problem in found] == ["number"]


def test_a_bill_of_materials_without_circles_passes_however_it_is_ordered() -> None:
    text = "parent,child,qty\nB,C,1\nA,C,1\nA,B,2\n"
    assert len(read({"bom.csv": text}).content.rows("bom_links")) == 3


def test_a_circle_in_the_bill_of_materials_is_named() -> None:
    (found,) = problems({"bom.csv": "parent,child,qty\nX,A,1\nA,B,1\nB,C,1\nC,A,1\nC,D,1\n"})
    assert places([found]) == [("bom-circle", "bom.csv", 5, None)]
    assert found.message == "goes round in a circle: A > B > C > A"


def test_an_item_made_of_itself_is_a_circle() -> None:
    (found,) = problems({"bom.csv": "parent,child,qty\nA,A,1\n"})
    assert found.message == "goes round in a circle: A > A"


def test_a_deep_bill_of_materials_is_walked_without_recursion() -> None:
    links = "".join(f"I{level},I{level + 1},1\n" for level in range(5000))
    assert len(read({"bom.csv": "parent,child,qty\n" + links}).content.rows("bom_links")) == 5000
    (found,) = problems({"bom.csv": f"parent,child,qty\n{links}I5000,I0,1\n"})
    assert found.line == 5002


def test_a_bill_of_materials_whose_parts_are_shared_is_walked_once() -> None:
    links = "".join(f"I{level}{side},I{level + 1}{other},1\n" for level in range(60) for side in "ab" for other in "ab")
    assert len(read({"bom.csv": "parent,child,qty\n" + links}).content.rows("bom_links")) == 240


def test_lines_are_told_right_after_a_line_that_was_refused() -> None:
    found = problems({DEMAND: "family,period,demand\nF\nA,P,1\nB,P,1\nA,P,2\n"})
    assert places(found) == [("ragged-row", DEMAND, 2, None), ("duplicate-key", DEMAND, 5, None)]
    assert found[1].message == "A P stands twice (first in line 3)"
