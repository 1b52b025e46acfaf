"""The image of a database: each table read and filled by the driver's fastest way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import msgspec
from sqlalchemy import Table, delete, select

from ...domain.errors import ArchiveRejectedError, IntegrityError
from ...domain.shared.clock import instant_text, parse_instant
from ...domain.storage.image import ImageTable, StampedRows, StoreImage
from .payload import stamped
from .schema import HEAD
from .session import SqlSession
from .tables import COUNTERS, MAINTENANCE_PAUSE, METADATA, OUTBOX, PLAN_FOLDERS, SECTION_TABLES, STORAGE_STATE
from .types import Instant

_ROWS_AT_ONCE = 5_000
_INSTANT = Instant()
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(list[Any])
# Where the files of a store lie is no part of what it keeps: restored elsewhere it would claim the same root.  Nor is
# what was paused where a backup was taken paused where it is restored.
_OF_THE_PLACE = (PLAN_FOLDERS, STORAGE_STATE, MAINTENANCE_PAUSE, OUTBOX)
_TABLES = {table.name: table for table in METADATA.sorted_tables if table not in _OF_THE_PLACE}
_IMAGES = tuple(
    ImageTable(name=name, columns=tuple(column.name for column in table.columns)) for name, table in _TABLES.items()
)


def table_columns() -> dict[str, tuple[str, ...]]:
    """The columns of every table of the image, in their order."""
    return {image.name: image.columns for image in _IMAGES}


class SqlStoreImage(StoreImage):
    """The tables of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session
        self._product = session.dialect.engines[0].dialect

    @property
    def schema(self) -> str:
        """The revision of the schema that the tables belong to."""
        return HEAD

    @property
    def tables(self) -> Sequence[ImageTable]:
        """The tables, each after those that it refers to."""
        return _IMAGES

    async def lines(self, table: str) -> AsyncGenerator[bytes]:
        """The rows of a table in order of key, several whole lines at a time."""
        known = _TABLES[table]
        columns, key = (", ".join(f'"{column.name}"' for column in part) for part in (known.columns, known.primary_key))
        sql = f"SELECT {columns} FROM {self._session.qualified(known)} ORDER BY {key}"  # noqa: S608 (names of our own)
        instants = _instants(known)
        async with aclosing(self._session.stream(sql, (), batch_rows=_ROWS_AT_ONCE)) as batches:
            async for batch in batches:
                yield await asyncio.to_thread(self._encoded, batch, instants)

    async def series_lines(self, batches: AsyncIterable[StampedRows]) -> AsyncGenerator[bytes]:
        """The lines of series rows that lie elsewhere, as if they stood in their table."""
        async for version_id, rows, stamp in batches:
            if rows:
                yield await asyncio.to_thread(_ENCODER.encode_lines, stamped(version_id, rows, stamp))

    async def is_empty(self) -> bool:
        """Whether nothing was ever kept in the store."""
        for table in _TABLES.values():
            if table is not COUNTERS and await self._session.row(select(*table.primary_key).limit(1)) is not None:
                return False
        return True

    async def take(self, table: str, pieces: AsyncIterable[bytes]) -> int:
        """Keep rows of a table, none of which is there yet, whole lines at a time."""
        known = _TABLES[table]
        if known is COUNTERS:  # a new database counts from 0 already
            await self._session.execute(delete(COUNTERS))
        return await self._session.bulk_insert(known, self._decoded(known, pieces))

    def section_table(self, section: str) -> str:
        """The table of the rows of a section of input contents."""
        return SECTION_TABLES[section].name

    async def _decoded(self, table: Table, pieces: AsyncIterable[bytes]) -> AsyncIterator[list[list[Any]]]:
        async for piece in pieces:
            yield await asyncio.to_thread(self._rows, table, piece)

    def _encoded(self, batch: Sequence[Any], instants: Sequence[int]) -> bytes:
        rows = [list(row) for row in batch]
        try:
            for row in rows:
                for place in instants:
                    known = _INSTANT.process_result_value(row[place], self._product)
                    row[place] = None if known is None else instant_text(known)
        except ValueError as error:  # a point in time that somebody overwrote with something else
            raise IntegrityError(f"The store holds what cannot be read: {error}.") from error
        return bytes(_ENCODER.encode_lines(rows))

    def _rows(self, table: Table, piece: bytes) -> list[list[Any]]:
        instants, width = _instants(table), len(table.columns)
        try:
            rows = _DECODER.decode_lines(piece)
            for row in rows:
                if len(row) != width:
                    raise ValueError("another number of columns")  # noqa: TRY301 (told as what else is wrong)
                for place in instants:
                    known = None if row[place] is None else parse_instant(row[place])
                    row[place] = _INSTANT.process_bind_param(known, self._product)
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            raise ArchiveRejectedError(
                f"The backup holds a line that is no row of {table.name} ({error}).",
                remedy="Take another backup; nothing was restored.",
                reason="altered",
                table=table.name,
            ) from error
        return rows


def _instants(table: Table) -> list[int]:
    """Where in a row the points in time stand."""
    return [place for place, column in enumerate(table.columns) if isinstance(column.type, Instant)]
