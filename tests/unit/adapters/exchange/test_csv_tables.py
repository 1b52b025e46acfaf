from __future__ import annotations

import pytest

from planvault.adapters.exchange import csv_tables
from planvault.adapters.exchange.input_reader import FileInputReader
from planvault.adapters.exchange.limits import ImportLimits
from planvault.domain.errors import TooLargeError
from planvault.domain.inputs.rows import (
    CapacityBucket,
    FamilyDemand,
    InboundOrder,
    InventorySnapshot,
    Item,
    MixShare,
    PeriodMetric,
)

from .builders import places, problems, read

DEMAND = "demand_family.csv"
HEAD = "family,period,demand\n"


def test_a_line_becomes_a_row_with_the_defaults_of_absent_columns() -> None:
    content = read({DEMAND: HEAD + "F1,2026-01,12.5\n"}).content
    assert content.rows("family_demands") == (FamilyDemand("F1", "2026-01", 12.5),)


def test_columns_may_stand_in_any_order_and_carry_every_field() -> None:
    text = (
        'attributes,source_type,tolerance_abs,demand,period,family\n"{""b"": 1, ""a"": []}",override,0.5,7,2026-02,F2\n'
    )
    content = read({DEMAND: text}).content
    assert content.rows("family_demands") == (FamilyDemand("F2", "2026-02", 7.0, "override", 0.5, '{"a":[],"b":1}'),)


def test_legacy_aliases_name_the_same_columns() -> None:
    content = read(
        {
            "capacity.csv": "resource_code,period,capacity,resource_type\nR1,2026-01,5,supplier\n",
            "mix_share.csv": "family_code,sku_code,share,effective_from\nF1,S1,1,2026-03-01\n",
            "inventory.csv": "node_code,item_code,initial_qty,reorder_point\nN1,I1,3,\n",
            "open_po.csv": "item_code,due_date,qty,po_id,source_node\nI1,2026-01-10,4,P1,S\n",
            "period_metric.csv": "metric_code,period,value,unit,source\ncustom,2026-01,-3,h,erp\n",
            "item.csv": "item_code,lead_time,lot_size,min_order_qty,item_name\nI1,7,,2,A name\n",
        }
    ).content
    assert content.rows("capacity_buckets") == (CapacityBucket("R1", "2026-01", 5.0, "supplier"),)
    assert content.rows("mix_shares") == (MixShare("F1", "S1", "2026-03-01", 1.0),)
    assert content.rows("inventory_snapshots") == (InventorySnapshot("N1", "I1", 3.0),)
    assert content.rows("inbound_orders") == (InboundOrder("I1", "2026-01-10", "P1", "S", "", 4.0),)
    assert content.rows("period_metrics") == (PeriodMetric("custom", "2026-01", -3.0, "h", "erp"),)
    assert content.rows("items") == (Item("I1", 7.0, 1.0, 2.0, "A name"),)


def test_costs_and_scores_are_period_metrics() -> None:
    content = read(
        {"period_cost.csv": "period,cost\n2026-01,9\n", "period_score.csv": "period,score\n2026-01,0.5\n"}
    ).content
    assert content.rows("period_metrics") == (
        PeriodMetric("cost", "2026-01", 9.0),
        PeriodMetric("score", "2026-01", 0.5),
    )


def test_a_header_without_lines_is_an_empty_section() -> None:
    result = read({DEMAND: HEAD})
    assert result.content.rows("family_demands") == ()
    assert result.files[0].row_count == 0


@pytest.mark.parametrize("text", ["", "\n\n", "  \n"])
def test_a_file_without_a_header_is_refused(text: str) -> None:
    found = problems({DEMAND: text})
    assert places(found) == [("empty-file", DEMAND, None, None)]
    assert "family,period,demand" in found[0].message


def test_an_unknown_column_is_named_with_the_one_that_was_meant() -> None:
    found = problems({DEMAND: "family,period,demand,atributes\n"})
    assert places(found) == [("unknown-column", DEMAND, 1, "atributes")]
    assert "did you mean attributes?" in found[0].message


def test_a_missing_column_is_named_with_the_expected_header() -> None:
    found = problems({DEMAND: "family,demand\nF1,1\n"})
    assert places(found) == [("missing-column", DEMAND, 1, "period")]
    assert "expected family,period,demand" in found[0].message


@pytest.mark.parametrize(
    ("header", "column"),
    [("family,period,demand,demand", "demand"), ("family,family_code,period,demand", "family_code")],
)
def test_a_column_that_stands_twice_is_named(header: str, column: str) -> None:
    assert places(problems({DEMAND: header + "\n"})) == [("duplicate-column", DEMAND, 1, column)]


@pytest.mark.parametrize(
    "header", ["\uff46amily,period,demand", "\ufeff\ufefffamily,period,demand", " family,period,demand"]
)
def test_a_header_that_only_looks_right_is_refused(header: str) -> None:
    found = problems({DEMAND: header + "\nF1,2026-01,1\n"})
    assert [problem.rule for problem in found] == ["unknown-column", "missing-column"]


def test_semicolons_are_refused_with_a_hint() -> None:
    found = problems({DEMAND: "family;period;demand\nF1;2026-01;1\n"})
    assert "part columns by commas" in found[0].message


def test_the_line_of_a_header_after_blank_lines_is_told() -> None:
    assert places(problems({DEMAND: "\n\nfamily,period,x,demand\n"})) == [("unknown-column", DEMAND, 3, "x")]


def test_more_columns_than_the_limit_are_refused() -> None:
    header = ",".join(f"c{index}" for index in range(65))
    assert ("too-many-columns", DEMAND, 1, None) in places(problems({DEMAND: header + "\n"}))


@pytest.mark.parametrize(("line", "count"), [("F1,2026-01", 2), ("F1,2026-01,1,", 4)])
def test_a_ragged_line_is_refused(line: str, count: int) -> None:
    found = problems({DEMAND: f"{HEAD}F0,2026-01,1\n{line}\n"})
    assert places(found) == [("ragged-row", DEMAND, 3, None)]
    assert found[0].message == f"has {count} cells, but the header has 3"


def test_lines_that_are_all_ragged_alike_are_refused_too() -> None:
    assert [problem.line for problem in problems({DEMAND: HEAD + "F1,1\nF2,2\n"})] == [2, 3]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ('"1,200"', "a comma?"),
        ("\uff11\uff12\uff13", "full-width"),
        ("1e3", "exponent"),
        ("12O0", "letter O"),
        ("nan", "finite"),
        ("▲100", "is not a number"),
        ("令和8年", "is not a number"),
        (" 1", "is not a number"),
        ("1_000", "is not a number"),
        ("0.123456789012345678", "significant digits"),
        ("90071992547409930000", "2^53"),
    ],
)
def test_a_cell_that_is_no_number_is_named_with_the_reason(cell: str, reason: str) -> None:
    found = problems({DEMAND: f"{HEAD}F1,2026-01,1\nF2,2026-01,{cell}\n"})
    assert places(found) == [("number", DEMAND, 3, "demand")]
    assert found[0].value == cell.strip('"')
    assert reason in found[0].message


@pytest.mark.parametrize("cell", ["-1", "-0.5"])
def test_a_number_below_its_range_is_refused(cell: str) -> None:
    assert places(problems({DEMAND: f"{HEAD}F1,2026-01,{cell}\n"})) == [("range", DEMAND, 2, "demand")]


def test_a_share_above_one_is_refused() -> None:
    found = problems({"mix_share.csv": "family,sku,share\nF1,S1,1.5\n"})
    assert places(found) == [("range", "mix_share.csv", 2, "share")]


@pytest.mark.parametrize(("cell", "number"), [("+7", 7.0), (".5", 0.5), ("-0", 0.0), ("007", 7.0), ("2.", 2.0)])
def test_plain_numbers_are_read_however_they_are_written(cell: str, number: float) -> None:
    (row,) = read({DEMAND: f"{HEAD}F1,2026-01,{cell}\n"}).content.rows("family_demands")
    assert str(row.demand) == str(number)


@pytest.mark.parametrize(("line", "column"), [(",2026-01,1", "family"), ("F1,,1", "period"), ("F1,2026-01,", "demand")])
def test_an_empty_cell_that_needs_a_value_is_refused_never_skipped(line: str, column: str) -> None:
    assert places(problems({DEMAND: f"{HEAD}{line}\n"})) == [("required", DEMAND, 2, column)]


def test_a_line_of_commas_is_no_blank_line() -> None:
    assert [problem.rule for problem in problems({DEMAND: HEAD + ",,\n"})] == ["required"] * 3


def test_blank_lines_are_skipped_and_counted() -> None:
    found = problems({DEMAND: HEAD + "\nF1,2026-01,1\n\n   \nF2,2026-01,x\n"})
    assert places(found) == [("number", DEMAND, 6, "demand")]


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        (DEMAND, HEAD + " F1,2026-01,1\n", ("text", DEMAND, 2, "family")),
        (DEMAND, HEAD + 'F1,"2026\n-01",1\n', ("text", DEMAND, 2, "period")),
        (DEMAND, HEAD + f"{'F' * 4097},2026-01,1\n", ("length", DEMAND, 2, "family")),
        (DEMAND, "family,period,demand,source_type\nF,P,1,guess\n", ("choice", DEMAND, 2, "source_type")),
        (DEMAND, "family,period,demand,attributes\nF,P,1,[]\n", ("document", DEMAND, 2, "attributes")),
        (
            DEMAND,
            'family,period,demand,attributes\nF,P,1,"{""a"":""\\ud800""}"\n',
            ("document", DEMAND, 2, "attributes"),
        ),
        (
            "mix_share.csv",
            "family,sku,share,effective_from\nF,S,1,2026/11/20\n",
            ("date", "mix_share.csv", 2, "effective_from"),
        ),
        (
            "mix_share.csv",
            "family,sku,share,effective_to\nF,S,1,2026-02-30\n",
            ("date", "mix_share.csv", 2, "effective_to"),
        ),
        ("period_metric.csv", "metric_code,period,value\nfun,P,1\n", ("choice", "period_metric.csv", 2, "metric_code")),
    ],
)
def test_a_cell_that_breaks_its_rule_is_named(name: str, text: str, place: tuple[str, str, int, str]) -> None:
    assert places(problems({name: text})) == [place]


def test_every_cell_of_a_line_is_checked() -> None:
    found = problems({DEMAND: HEAD + ",,x\n"})
    assert [problem.column for problem in found] == ["family", "period", "demand"]


def test_the_cell_is_shown_cut_to_eighty_characters() -> None:
    found = problems({DEMAND: f"{HEAD}F1,2026-01,{'9' * 5000}\n"})
    assert found[0].value == "9" * 80
    assert found[0].rule == "length"


def test_a_quote_that_never_closes_is_refused_with_the_line_it_opens_in() -> None:
    found = problems({DEMAND: HEAD + 'F1,2026-01,1\nF2,"2026-01,2\nF3,2026-01,3\n'})
    assert places(found) == [("csv", DEMAND, 3, None)]
    assert "never closed" in found[0].message


def test_a_cell_beyond_the_parsers_limit_is_a_problem_not_a_crash() -> None:
    found = problems({DEMAND: HEAD + 'F1,2026-01,"' + "x\n" * 70_000})
    assert places(found) == [("csv", DEMAND, 2, None)]


def test_text_after_a_closing_quote_is_refused() -> None:
    assert places(problems({DEMAND: HEAD + '"F1"x,2026-01,1\n'})) == [("csv", DEMAND, 2, None)]


def test_lines_after_a_cell_with_line_ends_keep_their_numbers() -> None:
    text = 'family,period,demand,attributes\nF1,P,1,"{\n}"\nF2,P,x,\n'
    assert places(problems({DEMAND: text})) == [("number", DEMAND, 4, "demand")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_any_system_ends_them(end: str) -> None:
    rows = read({DEMAND: f"family,period,demand{end}F1,2026-01,1{end}F2,2026-01,2{end}"}).content
    assert rows.total("family_demands", "demand") == 3


def test_one_bad_cell_among_thousands_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_tables, "CHUNK", 64)
    lines = [f"F{index},2026-01,{index}" for index in range(1000)]
    lines[700] = "F700,2026-01,7OO"
    found = problems({DEMAND: HEAD + "\n".join(lines) + "\n"})
    assert places(found) == [("number", DEMAND, 702, "demand")]


def test_rows_beyond_the_limit_are_refused() -> None:
    reader = FileInputReader(limits=ImportLimits(rows=2))
    with pytest.raises(TooLargeError, match=r"demand_family\.csv has more than 2 rows"):
        read({DEMAND: HEAD + "A,P,1\nB,P,1\nC,P,1\n"}, reader)


def test_a_formula_is_data() -> None:
    (row,) = read({DEMAND: HEAD + '"=HYPERLINK(""x"")",2026-01,1\n'}).content.rows("family_demands")
    assert row.family_code == '=HYPERLINK("x")'
