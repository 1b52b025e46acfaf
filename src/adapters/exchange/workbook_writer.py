"""Writes inputs as a workbook: a sheet per file; text stays text, and numbers read back exactly."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from ...application.exchange import SectionReader
from ...domain.errors import InvalidRequestError, TooLargeError
from ...domain.inputs.fields import Field, FieldKind
from ...domain.inputs.sections import CALENDAR_WEEKS
from .export_tables import OutgoingTable, table_rows
from .series_numbers import plain_number
from .zip_writer import entry

if TYPE_CHECKING:
    from openpyxl import Workbook

SHEET_ROWS = 1_048_576
CELL_CHARACTERS = 32_767
_NUMBERS = {FieldKind.NUMBER, FieldKind.INTEGER}
_WEEK_HEADERS = {
    "period": "period",
    "start_date": "period_start",
    "end_date": "period_end",
    "week_code": "week_code",
    "sequence": "sequence",
    "week_start": "week_start",
    "week_end": "week_end",
    "weight": "weight",
    "attributes": "attributes_json",
}
_EMPTY: frozenset[object] = frozenset({None, ""})
_MOMENTS = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_PROPERTIES = "docProps/core.xml"
_REMEDY = "Export as csv or json, which have no such limit."


def week_table(row_count: int) -> OutgoingTable:
    """The calendar as a table, a row per week of a period."""
    fields = {rule.name: rule for rule in CALENDAR_WEEKS.fields}
    return OutgoingTable(
        name="planning_calendar",
        section=CALENDAR_WEEKS,
        columns=tuple((header, fields[name]) for header, name in _WEEK_HEADERS.items()),
        metric=None,
        row_count=row_count,
    )


async def write_workbook(
    tables: Iterable[OutgoingTable], objects: Mapping[str, Mapping[str, str]], read: SectionReader, sink: BinaryIO
) -> None:
    """Write a sheet per table, then a sheet ``name, value`` per object, whose values are JSON text.

    Raises:
        InvalidRequestError: openpyxl is not installed, or a text is longer than a cell takes.
        TooLargeError: a table has more rows than a sheet.
    """
    book = _empty_book()
    try:
        for table in tables:
            await _write_table(book, table, read)
        for name, values in objects.items():
            text = Field(name="text")
            _Sheet(book, name, ("name", "value"), (text, text)).take(list(values.items()))
        if not book.sheetnames:
            book.create_sheet("empty")  # a workbook needs a sheet
        await asyncio.to_thread(_save, book, sink)
    except BaseException:
        _forget(book)
        raise


async def _write_table(book: Workbook, table: OutgoingTable, read: SectionReader) -> None:
    if table.row_count >= SHEET_ROWS:
        raise TooLargeError(
            f"{table.stem} has {table.row_count} rows; a sheet has {SHEET_ROWS}.", remedy=_REMEDY, limit=SHEET_ROWS
        )
    sheet = _Sheet(book, table.stem, table.headers, [rule for _, rule in table.columns])
    async for rows in table_rows(table, read):
        await asyncio.to_thread(sheet.take, rows)


def _forget(book: Workbook) -> None:
    """Close sheets that will not be saved, and erase the temporary files that openpyxl keeps them in."""
    for sheet in book.worksheets:
        with suppress(Exception):
            sheet.close()
        with suppress(Exception):
            sheet._writer.cleanup()  # type: ignore[attr-defined]  # noqa: SLF001


def _empty_book() -> Workbook:
    try:
        from openpyxl import Workbook  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise InvalidRequestError(
            "Workbooks need a library that is not installed.", remedy="pip install 'planvault[excel]'"
        ) from error
    return Workbook(write_only=True)


class _Sheet:
    """A sheet being written, row by row."""

    def __init__(self, book: Workbook, title: str, headers: Sequence[str], rules: Sequence[Field]) -> None:
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

        self._title = title
        self._headers = headers
        self._new_cell: Callable[..., Any] = WriteOnlyCell
        self._sheet = book.create_sheet(title)
        # openpyxl writes floats with 16 digits, which is one too few, and takes text for formulas, dates and errors:
        # so it gets text with the type said beside it.
        self._kinds = ["n" if rule.kind in _NUMBERS else "s" for rule in rules]
        self._nothing = [_EMPTY | {"{}"} if rule.kind is FieldKind.DOCUMENT else _EMPTY for rule in rules]
        self.take([headers], kinds=["s"] * len(headers))

    def take(self, rows: Iterable[Sequence[Any]], *, kinds: Sequence[str] | None = None) -> None:
        """Write rows of values."""
        for row in rows:
            self._sheet.append(
                [self._cell(kind, value, place) for place, (kind, value) in enumerate(zip(kinds or self._kinds, row))]  # noqa: B905
            )

    def _cell(self, kind: str, value: Any, place: int) -> Any:
        if value in self._nothing[place]:
            return None
        text = plain_number(value) if kind == "n" else value
        if len(text) > CELL_CHARACTERS:
            raise InvalidRequestError(
                f"A text of {len(text)} characters in {self._title} ({self._headers[place]}) is longer than "
                f"a cell of a workbook, which takes {CELL_CHARACTERS}.",
                remedy=_REMEDY,
            )
        cell = self._new_cell(self._sheet)
        # A workbook means a character by _x0041_; text that only looks so has its first sign escaped.
        cell._value, cell.data_type = _ESCAPE.sub("_x005F_", text), kind  # noqa: SLF001 (setting ``value`` would guess the type)
        return cell


def _save(book: Workbook, sink: BinaryIO) -> None:
    """Write the workbook so that the same rows give the same bytes: no moments in it."""
    with tempfile.TemporaryFile(prefix="planvault-") as file:
        book.save(file)
        with zipfile.ZipFile(file) as made, zipfile.ZipFile(sink, "w") as steady:
            for part in made.infolist():
                info = entry(part.filename)
                info.compress_type = zipfile.ZIP_DEFLATED
                with made.open(part) as source, steady.open(info, "w") as target:
                    if part.filename == _PROPERTIES:
                        target.write(_MOMENTS.sub(rb"\g<1>1980-01-01T00:00:00Z", source.read()))
                    else:
                        shutil.copyfileobj(source, target)
