"""The mirror: what the ledger says is written below the files root, in the order of commits, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from ...domain.shared.events import Event, EventFilter
from ...domain.storage.mirror import MirrorHead, OutboxEntry, RootFile, Touched
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .mirror_files import MirrorFiles
from .mirror_root import require_ours
from .mirror_writing import MirrorWriting

EVENTS_AT_ONCE = 500
COMMITS_AT_ONCE = 200
PARTS_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """What a mirroring came to: commits that no longer wait, and the versions, labels and streams that it wrote."""

    commits: int = 0
    versions: int = 0
    labels: int = 0
    streams: int = 0

    def and_also(self, other: Mirrored) -> Mirrored:
        """Both together."""
        return Mirrored(
            commits=self.commits + other.commits,
            versions=self.versions + other.versions,
            labels=self.labels + other.labels,
            streams=self.streams + other.streams,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorLedger:
    """Bring the mirror up to the ledger.

    Always written is the latest that the ledger says of what was touched: by the commits that wait, and by whatever
    events came after those that the mirror has (a store may have been without files meanwhile).  Work is done in
    parts, between which others have their turn.  The units of work are ones that note nothing themselves.
    """

    unit_of_work: UnitOfWorkFactory
    files: MirrorFiles | None
    events_at_once: int = EVENTS_AT_ONCE
    parts_at_once: int = PARTS_AT_ONCE
    # In this process one waits for the other without a connection in its hands: each needs two.
    turns: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self, *, anew: bool = False, up_to: int | None = None) -> Mirrored:
        """What was written; ``anew`` writes everything, ``up_to`` is content where no commit up to that one waits.

        A mirror of another schema is written anew as well: its rows have the columns of before.

        Raises:
            ConflictError: the root is that of another store or epoch, is ahead of the ledger, or off its chain.
            StorageError: the root cannot be read or written; what waits goes on waiting.
        """
        total = Mirrored()
        async with self.turns:
            if up_to is not None and not await self._waits(up_to):
                return total
            if anew:
                total = await self._everything()
            more = True
            while more:
                step = await self._step()
                if step is None:
                    total = total.and_also(await self._everything())
                else:
                    done, more = step
                    total = total.and_also(done)
        return total

    async def _waits(self, commit_seq: int) -> bool:
        async with self.unit_of_work(read_only=True) as uow:
            waiting = await uow.outbox.pending(limit=1)
        return bool(waiting) and waiting[0].commit_seq <= commit_seq

    async def _step(self) -> tuple[Mirrored, bool] | None:
        """Mirror what came since, or a part of it; whether there is more to do; null if all is of another schema."""
        async with self._writing() as turn:
            if turn is None:
                return Mirrored(), False
            if turn.root.head is not None and turn.root.head.schema != turn.ledger.image.schema:
                return None
            step = await self._taken(turn)
            await turn.writing.touched(step.touched, step.events)
            await turn.writing.files.save_root(replace(turn.root, epoch=turn.epoch, head=step.head))
            await turn.lock.outbox.done(step.commits)
            await turn.lock.commit()
        done = Mirrored(
            commits=len(step.commits),
            versions=len(step.touched.versions),
            labels=len(step.touched.labels),
            streams=len({event.stream for event in step.events}),
        )
        return done, step.more

    async def _everything(self) -> Mirrored:
        """Write every part of the ledger anew; what comes meanwhile is mirrored afterwards."""
        async with self.unit_of_work(read_only=True) as ledger:
            contents, labels = await ledger.parts.contents(), await ledger.parts.label_keys()
            streams, versions = [head.stream for head in await ledger.events.heads()], await ledger.parts.version_keys()
        for part in _parts([Touched(contents={name}) for name in contents], self.parts_at_once):
            await self._anew(part)
        for part in _parts([Touched(streams={name}) for name in streams], self.parts_at_once):
            await self._anew(part)
        await self._anew(None)
        for part in _parts([Touched(labels={name}) for name in labels], self.parts_at_once):
            await self._anew(part)
        for part in _parts([Touched(versions={name}) for name in versions], self.parts_at_once):
            await self._anew(part)
        async with self._writing() as turn:
            if turn is not None and turn.root.head is not None:  # all of it is of this schema from now on
                known = replace(turn.root.head, schema=turn.ledger.image.schema)
                await turn.writing.files.save_root(replace(turn.root, head=known))
        return Mirrored(versions=len(versions), labels=len(labels), streams=len(streams))

    async def _anew(self, part: Touched | None) -> None:
        async with self._writing() as turn:
            if turn is not None and part is not None:
                await turn.writing.anew(part)
            elif turn is not None:
                await turn.writing.rest_anew()

    @asynccontextmanager
    async def _writing(self) -> AsyncGenerator[_Turn | None]:
        """A turn at the mirror, in which nobody else writes it; none where the store keeps no files."""
        async with self.unit_of_work() as lock:
            state = await lock.storage.state()
            if state is None or not state.mode.has_files or self.files is None or not lock.parts.are_kept:
                yield None
                return
            await lock.outbox.hold_mirror()
            root = await require_ours(lock, self.files, state)
            async with self.unit_of_work(read_only=True) as ledger:
                writing = MirrorWriting(ledger=ledger, files=self.files, commit_seq=await ledger.outbox.last_commit())
                yield _Turn(lock=lock, root=root, epoch=state.epoch, ledger=ledger, writing=writing)

    async def _taken(self, turn: _Turn) -> _Step:
        """What is to be written next."""
        ledger, known = turn.ledger, turn.root.head
        waiting = await ledger.outbox.pending(limit=COMMITS_AT_ONCE)
        after = 0 if known is None else known.position
        events = await ledger.events.feed(EventFilter(), after=after, limit=self.events_at_once)
        more = len(events) == self.events_at_once
        ready = [entry for entry in waiting if not more or entry.position <= events[-1].position]
        newest = "" if known is None else known.hash
        return _Step(
            touched=_touched(events, ready),
            events=events,
            commits=[entry.commit_seq for entry in ready],
            head=MirrorHead(
                commit_seq=turn.writing.commit_seq,
                position=events[-1].position if events else after,
                hash=events[-1].hash if events else newest,
                schema=ledger.image.schema if known is None else known.schema,
            ),
            more=more or len(waiting) == COMMITS_AT_ONCE,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """A turn at the mirror: the unit of work that holds it, the root as it is, and one state of the ledger."""

    lock: UnitOfWork
    root: RootFile
    epoch: str
    ledger: UnitOfWork
    writing: MirrorWriting


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What is to be written now, and how far the mirror has come then."""

    touched: Touched
    events: Sequence[Event]
    commits: Sequence[int]
    head: MirrorHead
    more: bool


def _touched(events: Sequence[Event], entries: Sequence[OutboxEntry]) -> Touched:
    touched = Touched()
    for event in events:
        touched.event(event.stream, event.subject)
    for entry in entries:
        touched.add(entry.touched)
    return touched


def _parts(single: Sequence[Touched], size: int) -> list[Touched]:
    """So many at a time, together."""
    parts = []
    for start in range(0, len(single), size):
        part = Touched()
        for one in single[start : start + size]:
            part.add(one)
        parts.append(part)
    return parts
