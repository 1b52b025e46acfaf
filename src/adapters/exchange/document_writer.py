"""Writes inputs as one JSON document: a list of row objects per table, the JSON parts as objects."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from json.encoder import encode_basestring
from typing import Any

from ...application.exchange import SectionReader
from ...domain.inputs.fields import Field, FieldKind
from ...domain.shared.numbers import number_text
from .export_tables import OutgoingTable, table_rows

SCHEMA = "planvault-inputs-1"
_WRITERS: Mapping[FieldKind, Callable[[Any], str]] = {
    FieldKind.NUMBER: number_text,
    FieldKind.INTEGER: number_text,
    FieldKind.DOCUMENT: str,
}
_NOTHING = (None, "")


async def document_text(
    tables: tuple[OutgoingTable, ...], objects: Mapping[str, AsyncGenerator[str, None]], read: SectionReader
) -> AsyncGenerator[str, None]:
    """The document, piece by piece: tables by stem, then ``objects`` by name, whose text is JSON already."""
    yield f'{{\n"schema_version": "{SCHEMA}"'
    for table in tables:
        yield f',\n"{table.stem}": ['
        separator = "\n"
        async for rows in table_rows(table, read):
            yield separator + ",\n".join(_row_text(table, row) for row in rows)
            separator = ",\n"
        yield "\n]" if table.row_count else "]"
    for name, pieces in objects.items():
        yield f',\n"{name}": '
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece
    yield "\n}\n"


def _row_text(table: OutgoingTable, row: tuple[Any, ...]) -> str:
    members = [
        f'"{header}":{_text(rule, value)}'
        for (header, rule), value in zip(table.columns, row, strict=True)
        if value not in _NOTHING and not (rule.kind is FieldKind.DOCUMENT and value == "{}")
    ]
    return f"{{{','.join(members)}}}"


def _text(rule: Field, value: Any) -> str:
    return _WRITERS.get(rule.kind, encode_basestring)(value)
