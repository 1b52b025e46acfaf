from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planvault.domain.access.actor import Role
from planvault.domain.audit.evidence import head_of_checkpoint, head_text
from planvault.domain.audit.verdict import Rule
from planvault.domain.errors import ForbiddenError, InvalidLabelError, InvalidRequestError, NotFoundError
from planvault.domain.shared.paging import cursor_of
from planvault.testing.builders import AYA, an_actor
from tests.unit.application.desk import Desk


async def test_a_busy_ledger_is_clean() -> None:
    desk = Desk()
    await desk.live()
    await desk.submitted(demand=101.0)
    await desk.planner.audit.checkpoint(actor=AYA)
    verdict = await desk.planner.audit.verify()
    assert verdict.clean
    assert (verdict.event_count, verdict.checkpoint_count) == (len(desk.events), 2)


async def test_a_changed_word_is_found_and_only_from_there_on() -> None:
    desk = Desk()
    await desk.live()
    desk.store.state.events[2] = replace(desk.store.state.events[2], actor="mallory")
    verdict = await desk.planner.audit.verify()
    assert verdict.finding is not None
    assert (verdict.finding.rule, verdict.finding.position, verdict.event_count) == (Rule.HASH, 2, 1)


async def test_a_checkpoint_is_taken_by_an_operator_and_says_why() -> None:
    desk = Desk()
    await desk.live()
    operator = an_actor("olga", Role.OPERATOR)
    taken = await desk.planner.audit.checkpoint(actor=operator, reason="end of month")
    assert (taken.number, taken.reason, taken.position) == (2, "end of month", len(desk.events))
    assert desk.actions[-1] == "audit checkpoint"
    assert (desk.events[-1].actor, desk.events[-1].details_json) == ("olga", '{"reason":"end of month"}')
    assert await desk.planner.audit.get_checkpoint(2) == taken

    before = desk.kept()
    with pytest.raises(ForbiddenError, match="operator"):
        await desk.planner.audit.checkpoint(actor=an_actor("vera", Role.ADMIN, Role.PLANNER))
    with pytest.raises(InvalidRequestError, match="reason"):
        await desk.planner.audit.checkpoint(actor=operator, reason="x" * 201)
    assert desk.kept() == before
    assert (await desk.planner.audit.checkpoint(actor=operator)).reason == "by hand"


async def test_a_checkpoint_that_was_written_down_is_extended_until_the_ledger_is_another() -> None:
    desk = Desk()
    await desk.live()
    written_down = head_text(head_of_checkpoint(await desk.planner.audit.checkpoint(actor=AYA)))
    await desk.submitted(demand=101.0)
    assert (await desk.planner.audit.verify(expected=[written_down])).expected_held == 1

    other = Desk()
    await other.live("monthly")
    await other.planner.audit.checkpoint(actor=AYA)
    verdict = await other.planner.audit.verify(expected=[written_down])
    assert verdict.finding is not None
    assert verdict.finding.rule is Rule.EXPECTED_HEAD
    with pytest.raises(InvalidRequestError, match="no head"):
        await other.planner.audit.verify(expected=["nonsense"])


async def test_checkpoints_are_paged() -> None:
    desk = Desk()
    for _ in range(3):
        await desk.planner.audit.checkpoint(actor=AYA)
    first = await desk.planner.audit.checkpoints(limit=2)
    rest = await desk.planner.audit.checkpoints(limit=2, cursor=first.next_cursor)
    assert [taken.number for taken in (*first.items, *rest.items)] == [1, 2, 3]
    assert rest.next_cursor is None
    with pytest.raises(NotFoundError, match="checkpoint 4"):
        await desk.planner.audit.get_checkpoint(4)


async def test_the_feed_goes_on_where_it_ended() -> None:
    desk = Desk()
    audit = desk.planner.audit
    empty = await audit.events()
    assert (list(empty.items), empty.next_cursor is None) == ([], False)
    await desk.live()
    first = await audit.events(limit=3, cursor=empty.next_cursor)
    second = await audit.events(limit=3, cursor=first.next_cursor)
    assert [*first.items, *second.items] == desk.events
    nothing_yet = await audit.events(cursor=second.next_cursor)
    assert (list(nothing_yet.items), nothing_yet.next_cursor) == ([], second.next_cursor)
    await desk.submitted("monthly")
    since = await audit.events(cursor=second.next_cursor)
    assert list(since.items) == desk.events[4:]


async def test_the_feed_is_narrowed_by_stream_subject_and_label() -> None:
    desk = Desk()
    await desk.live()
    await desk.live("weekly-2")
    audit = desk.planner.audit

    async def positions(**wanted: Any) -> list[int]:
        return [event.position for event in (await audit.events(**wanted)).items]

    weekly = [event.position for event in desk.events if event.subject == "input_set/weekly"]
    assert len(weekly) == 3
    assert await positions(label="WEEKLY") == weekly
    assert await positions(subject="input_set/weekly") == weekly
    assert await positions(stream="input_set/weekly/1") == weekly
    assert await positions(stream="input_set/weekly/1", label="weekly-2") == []
    assert [event.position for event in (await audit.events(after=weekly[1], label="weekly")).items] == weekly[2:]


async def test_a_feed_that_nobody_gave_out_is_refused() -> None:
    audit = Desk().planner.audit
    for cursor in ("nonsense", cursor_of("events", [-1]), cursor_of("events", [2**60]), cursor_of("runs", [1])):
        with pytest.raises(InvalidRequestError):
            await audit.events(cursor=cursor)
    for name in ("", "a\0b", "a\nb"):
        with pytest.raises(InvalidRequestError, match="names no"):
            await audit.events(stream=name)
    with pytest.raises(InvalidLabelError):
        await audit.events(label="../x")
    with pytest.raises(InvalidRequestError, match="limit"):
        await audit.events(limit=501)


async def test_an_export_is_the_same_for_the_same_ledger() -> None:
    desk = Desk()
    await desk.live()

    async def exported(**part: Any) -> dict[str, str]:
        files: dict[str, str] = {}
        async for name, piece in desk.planner.audit.export(**part):
            files[name] = files.get(name, "") + piece
        return files

    first = await exported()
    assert list(first) == ["events.jsonl", "checkpoints.jsonl", "heads.json"]
    assert await exported() == first
    assert first["events.jsonl"] == "".join([piece async for piece in desk.planner.audit.export_events()])
    assert first["events.jsonl"].count("\n") == len(desk.events)
    assert (await exported(label="weekly"))["events.jsonl"].count("\n") == 3


async def test_heads_say_where_the_ledger_stands() -> None:
    desk = Desk()
    await desk.live()
    heads = await desk.planner.audit.heads()
    assert [(head.stream, head.sequence) for head in heads.heads] == [("config/1", 1), ("input_set/weekly/1", 3)]
    assert heads.position == 4
    assert heads.checkpoint == head_of_checkpoint(desk.store.state.checkpoints[1])
