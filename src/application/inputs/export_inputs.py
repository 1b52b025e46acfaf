"""Taking inputs out: the files of a revision, checked against its hash before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

from ...domain.errors import InputSetMissingError, IntegrityError, InvalidRequestError
from ...domain.inputs.content import ContentHasher
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.ports import InputSetFilter, InputSetSummary
from ...domain.inputs.revision import InputRevision
from ...domain.inputs.sections import SECTIONS, InputRow
from ...domain.shared.canonical import document
from ...domain.shared.ids import Label, label_reference
from ...domain.shared.paging import MAXIMUM_LIMIT
from ..difference_presentation import compared_fields
from ..exchange import ExportForm, ExportOptions, InputWriter, OutgoingContent, OutgoingFile, WrittenFile
from ..json_values import instant
from ..sending import pieces_of
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .diff_inputs import Compared, resolved_revisions
from .difference_report import REPORT_FILE, difference_report

_Found = tuple[InputSet, InputRevision]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """Which inputs to take out, and how: ``LABEL``, ``LABEL@N``, or the newest live of a config version.

    ``against`` names a revision with which the inputs are compared; the difference goes along as ``diff_report.json``.
    """

    reference: str | None = None
    config_version_id: int | None = None
    options: ExportOptions = field(default_factory=ExportOptions)
    against: str | None = None

    def __post_init__(self) -> None:
        """Exactly one of label and config version says what is meant."""
        if (self.reference is None) == (self.config_version_id is None):
            raise InvalidRequestError(
                "An export needs either a label or a config version.",
                remedy="Name LABEL, LABEL@NUMBER or --version-id.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class InputExport:
    """The files of one revision, to be read while the export is open."""

    revision: InputRevision
    files: tuple[OutgoingFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputArchive:
    """A whole export in one temporary file, which vanishes with ``close`` or after its pieces.

    ``tag`` is the same for the same bytes.
    """

    revision: InputRevision
    form: ExportForm
    tag: str
    size: int
    files: tuple[WrittenFile, ...]
    file: BinaryIO

    @property
    def name(self) -> str:
        """What the file is called: ``planning_input_set_weekly.zip``."""
        return f"planning_input_set_{self.revision.label}.{self.form}"

    def pieces(self) -> AsyncGenerator[bytes, None]:
        """The bytes from the start, once."""
        return pieces_of(self.file)

    def close(self) -> None:
        """Erase the temporary file."""
        self.file.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportInputs:
    """Take out the exact content of a revision.

    The stored rows are hashed once before the first byte is written, in the same snapshot: altered rows are never
    exported under the hash that somebody approved.
    """

    unit_of_work: UnitOfWorkFactory
    writer: InputWriter

    @asynccontextmanager
    async def files(self, request: ExportRequest) -> AsyncIterator[InputExport]:
        """The files of a revision, one by one, from one snapshot that stays open with the context.

        Raises:
            NotFoundError: no such label, revision or config version.
            InputSetMissingError: nothing is live.
            IntegrityError: what is stored is no longer what was hashed.
            InvalidRequestError: the encoding cannot carry a character.
        """
        async with self.unit_of_work(read_only=True) as uow:
            found = await _found(uow, request)
            compared = await _compared(uow, found, request)
            content = await _verified(uow, found)
            files = await self.writer.files(content, request.options)
            yield InputExport(revision=found[1], files=(*files, *_reports(uow, compared)))

    async def archive(self, form: ExportForm, request: ExportRequest) -> InputArchive:
        """The same in one file, complete when this returns; the caller closes it.

        Raises:
            NotFoundError, InputSetMissingError, IntegrityError, InvalidRequestError: as ``files``.
            TooLargeError: more rows than a sheet has.
        """
        async with self.unit_of_work(read_only=True) as uow:
            found = await _found(uow, request)
            compared = await _compared(uow, found, request)
            content = await _verified(uow, found)
            packed = await self.writer.packed(form, content, request.options, _reports(uow, compared))
        return InputArchive(
            revision=found[1],
            form=form,
            tag=_tag(form, found, request, compared),
            size=packed.size,
            files=packed.files,
            file=packed.file,
        )

    async def tag(self, form: ExportForm, request: ExportRequest) -> str:
        """The tag that ``archive`` would have now, without making it.

        Raises:
            NotFoundError, InputSetMissingError: as ``files``.
        """
        async with self.unit_of_work(read_only=True) as uow:
            found = await _found(uow, request)
            return _tag(form, found, request, await _compared(uow, found, request))


async def _compared(uow: UnitOfWork, found: _Found, request: ExportRequest) -> Compared | None:
    if request.against is None:
        return None
    return await resolved_revisions(uow, found[1].reference, request.against)


def _reports(uow: UnitOfWork, compared: Compared | None) -> list[OutgoingFile]:
    if compared is None:
        return []
    return [OutgoingFile(name=REPORT_FILE, row_count=0, pieces=lambda: difference_report(uow, compared))]


async def _found(uow: UnitOfWork, request: ExportRequest) -> _Found:
    if request.reference is not None:
        wanted, number = label_reference(request.reference)
    else:
        wanted, number = await _newest_live(uow, request.config_version_id or 0), None
    input_set = await uow.input_sets.get(wanted)
    return input_set, input_set.live_revision if number is None else input_set.revision(number)


async def _newest_live(uow: UnitOfWork, config_version_id: int) -> Label:
    await uow.configs.get(config_version_id)
    wanted = InputSetFilter(status="ready", config_version_id=config_version_id)
    known: list[InputSetSummary] = []
    cursor: str | None = None
    while True:
        page = await uow.input_sets.list(wanted, limit=MAXIMUM_LIMIT, cursor=cursor)
        known += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    if not known:
        raise InputSetMissingError(
            f"The config version {config_version_id} has no input set that is live.",
            remedy=f"See planvault inputs list --config {config_version_id}.",
            config_version_id=config_version_id,
        )
    return max(known, key=lambda summary: (summary.updated_at, summary.label)).label


async def _verified(uow: UnitOfWork, found: _Found) -> OutgoingContent:
    """The content to write, after every row was read once and hashed."""
    input_set, revision = found
    hasher = ContentHasher(revision.row_counts)
    for section in SECTIONS:
        hasher.begin(section)
        async with aclosing(uow.contents.rows(revision.content_hash, section.name)) as batches:
            async for batch in batches:
                hasher.take(batch)
    if hasher.hexdigest() != revision.content_hash:
        raise IntegrityError(
            f"The stored inputs of {revision.reference} no longer have the hash {revision.content_hash[:12]}…: "
            f"they were altered, and nothing was written.",
            remedy="Restore the database from a backup.",
            reference=revision.reference,
        )

    def read(section: str) -> AsyncGenerator[list[InputRow]]:
        return uow.contents.rows(revision.content_hash, section)

    return OutgoingContent(read=read, row_counts=revision.row_counts, facts=_facts(input_set, revision))


def _facts(input_set: InputSet, revision: InputRevision) -> Mapping[str, Any]:
    """What ``input_set_meta.json`` says of a revision; an import leaves it out again."""
    approved = [approval.approved_at for approval in revision.approvals]
    return {
        "label": str(revision.label),
        "number": revision.number,
        "status": str(revision.status),
        "config_version_id": input_set.config_version_id,
        "source": revision.source,
        "content_hash": revision.content_hash,
        "created_at": instant(revision.created_at),
        "updated_at": instant(max([revision.created_at, *approved])),
    }


def _tag(form: ExportForm, found: _Found, request: ExportRequest, compared: Compared | None) -> str:
    """SHA-256 over all that decides about the bytes: content, form, options, and the facts if they are written."""
    input_set, revision = found
    decides = {
        "content_hash": revision.content_hash,
        "form": str(form),
        "options": asdict(request.options),
        "facts": dict(_facts(input_set, revision)) if request.options.include_meta else None,
        "compared": None if compared is None else compared_fields(compared.current, compared.previous),
    }
    return hashlib.sha256(document(decides).encode()).hexdigest()
