"""The event chain in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from itertools import islice

from ...domain.shared.events import Checkpoint, Event, EventDraft, EventFilter, EventLog, Head, checkpoint, sealed
from .state import MemoryState


class MemoryEventLog(EventLog):
    """The events of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._state = state

    async def append(self, draft: EventDraft, *, at: datetime) -> Event:
        """Seal the draft as the next event of its stream."""
        position = len(self._state.events) + 1
        event = sealed(draft, head=await self.head(draft.stream), position=position, at=at)
        self._state.events[position] = event
        self._state.heads[event.stream] = Head(stream=event.stream, sequence=event.sequence, hash=event.hash)
        return event

    async def head(self, stream: str) -> Head | None:
        """The newest event of a stream."""
        return self._state.heads.get(stream)

    async def heads(self) -> list[Head]:
        """The newest event of every stream, in order of stream."""
        return [self._state.heads[stream] for stream in sorted(self._state.heads)]

    async def stream(self, stream: str) -> AsyncIterator[Event]:
        """The events of a stream, oldest first."""
        for event in list(self._state.events.values()):
            if event.stream == stream:
                yield event

    async def page(self, stream: str | None, *, after: int, limit: int) -> list[Event]:
        """Events after a position, of one stream or of all, in order of position."""
        matching = [
            event
            for position, event in self._state.events.items()
            if position > after and stream in {None, event.stream}
        ]
        return matching[:limit]

    async def beginnings(self, streams: Iterable[str]) -> dict[str, int]:
        """The position of the first event of each of these streams that has one."""
        wanted = set(streams)
        return {
            event.stream: position
            for position, event in self._state.events.items()
            if event.sequence == 1 and event.stream in wanted
        }

    async def feed(self, wanted: EventFilter, *, after: int, limit: int) -> list[Event]:
        """Wanted events after a position, in order of position."""
        later = (event for position, event in self._state.events.items() if position > after and wanted.has(event))
        return list(islice(later, limit))

    async def newest(self, wanted: EventFilter, *, before: int | None, limit: int) -> list[Event]:
        """Wanted events before a position, or the newest of all, newest first."""
        earlier = (
            event
            for position, event in reversed(self._state.events.items())
            if (before is None or position < before) and wanted.has(event)
        )
        return list(islice(earlier, limit))

    async def position(self) -> int:
        """The position that was given out last."""
        return len(self._state.events)

    async def checkpoints(self, *, after: int, limit: int) -> list[Checkpoint]:
        """Checkpoints after a number, in order of number."""
        later = (taken for number, taken in self._state.checkpoints.items() if number > after)
        return list(islice(later, limit))

    async def last_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint, if there is one."""
        return self._state.checkpoints.get(len(self._state.checkpoints))

    async def take_checkpoint(self, reason: str, *, at: datetime) -> Checkpoint:
        """Hash all heads, link it to the checkpoint before, and keep it with this unit of work."""
        taken = checkpoint(
            await self.heads(),
            await self.last_checkpoint(),
            position=len(self._state.events),
            at=at,
            reason=reason,
        )
        self._state.checkpoints[taken.number] = taken
        return taken
