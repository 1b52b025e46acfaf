"""Events and checkpoints in the mirror: appended after the last line that lies on the ledger's chain."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from ...domain.audit.evidence import checkpoint_line, event_line, parse_checkpoint, parse_event
from ...domain.shared.events import Checkpoint, Event
from ...domain.storage.mirror import not_of_this_ledger
from ...domain.storage.mirror_text import CHECKPOINTS_FILE, events_file
from ..audit.reading import all_checkpoints
from ..unit_of_work import UnitOfWork
from .mirror_files import MirrorFiles
from .mirror_parts import event_pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorLines:
    """Brings the files of lines up to the ledger."""

    ledger: UnitOfWork
    files: MirrorFiles

    async def events(self, stream: str, events: Sequence[Event]) -> None:
        """See to it that the file of a stream has these, which follow one another.

        A torn last line is cut.  A file that does not lead up to them is written anew from the ledger.

        Raises:
            ConflictError: the file has events that the ledger does not have.
        """
        file = events_file(stream)
        last = _event(await self.files.last_line(file, cut=True))
        fresh = [event for event in events if last is None or event.sequence > last.sequence]
        if fresh and _follows(last, fresh[0]):
            await self.files.append(file, "".join([event_line(event) for event in fresh]).encode())
        elif fresh or last is None or not await self._has(last):
            await self.files.write(file, event_pieces(self.ledger, stream))

    async def checkpoints(self) -> None:
        """See to it that the file of checkpoints has them all."""
        last = _checkpoint(await self.files.last_line(CHECKPOINTS_FILE, cut=True))
        before = await self.ledger.events.checkpoints(after=last.number - 1, limit=1) if last is not None else []
        if last is not None and before[:1] != [last]:
            await self.files.write(CHECKPOINTS_FILE, checkpoint_pieces(self.ledger))
            return
        while more := await self.ledger.events.checkpoints(after=0 if last is None else last.number, limit=1_000):
            await self.files.append(CHECKPOINTS_FILE, "".join([checkpoint_line(one) for one in more]).encode())
            last = more[-1]

    async def anew(self, stream: str) -> None:
        """Write the file of a stream anew.

        Raises:
            ConflictError: it has events that the ledger does not have.
        """
        last = _event(await self.files.last_line(events_file(stream)))
        if last is not None:
            await self._has(last)
        await self.files.write(events_file(stream), event_pieces(self.ledger, stream))

    async def _has(self, last: Event) -> bool:
        """Whether the ledger has this event."""
        head = await self.ledger.events.head(last.stream)
        if head is None or head.sequence < last.sequence:
            raise not_of_this_ledger(
                self.files.place, f"is ahead of the ledger: it has the event {last.sequence} of {last.stream}"
            )
        if head.sequence == last.sequence:
            return head.hash == last.hash
        found = await self.ledger.events.page(last.stream, after=last.position - 1, limit=1)
        return found[:1] == [last]


async def checkpoint_pieces(ledger: UnitOfWork) -> AsyncGenerator[bytes]:
    """All checkpoints, a line each."""
    async for one in all_checkpoints(ledger.events):
        yield checkpoint_line(one).encode()


def _follows(last: Event | None, event: Event) -> bool:
    if last is None:
        return event.sequence == 1
    return event.sequence == last.sequence + 1 and event.previous_hash == last.hash


def _event(line: bytes | None) -> Event | None:
    """The event of a line; a line that is none counts as a file without lines, which is written anew."""
    try:
        return None if line is None else parse_event(line.decode())
    except ValueError:
        return None


def _checkpoint(line: bytes | None) -> Checkpoint | None:
    try:
        return None if line is None else parse_checkpoint(line.decode())
    except ValueError:
        return None
