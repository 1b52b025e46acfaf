from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import Any

import pytest

from planvault.application.difference_presentation import REPORT_KEYS, difference_fields
from planvault.application.inputs.answer_difference import difference_key
from planvault.application.inputs.diff_inputs import Compared
from planvault.application.inputs.difference_cache import CacheState
from planvault.application.planner import Planner
from planvault.domain.errors import InvalidRequestError, NotFoundError
from planvault.domain.inputs.content import InputContent, parameter_rows
from planvault.domain.inputs.rows import (
    BomLink,
    CalendarWeek,
    CapacityBucket,
    FamilyDemand,
    InboundOrder,
    InventorySnapshot,
    Item,
    MixShare,
    PeriodMetric,
)
from planvault.domain.inputs.sections import SECTIONS
from planvault.testing.builders import AYA, BEN, a_content, an_input_set
from tests.unit.application.desk import Desk
from tests.unit.domain.inputs.stages import ONE

# Differs from ``a_content()`` in every section.
OTHER_CONTENT = InputContent.of(
    {
        "family_demands": [FamilyDemand("F1", "2026-01", 110.0), FamilyDemand("F2", "2026-01", 1.0)],
        "capacity_buckets": [CapacityBucket("WC1", "2026-01", 400.0), CapacityBucket("WC2", "2026-01", 1.0)],
        "mix_shares": [MixShare("F1", "SKU1", "", 0.7), MixShare("F1", "SKU3", "", 0.3)],
        "inventory_snapshots": [InventorySnapshot("WH1", "SKU1", 50.0), InventorySnapshot("WH2", "SKU1", 1.0)],
        "inbound_orders": [InboundOrder("COMP1", "2026-01-10", "PO-2", "", "WH1", 100.0)],
        "period_metrics": [PeriodMetric("cost", "2026-01", -1.5, "EUR", None, '{"note":"e"}')],
        "items": [Item("SKU1", 8.0, 10.0, 0.0, "Drill"), Item("COMP2", 14.0)],
        "bom_links": [BomLink("SKU1", "COMP1", 2.0)],
        "calendar_weeks": [
            CalendarWeek("2026-01", 1, "2026-W01", "2026-01-01", "2026-01-04", "2026-01-01", "2026-01-31", 3.0)
        ],
        "parameters": parameter_rows("planning", {"lt_unit": "week"}),
    }
)
LEGACY_KEYS = ["demand_family", "capacity", "mix_share", "inventory", "open_po", "period_metrics"]


async def two_revisions() -> Desk:
    """weekly@1 is live, weekly@2 is a candidate that differs in every section."""
    desk = Desk()
    await desk.live()
    desk.shelf.content = OTHER_CONTENT
    await desk.planner.inputs.import_files(label="weekly", actor=AYA, files=[])
    return desk


async def compared(planner: Planner, current: str, previous: str | None = None) -> tuple[str, str | None]:
    found = await planner.inputs.diff(current, previous)
    return found.current.reference, None if found.previous is None else found.previous.reference


# Which revisions ------------------------------------------------------------------------------------------------------


async def test_a_label_means_what_is_live_or_else_its_candidate() -> None:
    desk = Desk()
    await desk.candidate()
    assert await compared(desk.planner, "weekly") == ("weekly@1", None)
    await desk.planner.inputs.submit("weekly", actor=AYA)
    await desk.planner.inputs.approve_reference("weekly@1", actor=BEN)
    await desk.candidate(demand=101.0)
    assert await compared(desk.planner, "weekly") == ("weekly@1", None)
    assert await compared(desk.planner, "weekly@2") == ("weekly@2", "weekly@1")
    assert await compared(desk.planner, "weekly@2", "weekly") == ("weekly@2", "weekly@1")
    assert await compared(desk.planner, "weekly@1", "weekly@2") == ("weekly@1", "weekly@2")


async def test_what_is_live_is_compared_with_the_revision_that_it_replaced() -> None:
    desk = Desk()
    await desk.live()
    await desk.live(demand=101.0)
    assert await compared(desk.planner, "weekly") == ("weekly@2", "weekly@1")


async def test_sets_of_different_labels_are_compared() -> None:
    desk = Desk()
    await desk.live()
    await desk.live("monthly", demand=101.0)
    found = await desk.planner.inputs.diff("monthly", "weekly")
    assert (found.current.reference, found.previous and found.previous.reference) == ("monthly@1", "weekly@1")
    assert found.sections[0].changed_count == 1


@pytest.mark.parametrize(("current", "previous"), [("x", None), ("weekly@9", None), ("weekly", "x"), ("weekly", "x@1")])
async def test_what_does_not_exist_is_not_found_and_counts_as_no_failure(current: str, previous: str | None) -> None:
    desk = Desk()
    await desk.live()
    with pytest.raises(NotFoundError):
        await desk.planner.inputs.diff(current, previous)
    with pytest.raises(NotFoundError):
        await desk.planner.inputs.diff_report(current, previous)
    with pytest.raises(NotFoundError):
        _ = [piece async for piece in desk.planner.inputs.diff_csv(current, previous)]
    assert desk.telemetry.told == []


async def test_a_label_with_nothing_live_and_no_candidate_says_what_to_name() -> None:
    desk = Desk()
    rejected, _ = an_input_set().reject(1, actor=BEN, policy=ONE, at=desk.clock.now(), comment="wrong week")
    async with desk.store() as uow:
        await uow.contents.add(a_content())
        await uow.input_sets.add(rejected)
        await uow.commit()
    with pytest.raises(InvalidRequestError, match="neither a live revision nor a candidate") as caught:
        await desk.planner.inputs.diff("weekly")
    assert "weekly@NUMBER" in (caught.value.remedy or "")
    assert await compared(desk.planner, "weekly@1") == ("weekly@1", None)


@pytest.mark.parametrize("rows", [-1, 10_001])
async def test_a_limit_out_of_range_is_refused(rows: int) -> None:
    desk = await two_revisions()
    for asked in (desk.planner.inputs.diff, desk.planner.inputs.diff_report):
        with pytest.raises(InvalidRequestError, match="out of range"):
            await asked("weekly", rows=rows)
    with pytest.raises(InvalidRequestError, match="out of range"):
        _ = [batch async for batch in desk.planner.inputs.diff_rows("weekly", rows=rows)]


# What changed ---------------------------------------------------------------------------------------------------------


async def test_every_section_shows_what_changed() -> None:
    desk = await two_revisions()
    found = await desk.planner.inputs.diff("weekly@2")
    assert [section.section for section in found.sections] == list(SECTIONS)
    assert all(not section.is_empty for section in found.sections)
    assert not found.truncated


async def test_equal_contents_differ_in_nothing_and_keep_their_totals() -> None:
    desk = Desk()
    await desk.live()
    await desk.live("monthly")
    found = await desk.planner.inputs.diff("weekly", "monthly")
    assert found.is_empty
    assert all(section.current == section.previous for section in found.sections)
    assert found.sections[0].current.row_count == 2


async def test_the_report_keeps_the_legacy_keys_first() -> None:
    desk = await two_revisions()
    report = difference_fields(await desk.planner.inputs.diff("weekly@2"))
    assert list(report) == ["current", "previous", *REPORT_KEYS.values(), "summary", "truncated"]
    assert list(REPORT_KEYS.values())[:6] == LEGACY_KEYS
    assert report["current"] == {"reference": "weekly@2", "content_hash": OTHER_CONTENT.content_hash}
    assert report["previous"] == {"reference": "weekly@1", "content_hash": a_content().content_hash}
    for key in REPORT_KEYS.values():
        assert list(report[key]) == ["added", "removed", "changed"]
        assert all(list(change) == ["current", "previous", "fields"] for change in report[key]["changed"])


async def test_a_row_of_the_report_has_all_its_fields() -> None:
    desk = await two_revisions()
    report = difference_fields(await desk.planner.inputs.diff("weekly@2"))
    demand = {"family_code": "F1", "period": "2026-01", "source_type": "canonical", "tolerance_abs": None}
    assert report["demand_family"]["changed"] == [
        {
            "current": demand | {"demand": 110.0, "attributes": {}},
            "previous": demand | {"demand": 100.0, "attributes": {}},
            "fields": {"demand": {"old": 100.0, "new": 110.0}},
        }
    ]
    order = {"item_code": "COMP1", "due_date": "2026-01-10", "source_node": None, "dest_node": "WH1", "qty": 100.0}
    assert report["open_po"]["added"] == [order | {"po_id": "PO-2", "attributes": {}}]
    assert report["open_po"]["removed"] == [order | {"po_id": "PO-1", "attributes": {}}]
    assert report["period_metrics"]["changed"][0]["fields"] == {
        "attributes": {"old": {"note": "é"}, "new": {"note": "e"}}
    }
    assert report["inventory"]["changed"][0]["fields"] == {"safety_stock": {"old": 5.5, "new": None}}
    assert report["parameters"]["changed"][0]["fields"] == {"value": {"old": "day", "new": "week"}}
    assert [row["effective_from"] for row in report["mix_share"]["removed"]] == ["2026-01-01"]


async def test_the_summary_counts_whole_where_lists_are_cut() -> None:
    desk = await two_revisions()
    report = difference_fields(await desk.planner.inputs.diff("weekly@2", rows=0))
    assert report["truncated"] is True
    assert report["demand_family"] == {"added": [], "removed": [], "changed": []}
    assert report["summary"]["demand_family"] == {
        "added": 1,
        "removed": 1,
        "changed": 1,
        "rows": {"old": 2, "new": 2},
        "measure": "demand",
        "total": {"old": 220.0, "new": 111.0, "absolute_change": -109.0, "relative_change": -109.0 / 220.0},
    }
    assert report["summary"]["items"]["total"] is None
    assert list(report["summary"]) == list(REPORT_KEYS.values())


async def test_every_pair_streams_and_a_limit_holds_for_each_kind() -> None:
    desk = await two_revisions()
    inputs = desk.planner.inputs
    found = await inputs.diff("weekly@2")
    counts = [(s.added_count + s.removed_count + s.changed_count) for s in found.sections]
    streamed: dict[str, int] = {}
    async for section, pairs in inputs.diff_rows("weekly@2"):
        streamed[section.name] = streamed.get(section.name, 0) + len(pairs)
    assert streamed == dict(zip(REPORT_KEYS, counts, strict=True))
    assert [pairs async for _, pairs in inputs.diff_rows("weekly@2", rows=0) if pairs] == []


async def test_csv_has_a_line_per_changed_field_and_per_row_that_came_or_went() -> None:
    desk = await two_revisions()
    text = "".join([piece async for piece in desk.planner.inputs.diff_csv("weekly@2")])
    lines = list(csv.DictReader(io.StringIO(text)))
    assert lines[:3] == [
        line("demand_family", "changed", "F1", "2026-01", field="demand", old="100", new="110"),
        line(
            *("demand_family", "added", "F2", "2026-01"),
            new='{"attributes":{},"demand":1,"source_type":"canonical","tolerance_abs":null}',
        ),
        line(
            *("demand_family", "removed", "F1", "2026-02"),
            old='{"attributes":{},"demand":120,"source_type":"canonical","tolerance_abs":null}',
        ),
    ]
    assert line("inventory", "changed", "WH1", "SKU1", field="safety_stock", old="5.5") in lines
    assert list(dict.fromkeys(found["section"] for found in lines)) == list(REPORT_KEYS.values())
    assert "\r" not in text


def line(section: str, change: str, *key: str, **rest: str) -> dict[str, str]:
    keys = {f"key{number}": part for number, part in enumerate([*key, *[""] * (5 - len(key))], start=1)}
    return {"section": section, "change": change, **keys, "field": "", "old": "", "new": "", **rest}


async def test_rows_that_stream_to_their_end_are_one_computation() -> None:
    desk = await two_revisions()
    rows = desk.planner.inputs.diff_rows("weekly@2")
    await anext(rows)
    await rows.aclose()
    assert desk.telemetry.told == []  # broken off
    _ = [piece async for piece in desk.planner.inputs.diff_csv("weekly@2")]
    assert desk.telemetry.told == [("difference computed", True)]


async def test_csv_of_equal_contents_is_its_header() -> None:
    desk = Desk()
    await desk.live()
    pieces = [piece async for piece in desk.planner.inputs.diff_csv("weekly", "weekly@1")]
    assert pieces == ["section,change,key1,key2,key3,key4,key5,field,old,new\n"]


# The report from the cache --------------------------------------------------------------------------------------------


async def test_a_report_is_computed_once_and_then_answered_from_the_cache() -> None:
    desk = await two_revisions()
    first = await desk.planner.inputs.diff_report("weekly@2")
    second = await desk.planner.inputs.diff_report("weekly@2", "weekly")
    assert (first.cache, second.cache) == (CacheState.MISS, CacheState.HIT)
    assert first.body == second.body
    assert json.loads(first.body) == json.loads(
        json.dumps(difference_fields(await desk.planner.inputs.diff("weekly@2")))
    )
    assert desk.telemetry.told == [
        ("difference computed", True),
        ("difference from cache",),
        ("difference computed", True),
    ]


async def test_a_stale_entry_is_told_and_computed_anew() -> None:
    desk = await two_revisions()
    await desk.planner.inputs.diff_report("weekly@2")
    desk.drawer.spoilt = True
    assert (await desk.planner.inputs.diff_report("weekly@2")).cache is CacheState.STALE
    assert (await desk.planner.inputs.diff_report("weekly@2")).cache is CacheState.HIT
    assert desk.telemetry.told == [
        ("difference computed", True),
        ("difference stale",),
        ("difference computed", True),
        ("difference from cache",),
    ]


async def test_a_refresh_computes_anew_whatever_is_kept() -> None:
    desk = await two_revisions()
    await desk.planner.inputs.diff_report("weekly@2")
    assert (await desk.planner.inputs.diff_report("weekly@2", refresh=True)).cache is CacheState.MISS
    assert desk.telemetry.told == [("difference computed", True)] * 2


async def test_fifty_who_ask_at_once_share_one_computation() -> None:
    desk = await two_revisions()
    planner = desk.planner
    answers = await asyncio.gather(*(planner.inputs.diff_report("weekly@2") for _ in range(50)))
    assert len({answer.body for answer in answers}) == 1
    assert desk.telemetry.told == [("difference computed", True)]


async def test_the_same_contents_under_other_names_share_the_entry_and_keep_their_names() -> None:
    desk = Desk()
    for label in ("weekly", "monthly"):
        await desk.live(label)
        await desk.candidate(label, demand=101.0)
    weekly = await desk.planner.inputs.diff_report("weekly@2")
    monthly = await desk.planner.inputs.diff_report("monthly@2")
    assert monthly.cache is CacheState.HIT
    told: list[Any] = [json.loads(answer.body) for answer in (weekly, monthly)]
    assert [report["current"]["reference"] for report in told] == ["weekly@2", "monthly@2"]
    assert told[0]["demand_family"] == told[1]["demand_family"]


async def test_the_key_is_made_of_both_contents_in_order_and_the_limit() -> None:
    desk = await two_revisions()
    known = await desk.planner.inputs.get("weekly")
    one, two = known.revision(1), known.revision(2)
    keys = {
        difference_key(Compared(current=two, previous=one), 10),
        difference_key(Compared(current=one, previous=two), 10),
        difference_key(Compared(current=two, previous=None), 10),
        difference_key(Compared(current=two, previous=one), 11),
    }
    assert len(keys) == 4


async def test_a_computation_that_fails_is_counted_told_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await two_revisions()
    planner = desk.planner
    known = await planner.inputs.get("weekly")
    lost = desk.store.state.contents.pop(known.revision(1).content_hash)
    with pytest.raises(NotFoundError):
        await planner.inputs.diff_report("weekly@2")
    assert desk.telemetry.told == [("difference computed", False)]
    assert desk.drawer.kept == {}
    desk.store.state.contents[lost.content_hash] = lost
    assert (await planner.inputs.diff_report("weekly@2")).cache is CacheState.MISS


async def test_nobody_reads_from_the_cache_what_the_store_does_not_hold() -> None:
    desk = await two_revisions()
    await desk.planner.inputs.diff_report("weekly@2")
    elsewhere = Desk(drawer=desk.drawer)
    with pytest.raises(NotFoundError):
        await elsewhere.planner.inputs.diff_report("weekly@2")
    assert elsewhere.telemetry.told == []


async def test_looking_writes_nothing() -> None:
    desk = await two_revisions()
    before = desk.kept()
    await desk.planner.inputs.diff_report("weekly@2")
    await desk.planner.inputs.preview("weekly")
    assert desk.kept() == before
