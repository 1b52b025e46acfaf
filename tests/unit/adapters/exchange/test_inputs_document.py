from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from planvault.adapters.exchange import inputs_document
from planvault.adapters.exchange.input_files import CSV_FILES
from planvault.adapters.exchange.inputs_document import InputsDocument, read_document
from planvault.adapters.exchange.problems import ProblemList
from planvault.domain.errors import TooLargeError, UnsupportedEncodingError
from planvault.domain.inputs.fields import FieldKind
from planvault.domain.inputs.rows import FamilyDemand, InboundOrder, Item, MixShare, PeriodMetric

from .builders import stream

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "input-files.md"
ROW = {"family": "F1", "period": "2026-01", "demand": 1}


def taken(content: Any) -> tuple[InputsDocument, ProblemList]:
    problems = ProblemList()
    text = content if isinstance(content, str | bytes) else json.dumps(content, ensure_ascii=False)
    return read_document(stream("inputs.json", text), problems), problems


def rows(content: Any) -> dict[str, list[Any]]:
    document, problems = taken(content)
    assert problems.kept == []
    return {table.source: list(table.rows) for table in document.tables}


def wrong(content: Any) -> list[tuple[str, str | None]]:
    _, problems = taken(content)
    assert {problem.source for problem in problems.kept} <= {"inputs.json"}
    return [(problem.rule, problem.column) for problem in problems.kept]


# What is read ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["demand_family", "family_demands"])
@pytest.mark.parametrize("row", [ROW, {"family_code": "F1", "period": "2026-01", "demand": 1.0}])
def test_members_and_columns_go_by_both_their_names(name: str, row: dict[str, object]) -> None:
    assert rows({name: [row]}) == {f"inputs.json/{name}": [FamilyDemand("F1", "2026-01", 1.0)]}


def test_absent_and_null_mean_the_default() -> None:
    content = {
        "item_master": [{"item": "I", "lt": None}],
        "mix_share": [{"family": "F", "sku": "S", "share": 1, "effective_from": ""}],
        "open_po": [{"item": "I", "due": "2026-W47", "qty": 5, "po_id": ""}, {"item": "J", "due": "x", "qty": 1}],
        "capacity": None,
        "bom": [],
    }
    assert rows(content) == {
        "inputs.json/item_master": [Item("I")],
        "inputs.json/mix_share": [MixShare("F", "S", "", 1.0)],
        "inputs.json/open_po": [
            InboundOrder("I", "2026-W47", "", "", "", 5.0),
            InboundOrder("J", "x", "", "", "", 1.0),
        ],
        "inputs.json/bom": [],
    }


def test_the_name_of_a_member_says_the_metric() -> None:
    content = {
        "period_cost": [{"period": "P", "cost": 1}],
        "period_score": [{"period": "P", "value": 2}],
        "period_metrics": [{"metric_code": "custom", "period": "P", "value": -3}],
    }
    assert [row for (row,) in rows(content).values()] == [
        PeriodMetric("cost", "P", 1.0),
        PeriodMetric("score", "P", 2.0),
        PeriodMetric("custom", "P", -3.0),
    ]


def test_attributes_are_objects() -> None:
    ((row,),) = rows({"demand_family": [{**ROW, "attributes": {"b": [1], "a": "需要"}}]}).values()
    assert row.attributes_json == '{"a":"需要","b":[1]}'


def test_every_column_of_every_file_is_a_member_of_its_rows() -> None:
    for file in CSV_FILES.values():
        rules = {rule.name: rule for rule in file.section.fields}
        for column in file.columns:
            for header in column.headers:
                kind = rules[column.field].kind
                if kind in {FieldKind.NUMBER, FieldKind.TEXT}:
                    value: object = "x" if kind is FieldKind.NUMBER else 5
                    found = wrong({file.name.removesuffix(".csv"): [{header: value}]})
                    path = f"{file.name.removesuffix('.csv')}[0].{header}"
                    assert ("text" if kind is FieldKind.TEXT else "number", path) in found


def test_rows_are_counted_from_one_and_refused_ones_left_out() -> None:
    document, problems = taken({"demand_family": [ROW, {**ROW, "demand": "1"}, {**ROW, "family": "F3"}]})
    (table,) = document.tables
    assert (table.lines, [row[0] for row in table.rows], table.sound) == ([1, 3], ["F1", "F3"], False)
    assert [(problem.rule, problem.column, problem.value) for problem in problems.kept] == [
        ("number", "demand_family[1].demand", "1")
    ]


def test_objects_are_handed_on_as_they_are() -> None:
    content = {
        "schema_version": "planvault-inputs-1",
        "planning_calendar": {"periods": []},
        "planning_params": {"lt_unit": "day"},
        "meta": {"by": "Aya", "n": None},
    }
    document, problems = taken(content)
    assert [(found.source, found.name, found.values) for found in document.objects] == [
        ("inputs.json/planning_calendar", "planning_calendar.json", {"periods": []}),
        ("inputs.json/planning_params", "planning_params.json", {"lt_unit": "day"}),
        ("inputs.json/meta", "meta.json", {"by": "Aya", "n": None}),
    ]
    assert document.tables == ()
    assert not problems


def test_an_empty_document_holds_nothing() -> None:
    document, problems = taken({})
    assert (document.tables, document.objects, problems.kept) == ((), (), [])


def test_encodings_are_those_of_other_files() -> None:
    document, _ = taken('{"demand_family": [{"family": "東", "period": "P", "demand": 1}]}'.encode("cp932"))
    assert (document.encoding, document.tables[0].rows[0][0]) == ("CP932", "東")
    with pytest.raises(UnsupportedEncodingError):
        taken(b"\xff\xff{}")


def test_the_document_of_the_page_is_read() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## One JSON document")[2]
    (example,) = re.findall(r"^```json\n(.*?)^```$", section.partition("\n## ")[0], flags=re.MULTILINE | re.DOTALL)
    document, problems = taken(example)
    assert problems.kept == []
    assert len(document.tables) + len(document.objects) == len(json.loads(example)) - 1


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("demand", "1", "number"),
        ("demand", "", "required"),
        ("demand", None, "required"),
        ("demand", True, "number"),
        ("demand", False, "number"),
        ("demand", -1, "range"),
        ("demand", [1], "number"),
        ("demand", {}, "number"),
        ("family", 5, "text"),
        ("family", True, "text"),
        ("family", "", "required"),
        ("family", None, "required"),
        ("family", " F", "text"),
        ("family", "F\u0000", "text"),
        ("family", "F" * 161, "length"),
        ("period", ["2026-01"], "text"),
        ("source_type", "guess", "choice"),
        ("source_type", "", "required"),
        ("source_type", 1, "text"),
        ("tolerance_abs", "0.5", "number"),
        ("attributes", "{}", "document"),
        ("attributes", [], "document"),
        ("attributes", "", "document"),
    ],
)
def test_a_value_of_another_type_is_a_problem_at_its_path(field: str, value: object, rule: str) -> None:
    assert wrong({"demand_family": [ROW, {**ROW, field: value}]}) == [(rule, f"demand_family[1].{field}")]


def test_a_date_has_to_be_one() -> None:
    row = {"family": "F", "sku": "S", "share": 1}
    for value, rule in (("2026/11/20", "date"), (20261120, "text"), ("2026-11-20T00:00:00Z", "date")):
        assert wrong({"mix_share": [{**row, "effective_from": value}]}) == [(rule, "mix_share[0].effective_from")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"demand_famly": []}, [("unknown-key", "demand_famly")]),
        ({"Demand_Family": []}, [("unknown-key", "Demand_Family")]),
        ({"demand_family.csv": []}, [("unknown-key", "demand_family.csv")]),
        ({"parameters": []}, [("unknown-key", "parameters")]),
        ({"demand_family": [], "family_demands": []}, [("duplicate-key", "family_demands")]),
        ({"item": [], "item_master": []}, [("duplicate-key", "item_master")]),
        ({"demand_family": {}}, [("json-type", "demand_family")]),
        ({"demand_family": "x"}, [("json-type", "demand_family")]),
        ({"demand_family": [[]]}, [("json-type", "demand_family[0]")]),
        ({"demand_family": [None]}, [("json-type", "demand_family[0]")]),
        ({"meta": []}, [("json-type", "meta")]),
        ({"planning_calendar": "x"}, [("json-type", "planning_calendar")]),
        ({"demand_family": [{**ROW, "demnd": 1}]}, [("unknown-column", "demand_family[0].demnd")]),
        ({"demand_family": [{**ROW, "family_code": "F1"}]}, [("duplicate-column", "demand_family[0].family_code")]),
        ({"period_cost": [{"period": "P", "cost": 1, "metric_code": "cost"}]}, [
            ("unknown-column", "period_cost[0].metric_code")
        ]),
        ({"demand_family": [{}]}, [
            ("required", "demand_family[0].family"),
            ("required", "demand_family[0].period"),
            ("required", "demand_family[0].demand"),
        ]),
    ],
)  # fmt: skip
def test_what_is_not_known_is_a_problem_at_its_path(content: Any, expected: list[tuple[str, str]]) -> None:
    assert wrong(content) == expected


def test_what_was_meant_is_said() -> None:
    _, problems = taken({"demand_famly": [], "bom": [{"paren": 1}]})
    messages = [problem.message for problem in problems.kept]
    assert "did you mean demand_family?" in messages[0]
    assert "did you mean parent?" in messages[1]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "json-syntax"),
        ("[]", "json-type"),
        ("1", "json-type"),
        ('{"bom": [', "json-syntax"),
        ('{"bom": [], "bom": []}', "json-duplicate-key"),
        ('{"bom": [{"parent": "a", "parent": "b"}]}', "json-duplicate-key"),
        ('{"demand_family": [{"demand": NaN}]}', "number"),
        ('{"demand_family": [{"demand": 1e400}]}', "number"),
        ('{"demand_family": [{"demand": 9007199254740993}]}', "number"),
        ('{"demand_family": [{"family": "\\ud800"}]}', "text"),
        ('{"meta": ' + "[" * 100_000, "json-depth"),
        ('{"meta": {"a": ' + "[" * 80 + "]" * 80 + "}}", "json-depth"),
    ],
)
def test_json_is_read_strictly(text: str, rule: str) -> None:
    document, problems = taken(text)
    assert {problem.rule for problem in problems.kept} == {rule}
    assert (document.tables, document.objects) == ((), ())


def test_a_document_has_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    three = stream("inputs.json", json.dumps({"demand_family": [ROW, ROW, ROW]}))
    assert len(read_document(three, ProblemList(), row_limit=3).tables[0].rows) == 3
    with pytest.raises(TooLargeError, match="demand_family has more than 2 rows"):
        read_document(three, ProblemList(), row_limit=2)
    monkeypatch.setattr(inputs_document, "DOCUMENT_BYTES", 10)
    with pytest.raises(TooLargeError, match=r"inputs\.json is larger than 10 bytes"):
        taken({"demand_family": []})


def test_a_thousand_unknown_columns_are_counted() -> None:
    _, problems = taken({"demand_family": [{**ROW, f"x{n}": 1} for n in range(1000)]})
    assert problems.total == 1000
    assert len(problems.kept) == 100
