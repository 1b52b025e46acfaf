"""Writes inputs as a workbook: a sheet per file; text stays text, and numbers read back exactly."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, BinaryIO

from ...application.exchange import SectionReader
from ...domain.inputs.fields import Field
from ...domain.inputs.sections import CALENDAR_WEEKS
from .export_tables import OutgoingTable, table_rows
from .workbook_sheets import Sheet, check_rows, empty_book, forget, save

if TYPE_CHECKING:
    from openpyxl import Workbook

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
    book = empty_book()
    try:
        for table in tables:
            await _write_table(book, table, read)
        for name, values in objects.items():
            text = Field(name="text")
            Sheet(book, name, ("name", "value"), (text, text)).take(list(values.items()))
        if not book.sheetnames:
            book.create_sheet("empty")  # a workbook needs a sheet
        await asyncio.to_thread(save, book, sink)
    except BaseException:
        forget(book)
        raise


async def _write_table(book: Workbook, table: OutgoingTable, read: SectionReader) -> None:
    check_rows(table.stem, table.row_count)
    sheet = Sheet(book, table.stem, table.headers, [rule for _, rule in table.columns])
    async for rows in table_rows(table, read):
        await asyncio.to_thread(sheet.take, rows)
