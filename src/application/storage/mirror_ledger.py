"""The mirror: what the ledger says is written below the files root, in the order of commits, one at a time."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...domain.shared.events import Event, EventFilter
from ...domain.storage.mirror import MirrorHead, OutboxEntry, RootFile, Touched, not_of_this_ledger
from ...domain.storage.mirror_text import (
    CHECKPOINTS_FILE,
    STORE_FILE,
    content_file,
    current_file,
    label_file,
    sealed_text,
)
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .mirror_files import MirrorFiles
from .mirror_lines import MirrorLines
from .mirror_parts import content_pieces, label_fields, store_fields, version_fields
from .mirror_root import hash_at, require_ours

_EVENTS_AT_ONCE = 500
_COMMITS_AT_ONCE = 200
_COMMIT = re.compile(rb'\{"commit_seq":(\d{1,18}),')
_ENOUGH = 40


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
    events came after those that the mirror has (a store may have been without files meanwhile).  The units of work are
    ones that note nothing themselves.
    """

    unit_of_work: UnitOfWorkFactory
    files: MirrorFiles | None
    # In this process one waits for the other without a connection in its hands: each needs two.
    turns: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self, *, anew: bool = False, up_to: int | None = None) -> Mirrored:
        """What was written; ``anew`` writes everything, ``up_to`` is content where no commit up to that one waits.

        Raises:
            ConflictError: the root is that of another store or epoch, is ahead of the ledger, or off its chain.
            StorageError: the root cannot be read or written; what waits goes on waiting.
        """
        total = Mirrored()
        async with self.turns:
            if up_to is not None and not await self._waits(up_to):
                return total
            begun = not anew
            while True:
                done, more = await self._step(from_start=not begun)
                total, begun = total.and_also(done), True
                if not more:
                    return total

    async def _waits(self, commit_seq: int) -> bool:
        async with self.unit_of_work(read_only=True) as uow:
            waiting = await uow.outbox.pending(limit=1)
        return bool(waiting) and waiting[0].commit_seq <= commit_seq

    async def _step(self, *, from_start: bool) -> tuple[Mirrored, bool]:
        """One part of the work, after which others may have their turn; whether there is more to do."""
        async with self.unit_of_work() as lock:
            state = await lock.storage.state()
            if state is None or not state.mode.has_files or self.files is None or not lock.parts.are_kept:
                return Mirrored(), False
            await lock.outbox.hold_mirror()
            root = await require_ours(lock, self.files, state)
            async with self.unit_of_work(read_only=True) as ledger:
                step = await _taken(ledger, root, from_start=from_start)
                writing = Writing(ledger=ledger, files=self.files, commit_seq=step.head.commit_seq)
                done = await (writing.everything() if from_start else writing.touched(step))
            await self.files.save_root(replace(root, epoch=state.epoch, head=step.head))
            await lock.outbox.done(step.commits)
            await lock.commit()
        return replace(done, commits=len(step.commits)), step.more


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What is to be written now, and how far the mirror has come then."""

    touched: Touched
    events: Sequence[Event]
    commits: Sequence[int]
    head: MirrorHead
    more: bool


async def _taken(ledger: UnitOfWork, root: RootFile, *, from_start: bool) -> _Step:
    commit_seq, newest = await ledger.outbox.last_commit(), await ledger.events.position()
    after = 0 if root.head is None else root.head.position
    waiting = await ledger.outbox.pending(limit=_COMMITS_AT_ONCE)
    if from_start:
        events: list[Event] = []
        position = newest
    else:
        events = await ledger.events.feed(EventFilter(), after=after, limit=_EVENTS_AT_ONCE)
        position = events[-1].position if len(events) == _EVENTS_AT_ONCE else newest
    ready = [entry for entry in waiting if entry.position <= position]
    return _Step(
        touched=_touched(events, ready),
        events=events,
        commits=[entry.commit_seq for entry in ready],
        head=MirrorHead(commit_seq=commit_seq, position=position, hash=await hash_at(ledger, position) or ""),
        more=position < newest or len(waiting) == _COMMITS_AT_ONCE,
    )


def _touched(events: Sequence[Event], entries: Sequence[OutboxEntry]) -> Touched:
    touched = Touched()
    for event in events:
        touched.event(event.stream, event.subject)
    for entry in entries:
        touched.add(entry.touched)
    return touched


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Writes parts of one state of the ledger, which has the commits up to ``commit_seq``."""

    ledger: UnitOfWork
    files: MirrorFiles
    commit_seq: int

    async def touched(self, step: _Step) -> Mirrored:
        """Write what a step is about: first contents and events, last what names them."""
        by_stream: dict[str, list[Event]] = defaultdict(list)
        for event in step.events:
            by_stream[event.stream].append(event)
        kept = set(await self.ledger.parts.contents())
        for content_hash in sorted(step.touched.contents - kept):
            await self.files.move_to_trash(content_file(content_hash))
        versions = {key: await version_fields(self.ledger, key) for key in sorted(step.touched.versions)}
        labels = {key: await label_fields(self.ledger, key) for key in sorted(step.touched.labels)}
        for content_hash in sorted(kept & (step.touched.contents | _contents(labels) | _contents(versions))):
            await self.content(content_hash)
        lines = MirrorLines(ledger=self.ledger, files=self.files)
        for stream in sorted(by_stream):
            await lines.events(stream, by_stream[stream])
        await lines.checkpoints()
        for key, fields in labels.items():
            await self.part(label_file(key), fields)
        await self.store()
        for key, known in versions.items():
            if known is not None:
                await self.part(current_file(key), known)
        return Mirrored(versions=len(versions), labels=len(labels), streams=len(by_stream))

    async def everything(self) -> Mirrored:
        """Write all of it anew, part by part."""
        for content_hash in await self.ledger.parts.contents():
            await self.content(content_hash, anew=True)
        lines = MirrorLines(ledger=self.ledger, files=self.files)
        streams = [head.stream for head in await self.ledger.events.heads()]
        for stream in streams:
            await lines.anew(stream)
        await self.files.move_to_trash(CHECKPOINTS_FILE)
        await lines.checkpoints()
        labels, versions = await self.ledger.parts.label_keys(), await self.ledger.parts.version_keys()
        for key in labels:
            await self.part(label_file(key), await label_fields(self.ledger, key))
        await self.store(anew=True)
        for key in versions:
            known = await version_fields(self.ledger, key)
            if known is not None:
                await self.part(current_file(key), known)
        return Mirrored(versions=len(versions), labels=len(labels), streams=len(streams))

    async def content(self, content_hash: str, *, anew: bool = False) -> None:
        """Write an input content, unless it is there: it never changes."""
        file = content_file(content_hash)
        if anew or await self.files.start(file, 1) is None:
            await self.files.write(file, content_pieces(self.ledger, content_hash))

    async def store(self, *, anew: bool = False) -> None:
        """Write what belongs to no single version or label, if it is not what is there."""
        fields = await store_fields(self.ledger)
        there = None if anew else await self.files.read(STORE_FILE)
        match = None if there is None else _COMMIT.match(there)
        if match is None or there != sealed_text({**fields, "commit_seq": int(match[1])}):
            await self.part(STORE_FILE, fields)

    async def part(self, file: str, fields: dict[str, Any]) -> None:
        """Write a part under the commit that it is of; never over one of a later commit.

        Raises:
            ConflictError: what is there is of a later commit.
        """
        match = _COMMIT.match(await self.files.start(file, _ENOUGH) or b"")
        if match is not None and int(match[1]) > self.commit_seq:
            raise not_of_this_ledger(
                self.files.place, f"is ahead of the ledger: {file} is of commit {int(match[1])}, not {self.commit_seq}"
            )
        await self.files.write(file, _whole(sealed_text({**fields, "commit_seq": self.commit_seq})))


def _contents(parts: dict[str, Any]) -> set[str]:
    """The hashes of the input contents that parts refer to."""
    tables = [fields.get("tables", {}) for fields in parts.values() if fields]
    return {str(row[1]) for one in tables for row in one.get("planning_input_contents", ())}


async def _whole(text: bytes) -> AsyncGenerator[bytes]:
    yield text
