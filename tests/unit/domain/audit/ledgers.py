"""A small ledger to spoil: events of three streams by turns, and checkpoints between them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from planvault.application.audit.walking import walk
from planvault.domain.audit.evidence import Extent, LedgerHeads, head_of_checkpoint
from planvault.domain.audit.verdict import AuditVerdict
from planvault.domain.audit.verifier import LedgerVerifier
from planvault.domain.shared.events import Checkpoint, Event, Head, checkpoint, sealed
from planvault.testing.builders import an_event
from planvault.testing.clocks import NOON

STREAMS = ("input_set/weekly/1", "plan/v1", "access")


def head_of(event: Event) -> Head:
    return Head(stream=event.stream, sequence=event.sequence, hash=event.hash)


@dataclass(frozen=True)
class Ledger:
    """What a store holds: any part may be replaced by something else."""

    events: tuple[Event, ...]
    checkpoints: tuple[Checkpoint, ...]
    heads: tuple[Head, ...]
    position: int

    @property
    def standing(self) -> LedgerHeads:
        newest = head_of_checkpoint(self.checkpoints[-1]) if self.checkpoints else None
        return LedgerHeads(position=self.position, heads=self.heads, checkpoint=newest)

    def without(self, *positions: int) -> Ledger:
        """The events of these positions taken out, and nothing else."""
        return replace(self, events=tuple(event for event in self.events if event.position not in positions))

    def changed(self, at: int, **words: Any) -> Ledger:
        """Some words of one event changed, and nothing else."""
        events = tuple(replace(event, **words) if event.position == at else event for event in self.events)
        return replace(self, events=events)

    def until(self, position: int) -> Ledger:
        """The ledger as it was at a position."""
        return written_again([event for event in self.events if event.position <= position], self.checkpoints)

    async def verdict(self, *expected: Head) -> AuditVerdict:
        return await verdict_on(self.events, self.checkpoints, self.standing, expected)


def a_ledger(rounds: int = 4, *, checkpoints_at: Iterable[int] = (3, 8)) -> Ledger:
    """So many events of each stream by turns, and checkpoints after those positions."""
    heads: dict[str, Head] = {}
    events: list[Event] = []
    taken: list[Checkpoint] = []
    for position in range(1, rounds * len(STREAMS) + 1):
        stream, at = STREAMS[position % len(STREAMS)], NOON + timedelta(seconds=position)
        draft = an_event(stream, f"act-{position}", comment="seen", details={"revision": position})
        event = sealed(draft, head=heads.get(stream), position=position, at=at)
        heads[stream] = head_of(event)
        events.append(event)
        if position in set(checkpoints_at):
            previous = taken[-1] if taken else None
            taken.append(checkpoint(heads.values(), previous, position=position, at=at, reason="by hand"))
    return Ledger(tuple(events), tuple(taken), tuple(heads.values()), len(events))


def written_again(words: Sequence[Event], checkpoints: Sequence[Checkpoint]) -> Ledger:
    """A ledger of these words in which every hash, head and checkpoint fits: forged by somebody who knows how."""
    heads: dict[str, Head] = {}
    events: list[Event] = []
    again: list[Checkpoint] = []
    for position, event in enumerate(words, start=1):
        actor = an_event().actor
        draft = an_event(event.stream, event.action, subject=event.subject, actor=actor, comment=event.comment)
        resealed = sealed(draft, head=heads.get(event.stream), position=position, at=event.recorded_at)
        resealed = replace(resealed, actor=event.actor, details_json=event.details_json)
        resealed = replace(resealed, hash=resealed.recomputed_hash())
        heads[event.stream] = head_of(resealed)
        events.append(resealed)
        for taken in checkpoints:
            if taken.position == position:
                previous = again[-1] if again else None
                again.append(
                    checkpoint(heads.values(), previous, position=position, at=taken.recorded_at, reason=taken.reason)
                )
    return Ledger(tuple(events), tuple(again), tuple(heads.values()), len(events))


async def verdict_on(
    events: Iterable[Event],
    checkpoints: Iterable[Checkpoint],
    heads: LedgerHeads | None,
    expected: Iterable[Head] = (),
    extent: Extent | None = None,
) -> AuditVerdict:
    async def batches() -> AsyncGenerator[Sequence[Event], None]:
        for event in events:
            yield (event,)

    async def singly() -> AsyncGenerator[Checkpoint, None]:
        for taken in checkpoints:
            yield taken

    verifier = LedgerVerifier(expected, extent=extent)
    await walk(verifier, batches(), singly())
    return verifier.close(heads)
