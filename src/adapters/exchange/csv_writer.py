"""Writes tables as CSV: a header, comma, LF, plain numbers, an empty cell for null."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from typing import Any

from ...application.exchange import SectionReader
from ...domain.inputs.fields import Field, FieldKind
from .export_tables import OutgoingTable, table_rows
from .formula_guard import guarded
from .series_numbers import plain_number

_NUMBERS = {FieldKind.NUMBER, FieldKind.INTEGER}
_NO_DOCUMENT = "{}"


async def csv_text(table: OutgoingTable, read: SectionReader, *, safe: bool) -> AsyncGenerator[str, None]:
    """The table as text, header first, a piece per batch of rows."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.headers)
    async for columns in cell_columns(table, read, safe=safe):
        writer.writerows(zip(*columns, strict=True))
        yield _taken(buffer)
    rest = _taken(buffer)
    if rest:
        yield rest


async def cell_columns(
    table: OutgoingTable, read: SectionReader, *, safe: bool
) -> AsyncGenerator[list[Sequence[str]], None]:
    """The cells of a table as they are written, column by column, a batch of rows at a time."""
    writers = [_cells_of(rule, safe=safe) for _, rule in table.columns]
    async for rows in table_rows(table, read):
        yield [write(values) for write, values in zip(writers, zip(*rows, strict=True), strict=True)]


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _cells_of(rule: Field, *, safe: bool) -> Callable[[Sequence[Any]], list[str]]:
    if rule.kind in _NUMBERS:
        return partial(_each_once, plain_number)
    if rule.kind is FieldKind.DOCUMENT:
        return lambda values: ["" if value == _NO_DOCUMENT else value for value in values]
    return partial(_each_once, partial(guarded, safe=safe))


def _each_once(write: Callable[[Any], str], values: Sequence[Any]) -> list[str]:
    # Codes, periods and quantities repeat by the thousand; what is written of each is worked out once.
    known = {value: "" if value is None else write(value) for value in set(values)}
    return [known[value] for value in values]
