"""PostgreSQL: READ COMMITTED writers, REPEATABLE READ readers, COPY, and a commit whose outcome can be asked."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ....domain.errors import (
    InvalidRequestError,
    OutcomeUnknownError,
    PlanvaultError,
    StorageError,
    StorageFullError,
    StorageUnavailableError,
)
from .finishing import finished
from .protocol import Row, SqlDialect, unkeepable

_RETRY_STATES = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03"})
T = TypeVar("T")

COPY_ROWS = 10_000
_FULL_STATES = frozenset({"53100", "53200"})
_TIMEOUTS = {"statement_timeout": "0", "lock_timeout": "30000", "idle_in_transaction_session_timeout": "600000"}


class PostgresDialect(SqlDialect):
    """A schema in a PostgreSQL database."""

    def __init__(self, engine: AsyncEngine, *, schema: str) -> None:
        """Take an engine; every table lies in ``schema``, and ``search_path`` plays no part."""
        self._engine = engine
        self._schema = schema

    @property
    def engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        """One engine serves readers and writers."""
        return self._engine, self._engine

    @property
    def schema(self) -> str:
        """The schema."""
        return self._schema

    @property
    def place(self) -> str:
        """Host, port and user."""
        url = self._engine.url
        host = url.host or url.query.get("host") or "localhost"
        user = f" as {url.username}" if url.username else ""
        return f"PostgreSQL at {host}:{url.port or 5432}{user}"

    @property
    def tables_place(self) -> str:
        """Server, database and schema."""
        return f"{self.place}, database {self._engine.url.database}, schema {self._schema},"

    def connect(self, *, read_only: bool) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction: a snapshot for readers, READ COMMITTED for writers."""
        return self._connected(read_only=read_only)

    @asynccontextmanager
    async def _connected(self, *, read_only: bool) -> AsyncIterator[AsyncConnection]:
        level = "REPEATABLE READ" if read_only else "READ COMMITTED"
        async with self._engine.connect() as plain:
            connection = await plain.execution_options(
                isolation_level=level,
                postgresql_readonly=read_only,
                schema_translate_map={None: self._schema},
            )
            # SQLAlchemy opens the transaction at its first own statement; COPY and cursors of the raw driver would
            # otherwise run outside of it and commit by themselves.
            await connection.exec_driver_sql("SELECT 1")
            try:
                yield connection
            finally:
                await finished(_rolled_back(connection))

    async def commit(self, connection: AsyncConnection) -> None:
        """Commit; when the connection breaks meanwhile, ask the database how the transaction ended."""
        transaction = (await connection.exec_driver_sql("SELECT pg_current_xact_id()::text")).scalar_one()
        try:
            await finished(self._send_commit(connection))
        except Exception as error:
            if not _is_lost(error):
                raise
            if await self._was_committed(transaction):
                return
            raise StorageUnavailableError(f"{self.place} went away during the commit.", transient=True) from error

    async def _send_commit(self, connection: AsyncConnection) -> None:
        await connection.commit()

    async def _was_committed(self, transaction: str) -> bool:
        for attempt in range(5):
            await asyncio.sleep(0.2 * 2**attempt)
            try:
                async with self._engine.connect() as connection:
                    status = await connection.scalar(
                        text("SELECT pg_xact_status(CAST(CAST(:id AS text) AS xid8))"), {"id": transaction}
                    )
            except Exception as error:
                if self.translated(error) is None:
                    raise
            else:
                if status != "in progress":
                    return bool(status == "committed")
        raise OutcomeUnknownError(
            f"{self.place} went away during the commit and cannot be asked how it ended.",
            remedy="Look whether the change is there before repeating the command.",
        )

    async def carried_out(self, work: Awaitable[T]) -> T:
        """As it comes: the server ends what is cancelled."""
        return await work

    async def lock(self, connection: AsyncConnection, name: str) -> None:
        """An advisory lock that ends with the transaction."""
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"{self._schema}.{name}"}
        )

    async def now(self, connection: AsyncConnection) -> datetime:
        """The time by the server's clock, which goes on within a transaction."""
        moment: datetime = await connection.scalar(text("SELECT clock_timestamp()"))
        return moment

    async def reclaim(self, connection: AsyncConnection) -> bool:
        """Nothing to do: autovacuum lets space be written again."""
        del connection
        return False

    async def damages(self, connection: AsyncConnection) -> list[str]:
        """Nothing that a quick look could find: the server checks what it reads."""
        del connection
        return []

    async def size(self, connection: AsyncConnection) -> tuple[int, int, int]:
        """What tables and indexes of the schema take; free space inside them is not told."""
        row = (
            await connection.execute(
                text(
                    "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint, "
                    "coalesce(sum(pg_total_relation_size(oid)) FILTER (WHERE relname = 'plan_series'), 0)::bigint "
                    "FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = to_regnamespace(:schema)"
                ),
                {"schema": f'"{self._schema}"'},
            )
        ).one()
        return int(row[0]), 0, int(row[1])

    def insert_new(self, table: Table) -> Any:
        """INSERT … ON CONFLICT DO NOTHING."""
        return insert(table).on_conflict_do_nothing()

    async def bulk_insert(
        self, connection: AsyncConnection, table: Table, batches: AsyncIterable[Sequence[Row]]
    ) -> int:
        """COPY, some batches at a time: one COPY per batch would wait for the server too often."""
        driver = await _driver(connection)
        columns = [column.name for column in table.columns]
        count = 0
        async for records in _gathered(batches):
            await driver.copy_records_to_table(table.name, schema_name=self._schema, columns=columns, records=records)
            count += len(records)
        return count

    async def stream(
        self, connection: AsyncConnection, sql: str, parameters: Row, *, batch_rows: int
    ) -> AsyncGenerator[list[Any]]:
        """A cursor of the server, fetched batch by batch."""
        for position in range(1, len(parameters) + 1):
            sql = sql.replace(f":{position}", f"${position}")
        cursor = await (await _driver(connection)).cursor(sql, *parameters)
        while rows := await cursor.fetch(batch_rows):
            yield rows

    def translated(self, error: BaseException) -> PlanvaultError | None:  # noqa: PLR0911 (a table of cases)
        """By SQLSTATE and by whether the connection was lost, never by message."""
        if isinstance(error, PoolTimeoutError):
            return StorageUnavailableError(f"All connections to {self.place} are in use.", remedy="Try again.")
        if _is_lost(error):
            return StorageUnavailableError(
                f"Cannot reach {self.place} ({_reason(error)}).",
                remedy="Nothing was changed. Check DATABASE_URL or start the server.",
                transient=True,
            )
        state = _state(error)
        if state is None:
            return None
        if state in _RETRY_STATES or state.startswith("08"):
            return StorageUnavailableError(f"{self.place} broke off the transaction ({state}).", transient=True)
        if state.startswith("22"):
            return unkeepable()
        if state in _FULL_STATES:
            return StorageFullError(f"{self.place} is out of room ({state}).", remedy="Make room; nothing was changed.")
        if state == "3D000":
            return InvalidRequestError(
                f"There is no database {self._engine.url.database} on {self.place}.", remedy="Check DATABASE_URL."
            )
        if state.startswith("28"):
            return InvalidRequestError(
                f"{self.place} does not let this user in.", remedy="Check user and password in DATABASE_URL."
            )
        if state == "42501":
            return StorageError(
                f"{self.tables_place} does not allow this user that.", remedy="See docs/howto/run-on-postgresql.md."
            )
        return StorageError(f"{self.place} failed (SQLSTATE {state}).")


async def _gathered(batches: AsyncIterable[Sequence[Row]]) -> AsyncIterator[Sequence[Row]]:
    gathered: list[Row] = []
    async for rows in batches:
        gathered += rows
        if len(gathered) >= COPY_ROWS:
            yield gathered
            gathered = []
    if gathered:
        yield gathered


async def _rolled_back(connection: AsyncConnection) -> None:
    try:
        await connection.rollback()
    except (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        # What cannot be rolled back because it is gone was rolled back by the server.
        await connection.invalidate()


async def _driver(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection


def _state(error: BaseException) -> str | None:
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, asyncpg.DataError | OverflowError | UnicodeEncodeError):
        return "22000"
    state = getattr(original, "sqlstate", None)
    if state is None and isinstance(error, DBAPIError):
        return "58000"
    return state if isinstance(state, str) else None


def _is_lost(error: BaseException) -> bool:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.PostgresConnectionError)


def _reason(error: BaseException) -> str:
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, OSError):
        # asyncio puts the address into strerror; the number alone says what happened.
        return os.strerror(error.errno).lower() if error.errno else type(error).__name__
    return "the connection was lost"


def open_postgres(database: str | AsyncEngine, *, schema: str, pool_size: int, pool_overflow: int) -> PostgresDialect:
    """A PostgreSQL database by URL, or on a host's engine."""
    if isinstance(database, AsyncEngine):
        return PostgresDialect(database, schema=schema)
    engine = create_async_engine(
        database,
        pool_size=pool_size,
        max_overflow=pool_overflow,
        pool_timeout=5,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={"timeout": 5, "server_settings": _TIMEOUTS},
    )
    return PostgresDialect(engine, schema=schema)
