"""One transaction as the repositories use it: statements in, rows out, driver errors translated."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, Executable, Row, Select, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from ...domain.errors import ConflictError
from ...domain.shared.ids import VersionId
from ...domain.storage.mirror import Touched
from .dialects import SqlDialect


@contextmanager
def translating(dialect: SqlDialect) -> Iterator[None]:
    """Let a driver's error leave as one of planvault's."""
    try:
        yield
    except Exception as error:
        translated = dialect.translated(error)
        if translated is None:
            raise
        raise translated from error


class SqlSession:
    """A connection with an open transaction, and the dialect that opened it."""

    def __init__(self, connection: AsyncConnection, dialect: SqlDialect, *, read_only: bool) -> None:
        """Take a connection that is in a transaction."""
        self._connection = connection
        self.dialect = dialect
        self.read_only = read_only
        self._closed = False
        self.payloads_written: set[VersionId] = set()
        self.touched = Touched()

    async def execute(self, statement: Executable) -> int:
        """Run a statement; how many rows it touched."""
        return (await self._run(statement)).rowcount

    async def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        """All rows of a statement; for those that are few."""
        return (await self._run(statement)).all()

    async def row(self, statement: Executable) -> Row[Any] | None:
        """The first row of a statement, if there is one."""
        return (await self._run(statement)).first()

    async def scalar(self, statement: Executable) -> Any:
        """The first value of the first row, if there is one."""
        return (await self._run(statement)).scalar()

    async def _run(self, statement: Executable) -> CursorResult[Any]:
        self._require_open()
        with translating(self.dialect):
            return await self.dialect.carried_out(self._connection.execute(statement))

    def close(self) -> None:
        """Let nothing more through: what came after a commit would not belong to it."""
        self._closed = True

    def _require_open(self) -> None:
        if self._closed:
            raise ConflictError("This unit of work was committed.", remedy="Begin another one.")

    async def insert_new(self, table: Table, values: Mapping[str, Any]) -> bool:
        """Insert a row unless one of its keys is taken; whether it was inserted.

        A refusal leaves the transaction as usable as before, on both databases.
        """
        return await self.execute(self.dialect.insert_new(table).values(**values)) == 1

    async def lock(self, name: str) -> None:
        """Hold a name until the transaction ends, waiting for whoever holds it."""
        with translating(self.dialect):
            await self.dialect.lock(self._connection, name)

    async def now(self) -> datetime:
        """The time by the clock that all who use this database share."""
        self._require_open()
        with translating(self.dialect):
            return await self.dialect.now(self._connection)

    async def reclaim(self) -> bool:
        """Give some free space back to the system; whether there is more to give back."""
        self._require_open()
        with translating(self.dialect):
            return await self.dialect.reclaim(self._connection)

    async def damages(self) -> list[str]:
        """What a quick look at the stored bytes finds wrong."""
        self._require_open()
        with translating(self.dialect):
            return await self.dialect.damages(self._connection)

    async def size(self) -> tuple[int, int, int]:
        """The bytes of all tables, those of them that are free, and those of series rows."""
        self._require_open()
        with translating(self.dialect):
            return await self.dialect.size(self._connection)

    def for_update(self, statement: Select[Any]) -> Select[Any]:
        """The SELECT, locking its rows where the transaction may write."""
        return statement if self.read_only else statement.with_for_update()

    def qualified(self, table: Table) -> str:
        """The table's name with its schema."""
        schema = self.dialect.schema
        return table.name if schema is None else f'"{schema}".{table.name}'

    async def bulk_insert(self, table: Table, batches: AsyncIterable[Sequence[Sequence[Any]]]) -> int:
        """Insert tuples in column order, as fast as the driver can; how many there were."""
        self._require_open()
        source = _Source(batches)
        try:
            return await self.dialect.bulk_insert(self._connection, table, source.batches())
        except Exception as error:
            translated = None if error is source.failure else self.dialect.translated(error)
            if translated is None:
                raise
            raise translated from error

    async def stream(self, sql: str, parameters: Sequence[Any], *, batch_rows: int) -> AsyncGenerator[list[Any]]:
        """Rows of a SELECT in batches, as fast as the driver can; ``:1`` … stand for the parameters."""
        self._require_open()
        with translating(self.dialect):
            stream = self.dialect.stream(self._connection, sql, parameters, batch_rows=batch_rows)
            async with aclosing(stream):
                async for batch in stream:
                    yield batch


class _Source:
    """Batches to write; remembers its own failure, which is none of the database's."""

    def __init__(self, batches: AsyncIterable[Sequence[Sequence[Any]]]) -> None:
        self._batches = batches
        self.failure: Exception | None = None

    async def batches(self) -> AsyncIterator[Sequence[Sequence[Any]]]:
        try:
            async for batch in self._batches:
                yield batch
        except Exception as error:
            self.failure = error
            raise
