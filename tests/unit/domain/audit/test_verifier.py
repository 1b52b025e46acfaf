from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from planvault.domain.audit.evidence import Extent, LedgerHeads, head_of_checkpoint
from planvault.domain.audit.verdict import AuditVerdict, Finding, Rule
from planvault.domain.audit.verifier import LedgerVerifier
from planvault.domain.shared.events import Event, EventFilter, Head, checkpoint, sealed
from planvault.testing.builders import an_event
from planvault.testing.clocks import NOON

from .ledgers import Ledger, a_ledger, head_of, verdict_on, written_again

LEDGER = a_ledger()
WEEKLY, PLAN, ACCESS = "input_set/weekly/1", "plan/v1", "access"
# By position: plan 1, access 2, weekly 3, and so on; every stream has four events, and checkpoints follow 3 and 8.


def found(verdict: AuditVerdict) -> tuple[Rule, str | None, int | None, int | None]:
    assert verdict.finding is not None
    assert not verdict.clean
    finding = verdict.finding
    return finding.rule, finding.stream, finding.sequence, finding.position


async def test_a_ledger_that_nobody_touched_is_clean_and_counted() -> None:
    verdict = await LEDGER.verdict()
    assert verdict.clean
    assert verdict.finding is None
    assert (verdict.event_count, verdict.stream_count, verdict.checkpoint_count, verdict.position) == (12, 3, 2, 12)
    assert verdict.checkpoint == head_of_checkpoint(LEDGER.checkpoints[1])


async def test_an_empty_ledger_is_clean() -> None:
    verdict = await Ledger((), (), (), 0).verdict()
    assert (verdict.clean, verdict.event_count, verdict.checkpoint) == (True, 0, None)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ({"actor": "mallory"}, Rule.HASH),
        ({"comment": None}, Rule.HASH),
        ({"details_json": "{}"}, Rule.HASH),
        ({"hash": "0" * 64}, Rule.HASH),
        ({"previous_hash": "0" * 64}, Rule.PREVIOUS_HASH),
        ({"sequence": 3}, Rule.SEQUENCE),
    ],
)
async def test_a_changed_word_is_named_with_its_event(words: dict[str, Any], rule: Rule) -> None:
    verdict = await LEDGER.changed(4, **words).verdict()
    assert found(verdict) == (rule, PLAN, words.get("sequence", 2), 4)
    assert (verdict.event_count, verdict.checkpoint_count) == (3, 1)


async def test_a_removed_event_is_named_by_where_its_stream_goes_on() -> None:
    assert found(await LEDGER.without(5).verdict()) == (Rule.MISSING, ACCESS, 2, 5)
    assert found(await LEDGER.without(1).verdict()) == (Rule.MISSING, PLAN, 1, 1)


async def test_removed_events_are_named_by_the_first_of_them() -> None:
    assert found(await LEDGER.without(4, 5, 6).verdict())[3] == 4


async def test_an_event_that_was_the_last_of_its_stream_is_named_by_the_head() -> None:
    assert found(await LEDGER.without(11).verdict()) == (Rule.MISSING, ACCESS, 4, 11)


async def test_a_removed_stream_leaves_gaps_and_its_head_names_it() -> None:
    assert found(await LEDGER.without(2, 5, 8, 11).verdict()) == (Rule.MISSING, ACCESS, 1, 2)


async def test_a_stream_that_was_removed_with_its_head_still_leaves_gaps() -> None:
    heads = tuple(head for head in LEDGER.heads if head.stream != ACCESS)
    verdict = await replace(LEDGER.without(2, 5, 8, 11), heads=heads).verdict()
    assert found(verdict) == (Rule.MISSING, None, None, 2)
    assert verdict.finding is not None
    assert verdict.finding.place == "position 2"


async def test_a_cut_off_end_is_found_by_the_head_that_stayed() -> None:
    assert found(await LEDGER.without(12).verdict()) == (Rule.HEAD, WEEKLY, 4, 12)
    assert found(await LEDGER.without(11, 12).verdict()) == (Rule.HEAD, ACCESS, 4, None)


async def test_an_end_cut_off_with_its_heads_is_found_by_the_counter() -> None:
    shorter = replace(LEDGER.until(9), position=12)
    assert found(await shorter.verdict()) == (Rule.COUNTER, None, None, 10)


async def test_an_end_cut_off_with_everything_but_a_checkpoint_is_found_by_the_checkpoint() -> None:
    shorter = replace(LEDGER.until(6), checkpoints=LEDGER.checkpoints)
    verdict = await shorter.verdict()
    assert verdict.finding == Finding(
        rule=Rule.CHECKPOINT_AHEAD,
        message="It covers position 8, but the newest event has position 6.",
        checkpoint=2,
    )
    assert verdict.finding.place == "checkpoint 2"


async def test_an_end_cut_off_with_everything_shows_only_against_a_head_kept_elsewhere() -> None:
    shorter = LEDGER.until(6)
    assert (await shorter.verdict()).clean
    kept = next(head for head in LEDGER.heads if head.stream == ACCESS)
    assert found(await shorter.verdict(kept)) == (Rule.EXPECTED_HEAD, ACCESS, 3, None)
    newest = head_of_checkpoint(LEDGER.checkpoints[1])
    verdict = await shorter.verdict(newest)
    assert verdict.finding is not None
    assert (verdict.finding.rule, verdict.finding.checkpoint) == (Rule.EXPECTED_HEAD, 2)


async def test_a_ledger_written_anew_shows_only_against_a_head_kept_elsewhere() -> None:
    words = list(LEDGER.events)
    words[3] = replace(words[3], actor="mallory")
    forged = written_again(words, LEDGER.checkpoints)
    assert (await forged.verdict()).clean
    assert found(await forged.verdict(head_of(LEDGER.events[6]))) == (Rule.EXPECTED_HEAD, PLAN, 3, 7)
    verdict = await forged.verdict(head_of_checkpoint(LEDGER.checkpoints[1]))
    assert verdict.finding is not None
    assert (verdict.finding.rule, verdict.finding.checkpoint) == (Rule.EXPECTED_HEAD, 2)
    before = await forged.verdict(head_of_checkpoint(LEDGER.checkpoints[0]), head_of(LEDGER.events[2]))
    assert (before.clean, before.expected_held) == (True, 2)


async def test_a_head_that_lies_on_the_chain_is_extended_however_old_it_is() -> None:
    verdict = await LEDGER.verdict(*(head_of(event) for event in LEDGER.events))
    assert (verdict.clean, verdict.expected_count, verdict.expected_held) == (True, 12, 12)


async def test_two_heads_that_contradict_each_other_cannot_both_hold() -> None:
    head = LEDGER.heads[0]
    verdict = await LEDGER.verdict(head, replace(head, hash="0" * 64))
    assert found(verdict)[:3] == (Rule.EXPECTED_HEAD, head.stream, head.sequence)


async def test_a_head_of_a_stream_that_never_was_is_missing() -> None:
    stranger = Head(stream="plan/v9", sequence=2, hash="a" * 64)
    assert found(await LEDGER.verdict(stranger)) == (Rule.EXPECTED_HEAD, "plan/v9", 1, None)


async def test_swapped_events_are_found_at_the_first_of_them() -> None:
    third, fourth = LEDGER.events[2], LEDGER.events[3]
    swapped = LEDGER.changed(3, position=0).changed(4, position=3).changed(0, position=4)
    ordered = replace(swapped, events=tuple(sorted(swapped.events, key=lambda event: event.position)))
    assert found(await ordered.verdict()) == (Rule.HASH, PLAN, 2, 3)
    mixed = replace(LEDGER, events=(*LEDGER.events[:2], fourth, third, *LEDGER.events[4:]))
    assert found(await mixed.verdict())[3] == 3


async def test_an_event_put_in_twice_stands_where_it_does_not_belong() -> None:
    doubled = replace(LEDGER, events=(*LEDGER.events[:4], LEDGER.events[3], *LEDGER.events[4:]))
    assert found(await doubled.verdict()) == (Rule.ORDER, PLAN, 2, 4)


@pytest.mark.parametrize(
    ("number", "words", "rule"),
    [
        (1, {"reason": "another"}, Rule.CHECKPOINT_HASH),
        (1, {"hash": "0" * 64}, Rule.CHECKPOINT_HASH),
        (1, {"stream_count": 2}, Rule.CHECKPOINT_HASH),
        (2, {"position": 7}, Rule.CHECKPOINT_HASH),
        (2, {"position": 99}, Rule.CHECKPOINT_AHEAD),
        (2, {"previous_hash": "0" * 64}, Rule.CHECKPOINT_LINK),
        (2, {"number": 3}, Rule.CHECKPOINT_MISSING),
    ],
)
async def test_a_changed_checkpoint_is_named(number: int, words: dict[str, Any], rule: Rule) -> None:
    checkpoints = tuple(replace(taken, **words) if taken.number == number else taken for taken in LEDGER.checkpoints)
    verdict = await replace(LEDGER, checkpoints=checkpoints).verdict()
    assert verdict.finding is not None
    assert (verdict.finding.rule, verdict.finding.checkpoint) == (rule, number)
    assert verdict.checkpoint_count == number - 1


async def test_a_removed_checkpoint_is_named() -> None:
    verdict = await replace(LEDGER, checkpoints=LEDGER.checkpoints[1:]).verdict()
    assert verdict.finding is not None
    assert (verdict.finding.rule, verdict.finding.checkpoint) == (Rule.CHECKPOINT_MISSING, 1)


async def test_a_newest_checkpoint_that_the_heads_name_but_is_not_there_is_missing() -> None:
    verdict = await verdict_on(LEDGER.events, LEDGER.checkpoints[:1], LEDGER.standing)
    assert verdict.finding is not None
    assert (verdict.finding.rule, verdict.finding.checkpoint) == (Rule.CHECKPOINT_MISSING, 2)


async def test_two_checkpoints_at_one_position_are_fine() -> None:
    first = LEDGER.checkpoints[1]
    heads = [head_of(event) for event in LEDGER.events[5:8]]
    second = checkpoint(heads, first, position=8, at=NOON, reason="once more")
    assert (await replace(LEDGER, checkpoints=(*LEDGER.checkpoints, second)).verdict()).clean


@pytest.mark.parametrize("change", [{"hash": "0" * 64}, {"sequence": 3}, {"sequence": 9}])
async def test_a_changed_head_is_named(change: dict[str, Any]) -> None:
    heads = (replace(LEDGER.heads[0], **change), *LEDGER.heads[1:])
    assert found(await replace(LEDGER, heads=heads).verdict())[:2] == (Rule.HEAD, PLAN)


async def test_a_stream_without_its_head_is_named() -> None:
    assert found(await replace(LEDGER, heads=LEDGER.heads[1:]).verdict())[:3] == (Rule.HEAD, PLAN, 4)


# Parts ----------------------------------------------------------------------------------------------------------------


async def verdict_on_part(ledger: Ledger, extent: Extent, *expected: Head) -> AuditVerdict:
    events = [event for event in ledger.events if event.position > extent.since and extent.wanted.has(event)]
    heads = tuple(head for head in ledger.heads if extent.wanted.has_stream(head.stream))
    standing = LedgerHeads(position=ledger.position, heads=heads, extent=extent)
    return await verdict_on(events, ledger.checkpoints, standing, expected, extent)


SINCE = Extent(since=5)
WEEKLY_ONLY = Extent(wanted=EventFilter(within="input_set/weekly/"))


@pytest.mark.parametrize("extent", [SINCE, WEEKLY_ONLY, Extent(since=12), Extent(since=4, wanted=WEEKLY_ONLY.wanted)])
async def test_a_part_of_a_ledger_holds_and_says_that_it_is_one(extent: Extent) -> None:
    verdict = await verdict_on_part(LEDGER, extent)
    assert verdict.finding is None
    assert not verdict.extent.whole


async def test_a_broken_link_of_a_part_is_named() -> None:
    assert found(await verdict_on_part(LEDGER.changed(9, actor="mallory"), SINCE)) == (Rule.HASH, WEEKLY, 3, 9)
    assert found(await verdict_on_part(LEDGER.without(9), SINCE)) == (Rule.MISSING, WEEKLY, 3, 9)
    assert found(await verdict_on_part(LEDGER.without(9), WEEKLY_ONLY)) == (Rule.SEQUENCE, WEEKLY, 4, 12)
    assert found(await verdict_on_part(LEDGER.without(12), WEEKLY_ONLY)) == (Rule.HEAD, WEEKLY, 4, None)
    assert found(await verdict_on_part(LEDGER.without(6), SINCE))[3] == 6


async def test_heads_outside_of_a_part_are_not_counted_as_held() -> None:
    verdict = await verdict_on_part(LEDGER, SINCE, *(head_of(event) for event in LEDGER.events))
    assert (verdict.clean, verdict.expected_count, verdict.expected_held) == (True, 12, 7)
    verdict = await verdict_on_part(LEDGER, WEEKLY_ONLY, *LEDGER.heads)
    assert (verdict.clean, verdict.expected_held) == (True, 1)


# Size -----------------------------------------------------------------------------------------------------------------


def endless(count: int) -> Iterator[Event]:
    heads: dict[str, Head] = {}
    for position in range(1, count + 1):
        stream = f"plan/v{position % 10}"
        event = sealed(an_event(stream), head=heads.get(stream), position=position, at=NOON)
        heads[stream] = head_of(event)
        yield event


def test_a_hundred_thousand_events_are_verified_in_flat_memory() -> None:
    verifier, blocks = LedgerVerifier(), []
    for event in endless(100_000):
        verifier.take_event(event)
        if event.position % 10_000 == 0:
            blocks.append(sys.getallocatedblocks())
    verdict = verifier.close(None)
    assert (verdict.clean, verdict.event_count, verdict.stream_count) == (True, 100_000, 10)
    assert blocks[-1] - blocks[0] < 1_000
