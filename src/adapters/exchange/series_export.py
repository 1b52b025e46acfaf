"""Rows of plans on their way out: CSV, JSON lines, Parquet, and workbooks with a sheet for each level."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import BinaryIO, cast

from ...application.exchange import PackedInputs, WrittenFile
from ...application.plans.export_plan import LevelRows, PlanForm, SeriesFileWriter
from ...domain.errors import InvalidRequestError
from ...domain.inputs.fields import Field, FieldKind
from ...domain.plans.series import SeriesRow
from .parquet import ParquetRows
from .series_columns import COLUMN_KINDS, SERIES_COLUMNS
from .series_files import csv_header, csv_text, series_lines
from .temporary_files import written_to_temporary
from .workbook_sheets import REMEDY, Sheet, check_rows, empty_book, forget, save

_FIELD_KINDS = {
    "text": FieldKind.TEXT,
    "number": FieldKind.NUMBER,
    "whole": FieldKind.INTEGER,
    "document": FieldKind.DOCUMENT,
}
_FIELDS = [Field(name=name, kind=_FIELD_KINDS[COLUMN_KINDS[name]]) for name in SERIES_COLUMNS]
SHEET_NAME = 31  # characters


class FileSeriesWriter(SeriesFileWriter):
    """Writes levels into temporary files."""

    async def packed(self, form: PlanForm, levels: Sequence[LevelRows], *, safe: bool) -> PackedInputs:
        """The rows in one file of that form, in flat memory."""

        async def write(sink: BinaryIO) -> Sequence[WrittenFile]:
            if form is PlanForm.XLSX:
                await _write_workbook(levels, sink)
            elif form is PlanForm.PARQUET:
                await _write_parquet(levels, sink)
            else:
                await _write_text(form, levels, sink, safe=safe)
            return []

        return await written_to_temporary(write)


async def _write_text(form: PlanForm, levels: Sequence[LevelRows], sink: BinaryIO, *, safe: bool) -> None:
    if form is PlanForm.CSV:
        sink.write(csv_header().encode())
    for level in levels:
        async with aclosing(_batches(level)) as batches:
            async for rows in batches:
                text = csv_text(rows, safe=safe) if form is PlanForm.CSV else "".join(series_lines(rows))
                sink.write(text.encode())


async def _write_parquet(levels: Sequence[LevelRows], sink: BinaryIO) -> None:
    file = ParquetRows(sink)
    for level in levels:
        async with aclosing(_batches(level)) as batches:
            async for rows in batches:
                await asyncio.to_thread(file.take, rows)
    await asyncio.to_thread(file.finish)


async def _write_workbook(levels: Sequence[LevelRows], sink: BinaryIO) -> None:
    for level in levels:
        check_rows(level.level, level.row_count)
        _check_title(level.level)
    book = empty_book()
    try:
        for level in levels:
            sheet = Sheet(book, level.level, SERIES_COLUMNS, _FIELDS)
            async with aclosing(_batches(level)) as batches:
                async for rows in batches:
                    await asyncio.to_thread(sheet.take, rows)
        await asyncio.to_thread(save, book, sink)
    except BaseException:
        forget(book)
        raise


def _check_title(name: str) -> None:
    if len(name) > SHEET_NAME:
        raise InvalidRequestError(
            f"The level {name} cannot be the name of a sheet, which has at most {SHEET_NAME} characters.",
            remedy=REMEDY,
            level=name,
        )


def _batches(level: LevelRows) -> AsyncGenerator[Sequence[SeriesRow], None]:
    return cast("AsyncGenerator[Sequence[SeriesRow], None]", level.read())
