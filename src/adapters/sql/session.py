"""One transaction as the repositories use it: statements in, rows out, driver errors translated."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Executable, Row, Select, Table
from sqlalchemy.ext.asyncio import AsyncConnection

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

    async def execute(self, statement: Executable, parameters: Sequence[Mapping[str, Any]] | None = None) -> int:
        """Run a statement; how many rows it touched."""
        with translating(self.dialect):
            result = await self._connection.execute(statement, parameters)
            return result.rowcount

    async def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        """All rows of a statement; for those that are few."""
        with translating(self.dialect):
            return (await self._connection.execute(statement)).all()

    async def row(self, statement: Executable) -> Row[Any] | None:
        """The first row of a statement, if there is one."""
        with translating(self.dialect):
            return (await self._connection.execute(statement)).first()

    async def scalar(self, statement: Executable) -> Any:
        """The first value of the first row, if there is one."""
        with translating(self.dialect):
            return await self._connection.scalar(statement)

    async def insert_new(self, table: Table, values: Mapping[str, Any]) -> bool:
        """Insert a row unless one of its keys is taken; whether it was inserted.

        A refusal leaves the transaction as usable as before, on both databases.
        """
        return await self.execute(self.dialect.insert_new(table).values(**values)) == 1

    async def lock(self, name: str) -> None:
        """Hold a name until the transaction ends, waiting for whoever holds it."""
        with translating(self.dialect):
            await self.dialect.lock(self._connection, name)

    def for_update(self, statement: Select[Any]) -> Select[Any]:
        """The SELECT, locking its rows where the transaction may write."""
        return statement if self.read_only else statement.with_for_update()

    def qualified(self, table: Table) -> str:
        """The table's name with its schema."""
        schema = self.dialect.schema
        return table.name if schema is None else f'"{schema}".{table.name}'

    async def bulk_insert(self, table: Table, batches: AsyncIterable[Sequence[Sequence[Any]]]) -> int:
        """Insert tuples in column order, as fast as the driver can; how many there were."""
        with translating(self.dialect):
            return await self.dialect.bulk_insert(self._connection, table, batches)

    async def stream(self, sql: str, parameters: Sequence[Any], *, batch_rows: int) -> AsyncIterator[list[Any]]:
        """Rows of a SELECT in batches, as fast as the driver can; ``:1`` … stand for the parameters."""
        with translating(self.dialect):
            async for batch in self.dialect.stream(self._connection, sql, parameters, batch_rows=batch_rows):
                yield batch
