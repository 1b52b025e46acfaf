"""Verifying the mirror: whether the files root tells what the ledger tells, file by file."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from ...domain.audit.evidence import checkpoint_line, event_line, parse_checkpoint, parse_event
from ...domain.errors import ConflictError, IntegrityError
from ...domain.plans.version import plan_stream
from ...domain.shared.events import EventFilter
from ...domain.shared.ids import VersionId, folded
from ...domain.storage.mirror_text import (
    AREAS,
    CHECKPOINTS_FILE,
    STORE_FILE,
    content_file,
    current_file,
    events_file,
    label_file,
    opened_text,
)
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .mirror_files import MirrorFiles
from .mirror_lines import checkpoint_pieces
from .mirror_parts import content_pieces, event_pieces, label_fields, store_fields, version_fields
from .mirror_root import require_ours
from .side_by_side import StorageFinding

Found = StorageFinding | None
Look = Callable[[UnitOfWork], Awaitable[Found]]
MISSING, STALE, ALTERED, EXTRA, ROOT = (
    "mirror-missing",
    "mirror-stale",
    "mirror-altered",
    "mirror-extra",
    "mirror-root",
)
_SAID = {
    MISSING: "is not there",
    STALE: "does not tell what the ledger tells by now",
    ALTERED: "is not what was written",
    EXTRA: "tells of nothing that the ledger knows",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyMirror:
    """Compare the mirror with the ledger.

    What seems wrong is looked at again while nobody mirrors: somebody may have written in between.
    """

    unit_of_work: UnitOfWorkFactory
    files: MirrorFiles | None

    async def __call__(self, wanted: Sequence[VersionId] | None, *, full: bool) -> AsyncGenerator[StorageFinding]:
        """What is wrong with the files of these versions, or with all files; nothing where the store keeps no files.

        Unless ``full``, files that only grow are looked at from their ends, and those that never change not at all.

        Raises:
            StorageError: the store or the files root cannot be read.
        """
        async with self.unit_of_work(read_only=True) as uow:
            state = await uow.storage.state()
            files = self.files
            if state is None or not state.mode.has_files or files is None or not uow.parts.are_kept:
                return
            try:
                await require_ours(uow, files, state)
            except ConflictError as error:
                yield StorageFinding(version_id=VersionId(""), kind=ROOT, file="root.json", message=error.message)
                return
            looking = _Looking(files=files, full=full)
            looks = await (_all(uow, looking) if wanted is None else _of_versions(looking, wanted))
        for look in looks:
            found = await self._sure(look)
            if found is not None:
                yield found
        if wanted is None:
            async with aclosing(self._extra(files)) as extra:
                async for found in extra:
                    yield found

    async def _sure(self, look: Look) -> Found:
        async with self.unit_of_work(read_only=True) as ledger:
            found = await look(ledger)
        if found is None:
            return None
        async with self.unit_of_work() as lock:
            await lock.outbox.hold_mirror()
            async with self.unit_of_work(read_only=True) as ledger:
                return await look(ledger)

    async def _extra(self, files: MirrorFiles) -> AsyncGenerator[StorageFinding]:
        """Files that the ledger knows nothing of."""
        names = {area: await files.names(area) for area in AREAS}
        async with self.unit_of_work(read_only=True) as ledger:
            known = {current_file(key) for key in await ledger.parts.version_keys()}
            known |= {label_file(key) for key in await ledger.parts.label_keys()}
            known |= {events_file(head.stream) for head in await ledger.events.heads()}
            known |= {content_file(content_hash) for content_hash in await ledger.parts.contents()}
        for area in AREAS:
            for name in names[area]:
                if f"{area}/{name}" not in known:
                    yield _finding(f"{area}/{name}", EXTRA)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looking:
    """Looks at single files."""

    files: MirrorFiles
    full: bool

    async def version(self, ledger: UnitOfWork, version_id: str) -> Found:
        fields = await version_fields(ledger, folded(version_id))
        # What no folder holds is not mirrored until one does, and is found elsewhere.
        return None if fields is None else await self.part(current_file(folded(version_id)), fields, version_id)

    async def label(self, ledger: UnitOfWork, key: str) -> Found:
        return await self.part(label_file(key), await label_fields(ledger, key))

    async def store(self, ledger: UnitOfWork) -> Found:
        return await self.part(STORE_FILE, await store_fields(ledger))

    async def part(self, file: str, fields: dict[str, Any], version_id: str = "") -> Found:
        text = await self.files.read(file)
        if text is None:
            return _finding(file, MISSING, version_id)
        try:
            there = opened_text(text, shown=file, formatted=fields["format"])
        except IntegrityError:
            return _finding(file, ALTERED, version_id)
        return None if _told(there) == _told(fields) else _finding(file, STALE, version_id)

    async def stream(self, ledger: UnitOfWork, stream: str, version_id: str = "") -> Found:
        newest = await ledger.events.newest(EventFilter(stream=stream), before=None, limit=1)
        if not newest:
            return None
        kind = await self._last(events_file(stream), event_line(newest[0]), newest[0].sequence, _sequence)
        if kind is None and self.full and not await self._same(events_file(stream), event_pieces(ledger, stream)):
            kind = ALTERED
        return None if kind is None else _finding(events_file(stream), kind, version_id)

    async def checkpoints(self, ledger: UnitOfWork) -> Found:
        newest = await ledger.events.last_checkpoint()
        if newest is None:
            return None
        kind = await self._last(CHECKPOINTS_FILE, checkpoint_line(newest), newest.number, _number)
        if kind is None and self.full and not await self._same(CHECKPOINTS_FILE, checkpoint_pieces(ledger)):
            kind = ALTERED
        return None if kind is None else _finding(CHECKPOINTS_FILE, kind)

    async def content(self, ledger: UnitOfWork, content_hash: str) -> Found:
        file = content_file(content_hash)
        if await self.files.start(file, 1) is None:
            return _finding(file, MISSING)
        if self.full and not await self._same(file, content_pieces(ledger, content_hash)):
            return _finding(file, ALTERED)
        return None

    async def _last(self, file: str, line: str, number: int, parse: Callable[[str], int]) -> str | None:
        """What is wrong with a file that should end in this line."""
        there = await self.files.last_line(file)
        if there is None:
            return MISSING if await self.files.start(file, 1) is None else ALTERED
        if there == line.encode():
            return None
        try:
            return STALE if parse(there.decode()) < number else ALTERED
        except ValueError:
            return ALTERED

    async def _same(self, file: str, pieces: AsyncIterable[bytes]) -> bool:
        return await _hash(self.files.blocks(file)) == await _hash(pieces)


async def _all(ledger: UnitOfWork, looking: _Looking) -> list[Look]:
    parts = ledger.parts
    return [
        *[_bound(looking.content, content_hash) for content_hash in await parts.contents()],
        *[_bound(looking.stream, head.stream) for head in await ledger.events.heads()],
        looking.checkpoints,
        *[_bound(looking.label, key) for key in await parts.label_keys()],
        looking.store,
        *[_bound(looking.version, key) for key in await parts.version_keys()],
    ]


async def _of_versions(looking: _Looking, wanted: Sequence[VersionId]) -> list[Look]:
    looks: list[Look] = []
    for version_id in wanted:
        looks += [_bound(looking.stream, plan_stream(version_id), version_id), _bound(looking.version, version_id)]
    return looks


def _bound(look: Callable[..., Awaitable[Found]], *names: str) -> Look:
    async def at(ledger: UnitOfWork) -> Found:
        return await look(ledger, *names)

    return at


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    """What of a part has to be the same; counters may run ahead, since a number that is given out is only skipped."""
    tables = {name: rows for name, rows in fields.get("tables", {}).items() if name != "counters"}
    return {name: value for name, value in fields.items() if name != "commit_seq"} | {"tables": tables}


def _finding(file: str, kind: str, version_id: str = "") -> StorageFinding:
    return StorageFinding(version_id=VersionId(version_id), kind=kind, file=file, message=_SAID[kind])


def _sequence(line: str) -> int:
    return parse_event(line).sequence


def _number(line: str) -> int:
    return parse_checkpoint(line).number


async def _hash(pieces: AsyncIterable[bytes]) -> str:
    digest = hashlib.sha256()
    async for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
