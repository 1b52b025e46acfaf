"""Writes the content of a revision as input files: one by one, in a zip, as a workbook, or as one JSON document."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import BinaryIO

from ...application.exchange import (
    ExportEncoding,
    ExportForm,
    ExportLayout,
    ExportOptions,
    InputWriter,
    OutgoingContent,
    OutgoingFile,
    PackedInputs,
    WrittenFile,
)
from ...domain.errors import InvalidRequestError
from ...domain.inputs.sections import CALENDAR_WEEKS
from .carried_text import CarriedText
from .csv_writer import cell_columns, csv_text
from .document_writer import document_text
from .export_tables import Outline, outline_of
from .input_files import CALENDAR_FILE, EXPORT_METADATA_FILE, METADATA_FILE, PARAMETERS_FILE
from .json_parts import calendar_text, fact_texts, object_text
from .temporary_files import written_to_temporary
from .workbook_writer import week_table, write_workbook
from .zip_writer import write_zip

_BLOCK = 1 << 20


class FileInputWriter(InputWriter):
    """Writes the files named in ``docs/reference/input-files.md``."""

    async def files(self, content: OutgoingContent, options: ExportOptions) -> list[OutgoingFile]:
        """The input files of a content: tables in their order, then calendar, parameters, metadata and facts."""
        outline = await outline_of(content, options.layout)
        if options.encoding is ExportEncoding.CP932:
            await _require_carried(outline, content, options)
        encode = _encoder(options.encoding)
        files = [
            OutgoingFile(
                name=table.name,
                row_count=table.row_count,
                pieces=partial(encode, partial(csv_text, table, content.read, safe=options.spreadsheet_safe)),
            )
            for table in outline.tables
        ]
        if _has_calendar(outline, content, options):
            facts = outline.scope("calendar")
            count = _weeks(content) + len(facts)
            pieces = partial(_utf8, partial(calendar_text, facts, content.read))
            files.append(OutgoingFile(name=CALENDAR_FILE, row_count=count, pieces=pieces))
        for name, members in _objects(outline, content, options).items():
            pieces = partial(_utf8, partial(_whole, object_text(members)))
            count = 0 if name == EXPORT_METADATA_FILE else len(members)
            files.append(OutgoingFile(name=name, row_count=count, pieces=pieces))
        return files

    async def packed(
        self, form: ExportForm, content: OutgoingContent, options: ExportOptions, beside: Sequence[OutgoingFile] = ()
    ) -> PackedInputs:
        """The content in one file, in flat memory; ``beside`` are further files for a zip."""
        if form is not ExportForm.ZIP:
            _require_plain(form, options, beside)

        async def write(sink: BinaryIO) -> list[WrittenFile]:
            if form is ExportForm.ZIP:
                return await write_zip([*await self.files(content, options), *beside], sink)
            await _write_one(form, content, options, sink)
            return [_written(form, content, sink)]

        return await written_to_temporary(write)


def _has_calendar(outline: Outline, content: OutgoingContent, options: ExportOptions) -> bool:
    return bool(options.layout is ExportLayout.LEGACY or _weeks(content) or outline.scope("calendar"))


def _weeks(content: OutgoingContent) -> int:
    return content.row_counts.get(CALENDAR_WEEKS.name, 0)


def _objects(outline: Outline, content: OutgoingContent, options: ExportOptions) -> dict[str, dict[str, str]]:
    """The JSON files besides the calendar, by name, each with its members as JSON text."""
    objects: dict[str, dict[str, str]] = {}
    parameters, metadata = outline.scope("planning"), outline.scope("metadata")
    if options.layout is ExportLayout.LEGACY:
        if options.include_meta:
            objects[PARAMETERS_FILE] = parameters
    else:
        if parameters:
            objects[PARAMETERS_FILE] = parameters
        if metadata:
            objects[METADATA_FILE] = metadata
    if options.include_meta:
        objects[EXPORT_METADATA_FILE] = fact_texts(content.facts)
    return objects


async def _require_carried(outline: Outline, content: OutgoingContent, options: ExportOptions) -> None:
    carried = CarriedText()
    for table in outline.tables:
        async with aclosing(cell_columns(table, content.read, safe=options.spreadsheet_safe)) as columns:
            await carried.check(table, columns)
    carried.refuse()


def _require_plain(form: ExportForm, options: ExportOptions, beside: Sequence[OutgoingFile]) -> None:
    for wrong, said in (
        (options.encoding is not ExportEncoding.UTF_8, f"{form} has no encoding to choose"),
        (options.spreadsheet_safe, f"{form} keeps text apart from formulas by itself"),
        (bool(beside), f"{form} takes no further files"),
    ):
        if wrong:
            raise InvalidRequestError(f"{said}.", remedy="That is for CSV files and the zip of them.", form=str(form))


async def _write_one(form: ExportForm, content: OutgoingContent, options: ExportOptions, sink: BinaryIO) -> None:
    outline = await outline_of(content, options.layout)
    objects = _objects(outline, content, options)
    with_calendar = _has_calendar(outline, content, options)
    if form is ExportForm.XLSX:
        tables = [*outline.tables, *([week_table(_weeks(content))] if with_calendar else [])]
        sheets = {_stem(name): members for name, members in objects.items()}
        if facts := outline.scope("calendar"):
            sheets["planning_calendar_facts"] = facts
        await write_workbook(tables, sheets, content.read, sink)
        return
    parts: dict[str, AsyncGenerator[str, None]] = {}
    if with_calendar:
        parts[_stem(CALENDAR_FILE)] = _trimmed(calendar_text(outline.scope("calendar"), content.read))
    for name, members in objects.items():
        parts[_stem(name)] = _trimmed(_whole(object_text(members)))
    async for piece in document_text(outline.tables, parts, content.read):
        sink.write(piece.encode())


def _written(form: ExportForm, content: OutgoingContent, sink: BinaryIO) -> WrittenFile:
    digest = hashlib.sha256()
    sink.seek(0)
    while block := sink.read(_BLOCK):
        digest.update(block)
    count = sum(content.row_counts.values())
    return WrittenFile(name=f"inputs.{form}", row_count=count, size=sink.tell(), sha256=digest.hexdigest())


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _encoder(
    encoding: ExportEncoding,
) -> Callable[[Callable[[], AsyncGenerator[str, None]]], AsyncGenerator[bytes, None]]:
    return partial(_encoded, encoding=encoding)


def _utf8(text: Callable[[], AsyncGenerator[str, None]]) -> AsyncGenerator[bytes, None]:
    return _encoded(text, encoding=ExportEncoding.UTF_8)


async def _encoded(
    text: Callable[[], AsyncGenerator[str, None]], *, encoding: ExportEncoding
) -> AsyncGenerator[bytes, None]:
    codec = str(encoding)
    async with aclosing(text()) as pieces:
        async for piece in pieces:
            yield piece.encode(codec)
            if encoding is ExportEncoding.UTF_8_SIG:
                codec = "utf-8"  # the mark stands once


async def _whole(text: str) -> AsyncGenerator[str, None]:
    yield text


async def _trimmed(pieces: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    """The text without the line end of a file."""
    async with aclosing(pieces):
        async for piece in pieces:
            yield piece.removesuffix("\n") if piece.endswith("}\n") else piece
