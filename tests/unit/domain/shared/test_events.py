from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.access.actor import Actor, Role, Verification
from planvault.domain.shared.events import (
    Event,
    EventDraft,
    Head,
    checkpoint,
    first_broken,
    genesis_hash,
    sealed,
)
from planvault.testing.builders import AYA, an_event, moments
from planvault.testing.clocks import NOON

KNOWN_EVENT = "7411acd30e2535e6e532b3b34a661836842473933c13f3b3322d1a288829f1b8"
KNOWN_CHECKPOINT = "e46be6efe2415137cbd18cd505dd75c8e9af0fa025ee58a1839b364b057acf53"
FIELDS = [name for name in Event.__slots__ if name != "hash"]


def sha(tag: str, text: str) -> str:
    return hashlib.sha256(tag.encode() + b"\0" + text.encode()).hexdigest()


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def head_of(event: Event) -> Head:
    return Head(stream=event.stream, sequence=event.sequence, hash=event.hash)


def a_chain(length: int = 5, *, stream: str = "plan/v1") -> list[Event]:
    events: list[Event] = []
    for number, at in enumerate(moments(length)):
        draft = an_event(stream, f"act-{number}", comment=f"said {number}", details={"number": number})
        head = head_of(events[-1]) if events else None
        events.append(sealed(draft, head=head, position=10 + number, at=at))
    return events


def altered(event: Event, name: str) -> Event:
    value = getattr(event, name)
    changed: Any
    if isinstance(value, int):
        changed = value + 1
    elif name == "recorded_at":
        changed = value + timedelta(microseconds=1)
    else:
        changed = None if name == "comment" else f"{value}x"
    return replace(event, **{name: changed})


def test_the_first_event_of_a_stream_follows_the_streams_own_beginning() -> None:
    event = sealed(an_event(), head=None, position=7, at=NOON)
    assert (event.sequence, event.position) == (1, 7)
    assert event.previous_hash == genesis_hash("plan/v1") == sha("planvault stream 1", "plan/v1")
    assert genesis_hash("plan/v1") != genesis_hash("plan/v2")


def test_a_sealed_event_says_who_did_it_and_how_we_know() -> None:
    ben = Actor(name="Ben", roles=frozenset({Role.APPROVER}), verification=Verification.TOKEN, token_id="abcdefgh")  # noqa: S106 (no secret)
    draft = EventDraft(
        stream="plan/v1", action="submit", subject="plan/v1", actor=ben, comment="go", details={"b": 1, "a": None}
    )
    event = sealed(draft, head=None, position=1, at=NOON)
    assert (event.actor, event.verification, event.comment) == ("Ben", "token", "go")
    assert event.details_json == '{"a":null,"b":1}'
    assert event.hash == event.recomputed_hash()


def test_the_hash_of_an_event_is_the_one_an_independent_program_computes() -> None:
    draft = an_event("plan/v1", "create", comment="é", details={"rows": 2.0, "input": None})
    event = sealed(draft, head=Head(stream="plan/v1", sequence=3, hash="a" * 64), position=9, at=NOON)
    said = {
        "stream": "plan/v1",
        "sequence": 4,
        "position": 9,
        "action": "create",
        "subject": "plan/v1",
        "actor": "aya",
        "verification": "asserted",
        "comment": "é",
        "details_json": '{"input":null,"rows":2}',
        "recorded_at": "2026-11-20T12:00:00.000000Z",
        "previous_hash": "a" * 64,
    }
    assert event.hash == sha("planvault event 1", compact(said)) == KNOWN_EVENT


def test_a_chain_that_nobody_touched_holds() -> None:
    chain = a_chain()
    assert first_broken(chain) is None
    assert first_broken(chain[2:], head=head_of(chain[1])) is None
    assert first_broken([]) is None


@given(st.integers(0, 4), st.sampled_from(FIELDS))
def test_the_first_altered_event_is_found_whichever_word_was_altered(index: int, name: str) -> None:
    chain = a_chain()
    chain[index] = altered(chain[index], name)
    assert first_broken(chain) is chain[index]


@given(st.integers(0, 3), st.sampled_from(FIELDS))
def test_an_event_that_was_altered_and_hashed_again_breaks_the_one_after(index: int, name: str) -> None:
    chain = a_chain()
    forged = altered(chain[index], name)
    chain[index] = replace(forged, hash=forged.recomputed_hash())
    noticed_at_once = name in {"stream", "sequence", "previous_hash"} and (name != "stream" or index == 0)
    assert first_broken(chain) is chain[index if noticed_at_once else index + 1]


@given(st.integers(0, 4))
def test_an_altered_hash_is_found(index: int) -> None:
    chain = a_chain()
    chain[index] = replace(chain[index], hash="0" * 64)
    assert first_broken(chain) is chain[index]


@given(st.integers(0, 3))
def test_a_dropped_event_shows_at_the_one_after(index: int) -> None:
    chain = a_chain()
    following = chain[index + 1]
    del chain[index]
    assert first_broken(chain) is following


@given(st.permutations(range(5)).filter(lambda order: order != list(range(5))))
def test_reordered_events_show_at_the_first_out_of_place(order: list[int]) -> None:
    chain = a_chain()
    mixed = [chain[index] for index in order]
    first = next(index for index, event in enumerate(mixed) if event is not chain[index])
    assert first_broken(mixed) is mixed[first]


def test_an_event_put_in_twice_or_from_another_stream_is_found() -> None:
    chain = a_chain()
    stranger = a_chain(3, stream="plan/v2")[2]
    assert first_broken([*chain[:2], chain[1], *chain[2:]]) is chain[1]
    assert first_broken([*chain[:2], stranger, *chain[3:]]) is stranger


def test_an_event_with_details_that_cannot_be_kept_is_not_sealed() -> None:
    with pytest.raises(ValueError, match="finite"):
        sealed(an_event(details={"share": float("nan")}), head=None, position=1, at=NOON)


HEADS = [Head(stream="plan/v2", sequence=1, hash="b" * 64), Head(stream="plan/v1", sequence=3, hash="a" * 64)]


def test_the_hash_of_a_checkpoint_is_the_one_an_independent_program_computes() -> None:
    taken = checkpoint(HEADS, None, position=4, at=NOON, reason="by hand")
    said = {
        "number": 1,
        "position": 4,
        "heads": [["plan/v1", 3, "a" * 64], ["plan/v2", 1, "b" * 64]],
        "recorded_at": "2026-11-20T12:00:00.000000Z",
        "reason": "by hand",
        "previous_hash": sha("planvault stream 1", "checkpoints"),
    }
    assert taken.hash == sha("planvault checkpoint 1", compact(said)) == KNOWN_CHECKPOINT
    assert (taken.number, taken.stream_count) == (1, 2)


def test_a_checkpoint_is_linked_to_the_one_before_and_blind_to_the_order_of_heads() -> None:
    first = checkpoint(HEADS, None, position=4, at=NOON, reason="by hand")
    second = checkpoint(HEADS, first, position=4, at=NOON, reason="by hand")
    assert first == checkpoint(reversed(HEADS), None, position=4, at=NOON, reason="by hand")
    assert (second.number, second.previous_hash) == (2, first.hash)
    assert second.hash != first.hash


@pytest.mark.parametrize("change", [{"hash": "c" * 64}, {"sequence": 2}, {"stream": "plan/v3"}])
def test_another_head_gives_another_checkpoint(change: dict[str, Any]) -> None:
    heads = [replace(HEADS[0], **change), HEADS[1]]
    before = checkpoint(HEADS, None, position=4, at=NOON, reason="r")
    assert checkpoint(heads, None, position=4, at=NOON, reason="r").hash != before.hash
    assert checkpoint(HEADS[:1], None, position=4, at=NOON, reason="r").hash != before.hash


def test_a_chain_by_somebody_else_is_another_chain() -> None:
    one = sealed(an_event(actor=AYA), head=None, position=1, at=NOON)
    other = sealed(an_event(actor=Actor.asserted("ben")), head=None, position=1, at=NOON)
    assert one.hash != other.hash
