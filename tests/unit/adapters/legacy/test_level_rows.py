"""Levels from legacy artifacts."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.adapters.legacy.documents import Document
from planvault.adapters.legacy.level_rows import levels_of
from planvault.adapters.legacy.plan_artifacts import opened
from planvault.domain.errors import InvalidRequestError
from planvault.domain.plans.digests import SeriesDigester
from planvault.domain.plans.series import SeriesRow, Split, series_row
from planvault.domain.shared.ids import VersionId

QUANTITIES = st.floats(min_value=0, max_value=1e9, allow_nan=False)


def documents(**artifacts: Any) -> dict[str, Document]:
    texts = {f"{name}.json": json.dumps(content).encode() for name, content in artifacts.items()}
    return {name: Document(name, text) for name, text in texts.items()}


def sku_week(sku: str, week: str, period: str, demand: float = 10.0, **more: Any) -> dict[str, Any]:
    part = {"family": "F1", "period": period, "sku": sku, "week": week, "demand": demand}
    return part | {"supply": demand, "supply_plan": demand, "backlog": 0.0} | more


def final(item: str, week: str, **more: Any) -> dict[str, Any]:
    return {"item": item, "week": week, "gross_req": 10.0, "on_hand_start": 5.0, "on_hand_end": 6.0, **more}


def det(*rows: dict[str, Any], finals: list[dict[str, Any]] | None = None) -> list[SeriesRow]:
    extra = {} if finals is None else {"plan_final": {"rows": finals, "weekly_summary": []}}
    return levels_of(documents(sku_week={"rows": list(rows)}, **extra))["det"]


def test_a_week_of_two_periods_is_one_row_with_its_splits() -> None:
    (row,) = det(sku_week("S1", "W05", "2025-02", 4.0), sku_week("S1", "W05", "2025-01", 9.0))
    assert (row.demand, row.supply, row.backlog) == (13.0, 13.0, 0.0)
    assert row.splits == (Split("2025-01", "F1", 9.0, 9.0, 0.0), Split("2025-02", "F1", 4.0, 4.0, 0.0))


def test_each_receipt_is_counted_once_also_in_a_week_of_two_periods() -> None:
    parts = [sku_week("S1", "W05", "2025-01", 9.0), sku_week("S1", "W05", "2025-02", 3.0)]
    finals = [final("S1", "W05", planned_order_receipt=50.0, planned_order_receipt_adj=40.0)]
    aggregate = {"rows": [{"family": "F1", "period": f"2025-0{month}", "demand": 1.0} for month in (1, 2, 3)]}
    found = levels_of(
        documents(sku_week={"rows": parts}, plan_final={"rows": finals, "weekly_summary": []}, aggregate=aggregate)
    )
    (row,) = found["det"]
    assert (row.supply, row.supply_received, row.inventory_open, row.inventory_close) == (12.0, 40.0, 5.0, 6.0)
    assert [one.supply_received for one in found["aggregate"]] == [30.0, 10.0, None]


@pytest.mark.parametrize(("adjusted", "received"), [(0.0, 0.0), (7.0, 7.0), (None, 50.0)])
def test_an_adjusted_receipt_of_nothing_is_nothing(adjusted: float | None, received: float) -> None:
    finals = [final("S1", "W05", planned_order_receipt=50.0, planned_order_receipt_adj=adjusted)]
    (row,) = det(sku_week("S1", "W05", "2025-01"), finals=finals)
    assert row.supply_received == received


def test_what_is_no_finished_good_arrives_as_it_was_planned() -> None:
    finals = [final(item, "W05", planned_order_receipt=50.0, planned_order_receipt_adj=0.0) for item in ("S1", "COMP1")]
    found = levels_of(documents(sku_week={"rows": [sku_week("S1", "W05", "2025-01")]}, plan_final={"rows": finals}))
    assert {row.item_key: row.supply for row in found["mrp_final"]} == {"S1": 0.0, "COMP1": 50.0}
    assert "weekly_summary" not in found


def test_adjusted_artifacts_are_levels_of_their_own() -> None:
    rows = {"rows": [sku_week("S1", "W05", "2025-01")]}
    assert sorted(levels_of(documents(sku_week=rows, sku_week_adjusted=rows))) == ["det", "det_adjusted"]


def test_a_missing_measure_stays_null() -> None:
    (row,) = det({"sku": "S1", "week": "W05"})
    assert (row.demand, row.supply, row.backlog, row.splits) == (None, None, None, ())


@given(st.lists(st.tuples(QUANTITIES, QUANTITIES, QUANTITIES), min_size=1, max_size=4))
def test_rows_are_canonical_and_splits_add_up(parts: list[tuple[float, float, float]]) -> None:
    given_rows = [
        sku_week("S1", "W05", f"2025-{number:02d}", demand, supply=supply, backlog=backlog)
        for number, (demand, supply, backlog) in enumerate(parts, start=1)
    ]
    (row,) = det(*given_rows)
    assert series_row({name: value for name, value in row.as_fields().items() if value is not None}) == row
    for place, name in enumerate(("demand", "supply", "backlog")):
        assert getattr(row, name) == math.fsum(part[place] for part in parts)
        assert getattr(row, name) == math.fsum(getattr(split, name) for split in row.splits)
    SeriesDigester(VersionId("v"), "det").take([row])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"rows": [{"sku": "S1"', "truncated"),
        ("", "truncated"),
        ("[1]", "Expected `object`"),
        ('{"rows": [{"sku": "S1"}]}', "missing required field `week`"),
        ('{"rows": [{"sku": "S1", "week": "W1", "demand": NaN}]}', "malformed"),
        ('{"rows": [{"sku": "S1", "week": "W1", "demand": "10"}]}', r"\$\[0\]\.demand"),
        ('{"rows": [{"sku": "S1", "week": "W1", "demand": 1e999}]}', "out of range"),
        ('{"rows": [{"sku": "", "week": "W1"}]}', "cannot be a bucket or an item"),
        ('{"rows": [{"sku": "S1", "week": "W1\\u0000"}]}', "cannot be a bucket or an item"),
        ('{"rows": [{"sku": "S1", "week": "W1"}, {"sku": "S1", "week": "W1"}]}', "W1 S1 stands twice"),
        (b'{"rows": [{"sku": "\xff", "week": "W1"}]}', "(?i)utf-8"),
    ],
)
def test_what_is_damaged_is_refused_with_its_place(text: str | bytes, why: str) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(InvalidRequestError, match=why):
        opened({"sku_week.json": data})


def test_an_item_week_that_stands_twice_or_names_no_item_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="W05 S1 stands twice"):
        levels_of(documents(mrp={"rows": [final("S1", "W05"), final("S1", "W05")]}))
    with pytest.raises(InvalidRequestError, match=r"rows\[0\] names no item"):
        levels_of(documents(mrp={"rows": [{"week": "W05"}]}))
    week = {"week": "W05", "capacity": 1.0}
    with pytest.raises(InvalidRequestError, match="W05 summary stands twice"):
        levels_of(documents(plan_final={"rows": [], "weekly_summary": [week, week]}))


def test_other_artifacts_are_kept_as_they_are_and_refused_where_they_cannot_be() -> None:
    texts = {
        "source.json": b'{"source_run_id": "r1"}',
        "period_cost.json": b"[1, 2]",
        "report.csv": b"type,week\n",
        "reconciliation_log.json": b'{"version_id": "v1", "deltas": [1]}',
    }
    kept = opened(texts).kept
    assert kept["period_cost.json"] == {"content": [1, 2]}
    assert kept["report.csv"] == {"type": "csv", "content": "type,week\n"}
    assert kept["reconciliation_log.json"] == {"version_id": "v1"}
    assert opened(texts).said("source.json", "run_id", "source_run_id") == "r1"
    for text, why in ((b'{"id": 99999999999999999999}', "2\\^53"), (b'{"a": "\\ud800"}', "other.json")):
        with pytest.raises(InvalidRequestError, match=why):
            opened({"other.json": text})
