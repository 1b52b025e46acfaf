from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.application.audit.verify_evidence import Evidence, verify_evidence
from planvault.domain.audit.evidence import (
    checkpoint_line,
    event_line,
    head_text,
    heads_text,
    parse_checkpoint,
    parse_event,
    parse_head,
    parse_heads,
)
from planvault.domain.audit.verdict import AuditVerdict, Rule
from planvault.domain.errors import InvalidRequestError
from planvault.domain.shared.canonical import document
from planvault.domain.shared.events import Event
from tests.unit.domain.audit.ledgers import a_ledger

LEDGER = a_ledger()
LINES = tuple(event_line(event) for event in LEDGER.events)
CHECKPOINTS = tuple(checkpoint_line(taken) for taken in LEDGER.checkpoints)
HEADS = parse_heads(heads_text(LEDGER.standing))
NAMES = [member.name for member in fields(Event)]


def verdict(lines: Sequence[str] = LINES, checkpoints: Sequence[str] = CHECKPOINTS) -> AuditVerdict:
    evidence = Evidence(events=lines, checkpoints=checkpoints, heads=HEADS)
    return asyncio.run(verify_evidence(evidence))


def test_evidence_comes_back_as_it_was_taken_away() -> None:
    assert tuple(parse_event(line) for line in LINES) == LEDGER.events
    assert tuple(parse_checkpoint(line) for line in CHECKPOINTS) == LEDGER.checkpoints
    assert LEDGER.standing == HEADS
    assert [parse_head(head_text(head)) for head in LEDGER.heads] == list(LEDGER.heads)
    assert verdict().clean


def test_events_alone_can_be_verified_too() -> None:
    assert asyncio.run(verify_evidence(Evidence(events=LINES))).clean


def test_an_events_line_without_its_hash_is_what_was_hashed() -> None:
    said = json.loads(LINES[0])
    kept = said.pop("hash")
    unhashed = replace(LEDGER.events[0], hash="")
    assert kept == unhashed.recomputed_hash()
    assert document(said) + "\n" == LINES[0].replace(f'"hash":"{kept}",', "")


@given(data=st.data())
def test_any_single_change_of_any_event_is_found(data: st.DataObject) -> None:
    lines = list(LINES)
    index = data.draw(st.integers(0, len(lines) - 1))
    said = json.loads(lines[index])
    match data.draw(st.sampled_from(["change", "remove field", "add field", "drop", "double", "swap", "byte"])):
        case "change":
            name = data.draw(st.sampled_from(NAMES))
            said[name] = data.draw(_OTHER.filter(lambda value: document(value) != document(said[name])))
            lines[index] = document(said) + "\n"
        case "remove field":
            said.pop(data.draw(st.sampled_from(NAMES)))
            lines[index] = document(said) + "\n"
        case "add field":
            lines[index] = document(said | {"another": 1}) + "\n"
        case "drop":
            del lines[index]
        case "double":
            lines.insert(index, lines[index])
        case "swap":
            other = data.draw(st.integers(0, len(lines) - 1).filter(lambda number: number != index))
            lines[index], lines[other] = lines[other], lines[index]
        case "byte":
            at = data.draw(st.integers(0, len(lines[index]) - 1))
            char = data.draw(st.characters().filter(lambda char: char != lines[index][at]))
            lines[index] = lines[index][:at] + char + lines[index][at + 1 :]
    assert not verdict(lines).clean


_OTHER = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 20), st.floats(0, 9), st.text(max_size=70), st.just("0" * 64)
)


@given(index=st.integers(0, len(CHECKPOINTS) - 1), name=st.sampled_from(["hash", "number", "position", "reason"]))
def test_any_change_of_a_checkpoint_is_found(index: int, name: str) -> None:
    said = json.loads(CHECKPOINTS[index])
    said[name] = said[name] + 1 if isinstance(said[name], int) else "0" * 64
    changed = [*CHECKPOINTS[:index], document(said) + "\n", *CHECKPOINTS[index + 1 :]]
    assert not verdict(checkpoints=changed).clean


@pytest.mark.parametrize("line", ["\n", "{\n", "[]\n", "null\n", "[" * 100_000 + "\n", LINES[3].replace(":", ": ", 1)])
def test_a_line_that_is_not_as_it_was_written_is_named(line: str) -> None:
    finding = verdict([*LINES[:3], line, *LINES[4:]]).finding
    assert finding is not None
    assert (finding.rule, finding.position) == (Rule.UNREADABLE, 4)
    assert finding.message.startswith("Line 4 of the events cannot be read")


def test_a_checkpoint_that_cannot_be_read_is_named() -> None:
    finding = verdict(checkpoints=[CHECKPOINTS[0], "{}\n"]).finding
    assert finding is not None
    assert (finding.rule, finding.checkpoint) == (Rule.UNREADABLE, 2)


@pytest.mark.parametrize("text", ["", "plan/v1", "plan/v1:0:" + "a" * 64, "plan/v1:1:abc", "plan/v1:x:" + "a" * 64])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="no head"):
        parse_head(text)


@pytest.mark.parametrize(
    "change", [{"position": -1}, {"position": True}, {"streams": [1]}, {"extent": {}}, {"checkpoint": {}}]
)
def test_heads_that_planvault_did_not_write_are_refused(change: dict[str, Any]) -> None:
    said = json.loads(heads_text(HEADS))
    with pytest.raises(InvalidRequestError, match="file of heads"):
        parse_heads(json.dumps(said | change))
