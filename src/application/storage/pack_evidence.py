"""Packing the evidence of how a store came to keep payloads as it does: what remains of a cutover in one file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from ...domain.audit.evidence import (
    CHECKPOINTS_FILE,
    EVENTS_FILE,
    HEADS_FILE,
    Extent,
    checkpoint_line,
    event_line,
    heads_fields,
    heads_text,
)
from ...domain.plans.ports import PlanFilter, PlanOrder
from ...domain.shared.canonical import document
from ...domain.shared.events import EventFilter
from ...domain.storage.state import MODE, STREAM
from ..audit.reading import all_checkpoints, all_events, ledger_heads
from ..audit.verify_ledger import VerifyLedger
from ..audit_presentation import event_fields, verdict_fields
from ..exchange import EvidenceWriter, OutgoingFile
from ..sending import pieces_of
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .read_storage import ReadStorage
from .status_fields import place_fields

VERSIONS_FILE = "versions.jsonl"
_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageEvidence:
    """A pack in one temporary file, which vanishes with ``close`` or after its pieces."""

    size: int
    switches: int
    file: BinaryIO

    name = "storage_evidence.zip"

    def pieces(self) -> AsyncGenerator[bytes, None]:
        """The bytes from the start, once."""
        return pieces_of(self.file)

    def close(self) -> None:
        """Erase the temporary file."""
        self.file.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackEvidence:
    """Put together all that tells where payloads lie: events with what gates measured, status, and every digest."""

    unit_of_work: UnitOfWorkFactory
    read_storage: ReadStorage
    verify_ledger: VerifyLedger
    writer: EvidenceWriter

    async def __call__(self) -> StorageEvidence:
        """The pack; the same store gives the same bytes. The caller closes it.

        Raises:
            StorageFullError: there is no room for the temporary file.
        """
        verdict = await self.verify_ledger(())
        status = await self.read_storage()
        async with self.unit_of_work(read_only=True) as uow:
            extent = Extent(wanted=EventFilter(stream=STREAM))
            heads = await ledger_heads(uow.events, extent)
            switches = await _switches(uow, extent)
            summary = {
                "status": place_fields(status),
                "switches": switches,
                "verification": verdict_fields(verdict),
                "heads": heads_fields(heads),
            }
            files = [
                _file(VERSIONS_FILE, lambda: _versions(uow)),
                _file(EVENTS_FILE, lambda: _events(uow, extent)),
                _file(CHECKPOINTS_FILE, lambda: _checkpoints(uow)),
                _file(HEADS_FILE, lambda: _once(heads_text(heads))),
            ]
            written = await self.writer.packed(summary, files)
        return StorageEvidence(size=written.size, switches=len(switches), file=written.file)


async def _switches(uow: UnitOfWork, extent: Extent) -> list[dict[str, Any]]:
    """Every switch of mode or primary, oldest first, with what its gates measured."""
    found: list[dict[str, Any]] = []
    async for batch in all_events(uow.events, extent):
        found += [event_fields(event) for event in batch if event.action == MODE]
    return found


async def _versions(uow: UnitOfWork) -> AsyncGenerator[bytes, None]:
    pointers = {pointer.folder.version_id: pointer for pointer in await uow.storage.pointers()}
    cursor: str | None = None
    while True:
        page = await uow.plans.list(PlanFilter(order=PlanOrder.CREATED_ASC), limit=_PAGE, cursor=cursor)
        lines = []
        for plan in page.items:
            pointer = pointers.get(plan.version_id)
            told = {
                "version_id": plan.version_id,
                "status": str(plan.status),
                "series_rows": plan.series_rows,
                "payload_digest": plan.payload_digest,
                "plan_digest": plan.plan_digest,
                "folder": None if pointer is None else pointer.folder.name,
                "folder_payload_digest": None if pointer is None else pointer.payload_digest,
            }
            lines.append(document(told) + "\n")
        yield "".join(lines).encode()
        cursor = page.next_cursor
        if cursor is None:
            return


async def _events(uow: UnitOfWork, extent: Extent) -> AsyncGenerator[bytes, None]:
    async for batch in all_events(uow.events, extent):
        yield "".join([event_line(event) for event in batch]).encode()


async def _checkpoints(uow: UnitOfWork) -> AsyncGenerator[bytes, None]:
    async for checkpoint in all_checkpoints(uow.events):
        yield checkpoint_line(checkpoint).encode()


async def _once(text: str) -> AsyncGenerator[bytes, None]:
    yield text.encode()


def _file(name: str, pieces: Callable[[], AsyncGenerator[bytes, None]]) -> OutgoingFile:
    return OutgoingFile(name=name, row_count=0, pieces=pieces)
