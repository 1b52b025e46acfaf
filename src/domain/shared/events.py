"""The event chain: what happened, in order, so that a missing or altered event shows.

Events form one chain per stream: each carries the hash of the one before, and its own hash covers everything it
says.  ``position`` orders all events of a store by commit.  A checkpoint hashes the heads of all streams and is
linked to the checkpoint before it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from .canonical import digest, document
from .clock import instant_text

EVENT_TAG = "planvault event 1"
GENESIS_TAG = "planvault stream 1"
CHECKPOINT_TAG = "planvault checkpoint 1"


class Acting(Protocol):
    """As much of an actor as an event tells."""

    @property
    def name(self) -> str:
        """Who."""
        ...

    @property
    def verification(self) -> str:
        """How the name came to be believed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDraft:
    """Something that happened, before it has its place in the chain."""

    stream: str
    action: str
    subject: str
    actor: Acting
    comment: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, in its place: append-only, and outliving its subject.

    ``details_json`` is canonical JSON text; hashes are 64 hex digits; ``sequence`` counts from 1 in its stream.
    """

    stream: str
    sequence: int
    position: int
    action: str
    subject: str
    actor: str
    verification: str
    comment: str | None
    details_json: str
    recorded_at: datetime
    previous_hash: str
    hash: str

    def recomputed_hash(self) -> str:
        """The hash that the event's own words give; an altered event no longer carries it."""
        return _event_hash(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest event of a stream."""

    stream: str
    sequence: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A hash over all stream heads at one moment, linked to the checkpoint before."""

    number: int
    position: int
    stream_count: int
    recorded_at: datetime
    reason: str
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events to read; what is null does not matter.

    ``within`` is what names of streams begin with, up to and including a slash: ``input_set/weekly/`` are the events
    of that label in all its generations.
    """

    stream: str | None = None
    within: str | None = None
    subject: str | None = None

    def has_stream(self, stream: str) -> bool:
        """Whether events of that stream can be among those wanted."""
        return self.stream in {None, stream} and (self.within is None or stream.startswith(self.within))

    def has(self, event: Event) -> bool:
        """Whether that event is wanted."""
        return self.has_stream(event.stream) and self.subject in {None, event.subject}


def genesis_hash(stream: str) -> str:
    """What the first event of a stream carries as the hash before it."""
    return digest(GENESIS_TAG, stream.encode()).hex()


def sealed(draft: EventDraft, *, head: Head | None, position: int, at: datetime) -> Event:
    """The draft as the next event of its stream."""
    unsealed = Event(
        stream=draft.stream,
        sequence=1 if head is None else head.sequence + 1,
        position=position,
        action=draft.action,
        subject=draft.subject,
        actor=draft.actor.name,
        verification=str(draft.actor.verification),
        comment=draft.comment,
        details_json=document(dict(draft.details)),
        recorded_at=at,
        previous_hash=genesis_hash(draft.stream) if head is None else head.hash,
        hash="",
    )
    return Event(**{name: getattr(unsealed, name) for name in _FIELDS} | {"hash": _event_hash(unsealed)})


_FIELDS = (
    "stream",
    "sequence",
    "position",
    "action",
    "subject",
    "actor",
    "verification",
    "comment",
    "details_json",
    "recorded_at",
    "previous_hash",
)


def _event_hash(event: Event) -> str:
    said = {name: getattr(event, name) for name in _FIELDS}
    said["recorded_at"] = instant_text(event.recorded_at)
    return digest(EVENT_TAG, document(said).encode()).hex()


def checkpoint(
    heads: Iterable[Head], previous: Checkpoint | None, *, position: int, at: datetime, reason: str
) -> Checkpoint:
    """The next checkpoint over these heads, in order of stream."""
    ordered = sorted(heads, key=lambda head: head.stream)
    number = 1 if previous is None else previous.number + 1
    previous_hash = genesis_hash("checkpoints") if previous is None else previous.hash
    said = {
        "number": number,
        "position": position,
        "heads": [[head.stream, head.sequence, head.hash] for head in ordered],
        "recorded_at": instant_text(at),
        "reason": reason,
        "previous_hash": previous_hash,
    }
    return Checkpoint(
        number=number,
        position=position,
        stream_count=len(ordered),
        recorded_at=at,
        reason=reason,
        previous_hash=previous_hash,
        hash=digest(CHECKPOINT_TAG, document(said).encode()).hex(),
    )


def first_broken(events: Sequence[Event], *, head: Head | None = None) -> Event | None:
    """The first event of a stream's run that does not follow from the one before; none when the chain holds.

    ``head`` is the event before the first of ``events``; without it they begin the stream.
    """
    for event in events:
        expected_hash = genesis_hash(event.stream) if head is None else head.hash
        expected_sequence = 1 if head is None else head.sequence + 1
        if (
            event.sequence != expected_sequence
            or event.previous_hash != expected_hash
            or event.hash != event.recomputed_hash()
        ):
            return event
        head = Head(stream=event.stream, sequence=event.sequence, hash=event.hash)
    return None


class EventLog(Protocol):
    """The events of a store: written with the change they tell of, never updated, never removed."""

    async def append(self, draft: EventDraft, *, at: datetime) -> Event:
        """Seal the draft as the next event of its stream; it is kept if the unit of work commits.

        Append late: from here to the commit other writers' events wait.
        """
        ...

    async def head(self, stream: str) -> Head | None:
        """The newest event of a stream; none if nothing ever happened in it."""
        ...

    async def heads(self) -> list[Head]:
        """The newest event of every stream, in order of stream."""
        ...

    def stream(self, stream: str) -> AsyncIterator[Event]:
        """The events of a stream, oldest first."""
        ...

    async def page(self, stream: str | None, *, after: int, limit: int) -> list[Event]:
        """Events after a position, of one stream or of all, in order of position."""
        ...

    async def beginnings(self, streams: Iterable[str]) -> dict[str, int]:
        """The position of the first event of each of these streams that has one."""
        ...

    async def feed(self, wanted: EventFilter, *, after: int, limit: int) -> list[Event]:
        """Wanted events after a position, in order of position.

        Raises:
            IntegrityError: what is stored can no longer be read as events.
        """
        ...

    async def newest(self, wanted: EventFilter, *, before: int | None, limit: int) -> list[Event]:
        """Wanted events before a position, or the newest of all, newest first."""
        ...

    async def position(self) -> int:
        """The position that was given out last: the newest event's; 0 before the first."""
        ...

    async def checkpoints(self, *, after: int, limit: int) -> list[Checkpoint]:
        """Checkpoints after a number, in order of number.

        Raises:
            IntegrityError: what is stored can no longer be read as checkpoints.
        """
        ...

    async def last_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint, if there is one."""
        ...

    async def take_checkpoint(self, reason: str, *, at: datetime) -> Checkpoint:
        """Hash all heads, link it to the checkpoint before, and keep it with this unit of work.

        Take it late: from here to the commit other writers' events wait, so that none falls between heads and position.
        """
        ...
