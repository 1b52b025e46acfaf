"""Packing the evidence about one input set: what an auditor takes away in one file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, BinaryIO

from ...domain.audit.evidence import (
    CHECKPOINTS_FILE,
    EVENTS_FILE,
    HEADS_FILE,
    Extent,
    checkpoint_line,
    event_line,
    heads_text,
)
from ...domain.errors import NotFoundError
from ...domain.inputs.event import input_set_streams
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.revision import InputRevision
from ...domain.shared.canonical import document
from ...domain.shared.events import EventFilter
from ...domain.shared.ids import Label, label_reference
from ..difference_presentation import difference_fields
from ..exchange import EvidenceWriter, ExportOptions, OutgoingFile
from ..inputs.diff_inputs import Compared, DiffInputs
from ..inputs.difference_csv import difference_csv
from ..inputs.export_inputs import ExportInputs, ExportRequest
from ..sending import pieces_of
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .pack_summary import MOST_EVENTS, Packed, approvals_said, pack_summary, revisions_said
from .reading import all_checkpoints, all_events, ledger_heads
from .verify_ledger import VerifyLedger

MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPack:
    """A pack in one temporary file, which vanishes with ``close`` or after its pieces."""

    label: Label
    revision: InputRevision | None
    size: int
    file: BinaryIO

    @property
    def name(self) -> str:
        """What the file is called: ``audit_pack_weekly.zip``."""
        return f"audit_pack_{self.label}.zip"

    def pieces(self) -> AsyncGenerator[bytes, None]:
        """The bytes from the start, once."""
        return pieces_of(self.file)

    def close(self) -> None:
        """Erase the temporary file."""
        self.file.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackLabel:
    """Put together all that tells of one input set: events, approvals, difference, exact inputs, and a summary."""

    unit_of_work: UnitOfWorkFactory
    verify_ledger: VerifyLedger
    diff_inputs: DiffInputs
    export_inputs: ExportInputs
    writer: EvidenceWriter

    async def __call__(self, reference: str) -> AuditPack:
        """The pack about ``LABEL@N``; about what is live under ``LABEL``, else the candidate, else the newest revision.

        Of a deleted label it holds the events alone.  The caller closes the pack.

        Raises:
            NotFoundError: nothing ever happened to such a label, or it has no such revision.
            IntegrityError: the stored inputs are no longer what was hashed.
        """
        wanted, number = label_reference(reference)
        verdict = await self.verify_ledger(())
        async with AsyncExitStack() as stack:
            uow = await stack.enter_async_context(self.unit_of_work(read_only=True))
            extent = Extent(wanted=EventFilter(within=input_set_streams(wanted)))
            events = await uow.events.newest(extent.wanted, before=None, limit=MOST_EVENTS + 1)
            known = await uow.input_sets.find(wanted)
            if known is None and (not events or number is not None):
                raise NotFoundError("input set", reference, remedy="See planvault inputs list.")
            packed = Packed(
                label=wanted,
                input_set=known,
                revision=None if known is None else _chosen(known, number),
                events=tuple(events),
                verdict=verdict,
                heads=await ledger_heads(uow.events, extent),
            )
            files = [*_ledger_files(uow, extent), _file(HEADS_FILE, _text(heads_text(packed.heads)))]
            if packed.input_set is not None and packed.revision is not None:
                packed, more = await self._about(packed, packed.input_set, packed.revision, stack)
                files += more
            written = await self.writer.packed(pack_summary(packed), files)
        return AuditPack(label=wanted, revision=packed.revision, size=written.size, file=written.file)

    async def _about(
        self, packed: Packed, input_set: InputSet, revision: InputRevision, stack: AsyncExitStack
    ) -> tuple[Packed, list[OutgoingFile]]:
        files = [
            _file("revisions.json", _json(revisions_said(input_set))),
            _file("approvals.json", _json(approvals_said(input_set))),
        ]
        before = input_set.compared_with(revision.number)
        if before is not None:
            previous = input_set.revision(before)
            difference = await self.diff_inputs.between(Compared(current=revision, previous=previous), rows=MOST_ROWS)
            packed = replace(packed, difference=difference)
            rows = partial(self.diff_inputs.pairs, revision.reference, previous.reference)
            files += [
                _file("diff_report.json", _json(difference_fields(difference))),
                _file("diff.csv", lambda: _encoded(difference_csv(rows()))),
            ]
        request = ExportRequest(reference=revision.reference, options=ExportOptions(include_meta=True))
        export = await stack.enter_async_context(self.export_inputs.files(request))
        return packed, [*files, *(replace(file, name=f"inputs/{file.name}") for file in export.files)]


def _chosen(input_set: InputSet, number: int | None) -> InputRevision | None:
    if number is not None:
        return input_set.revision(number)
    for choice in (input_set.live, input_set.candidate):
        if choice is not None:
            return input_set.revision(choice)
    return input_set.revisions[-1] if input_set.revisions else None


def _ledger_files(uow: UnitOfWork, extent: Extent) -> list[OutgoingFile]:
    async def events() -> AsyncGenerator[bytes, None]:
        async for batch in all_events(uow.events, extent):
            yield "".join([event_line(event) for event in batch]).encode()

    async def checkpoints() -> AsyncGenerator[bytes, None]:
        async for checkpoint in all_checkpoints(uow.events):
            yield checkpoint_line(checkpoint).encode()

    return [_file(EVENTS_FILE, events), _file(CHECKPOINTS_FILE, checkpoints)]


def _file(name: str, pieces: Callable[[], AsyncGenerator[bytes, None]]) -> OutgoingFile:
    return OutgoingFile(name=name, row_count=0, pieces=pieces)


def _json(fields: Any) -> Callable[[], AsyncGenerator[bytes, None]]:
    return _text(document(fields) + "\n")


def _text(text: str) -> Callable[[], AsyncGenerator[bytes, None]]:
    async def pieces() -> AsyncGenerator[bytes, None]:
        yield text.encode()

    return pieces


async def _encoded(pieces: AsyncIterator[str]) -> AsyncGenerator[bytes, None]:
    async for piece in pieces:
        yield piece.encode()
