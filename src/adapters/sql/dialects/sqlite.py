"""SQLite: deferred query-only readers, one ``BEGIN IMMEDIATE`` writer, and a lock file between processes."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout
from sqlalchemy import Table, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ....domain.errors import (
    IntegrityError,
    InvalidRequestError,
    PlanvaultError,
    StorageError,
    StorageFullError,
    StorageUnavailableError,
)
from .finishing import finished
from .protocol import Row, SqlDialect, unkeepable

T = TypeVar("T")

READERS = 4
MORE_READERS = 28
_LOCK_POLL_SECONDS = 0.01
_PAGES_AT_ONCE = 5_000
_DAMAGES_SHOWN = 5
_FIRST_PRAGMAS = ("auto_vacuum=INCREMENTAL", "journal_mode=WAL")
_PRAGMAS = ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF")


class SqliteDialect(SqlDialect):
    """A SQLite file."""

    schema = None

    def __init__(self, engines: tuple[AsyncEngine, AsyncEngine], path: Path, *, busy_seconds: float) -> None:
        """Take engines that were made for this file; ``open_sqlite`` makes them."""
        self._engines = engines
        self.path = path
        self._busy_seconds = busy_seconds
        self._writers = asyncio.Semaphore(1)

    @property
    def engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        """Readers' engine, writer's engine."""
        return self._engines

    @property
    def place(self) -> str:
        """The file."""
        return f"SQLite at {self.path}"

    @property
    def tables_place(self) -> str:
        """The file."""
        return self.place

    def connect(self, *, read_only: bool) -> AbstractAsyncContextManager[AsyncConnection]:
        """A reader's snapshot, or the one writer's turn."""
        return self._reader() if read_only else self._writer()

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[AsyncConnection]:
        self._check_place()
        async with self._transaction(self._engines[0], "DEFERRED") as connection:
            yield connection

    @asynccontextmanager
    async def _writer(self) -> AsyncIterator[AsyncConnection]:
        # The lock file keeps writers and checkpoints of other processes out (the WAL-reset race of SQLite < 3.51.3
        # needs two at once) and lets them wait fairly; the kernel drops it with the process.
        self._check_place()
        try:
            async with asyncio.timeout(self._busy_seconds):
                await self._writers.acquire()
        except TimeoutError:
            raise self._busy() from None
        try:
            lock = FileLock(f"{self.path}.writer", thread_local=False)
            await self._acquire(lock)
            try:
                async with self._transaction(self._engines[1], "IMMEDIATE") as connection:
                    yield connection
            finally:
                lock.release()
        finally:
            self._writers.release()

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine, mode: str) -> AsyncIterator[AsyncConnection]:
        connection = engine.connect()
        try:
            await finished(_begun(connection, mode))
            yield connection
        finally:
            await finished(_ended(connection))

    def _check_place(self) -> None:
        # Asked before the driver is: a failed open leaves it with a thread that complains on its own.
        folder = self.path.parent
        if not folder.is_dir():
            raise StorageUnavailableError(
                f"There is no folder {folder} to keep {self.path.name} in.",
                remedy="Make it, or mend the path in DATABASE_URL.",
            )
        if self.path.is_dir() or not all(
            os.access(place, os.R_OK | os.W_OK) for place in (folder, self.path) if place.exists()
        ):
            raise StorageUnavailableError(
                f"Cannot open {self.path} for reading and writing.",
                remedy="planvault needs to read and write the database file and its folder; mend their permissions.",
            )

    async def _acquire(self, lock: FileLock) -> None:
        try:
            async with asyncio.timeout(self._busy_seconds):
                while True:
                    try:
                        lock.acquire(blocking=False)
                    except Timeout:
                        await asyncio.sleep(_LOCK_POLL_SECONDS)
                    else:
                        return
        except TimeoutError:
            raise self._busy() from None
        except OSError as error:
            raise StorageUnavailableError(
                f"Cannot write beside {self.path}: {error.strerror or error}.",
                remedy="planvault needs to write the database file and its folder; mend their permissions.",
            ) from error

    def _busy(self) -> StorageUnavailableError:
        return StorageUnavailableError(
            f"{self.place} was busy with another writer for {self._busy_seconds:g} seconds.",
            remedy="Nothing was changed; try again.",
        )

    async def commit(self, connection: AsyncConnection) -> None:
        """Commit; a SQLite commit that failed kept nothing."""
        await finished(connection.commit())

    async def carried_out(self, work: Awaitable[T]) -> T:
        """To its end: a statement dropped half-way would keep its lock."""
        return await finished(work)

    async def lock(self, connection: AsyncConnection, name: str) -> None:
        """Nothing to do: there is one writer."""

    async def now(self, connection: AsyncConnection) -> datetime:
        """The time by the machine's clock: whoever uses the file is on this machine."""
        del connection
        return datetime.now(UTC)

    async def reclaim(self, connection: AsyncConnection) -> bool:
        """Cut free pages off the end of the file, some at a time."""
        driver = await _driver(connection)
        # Each step of the pragma frees a page, and only a script is stepped to its end.  It ends the transaction, in
        # which nothing was done yet; the writer's turn lasts all the same.
        await finished(driver.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})"))
        return bool(await _pragma(driver, "freelist_count")) and bool(await _pragma(driver, "auto_vacuum"))

    async def damages(self, connection: AsyncConnection) -> list[str]:
        """What ``quick_check`` finds: every page, without comparing indexes with rows."""
        driver = await _driver(connection)
        rows = await finished(driver.execute_fetchall(f"PRAGMA quick_check({_DAMAGES_SHOWN})"))
        return [text for (text,) in rows if text != "ok"]

    async def size(self, connection: AsyncConnection) -> tuple[int, int, int]:
        """The pages of the file; nearly all of those in use hold series rows."""
        driver = await _driver(connection)
        page = await _pragma(driver, "page_size")
        total = page * await _pragma(driver, "page_count")
        free = page * await _pragma(driver, "freelist_count")
        return total, free, total - free

    def insert_new(self, table: Table) -> Any:
        """INSERT … ON CONFLICT DO NOTHING."""
        return insert(table).on_conflict_do_nothing()

    async def bulk_insert(
        self, connection: AsyncConnection, table: Table, batches: AsyncIterable[Sequence[Row]]
    ) -> int:
        """``executemany`` of the driver, batch by batch."""
        columns = [f'"{column.name}"' for column in table.columns]
        marks = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 (names of our own)
        driver = await _driver(connection)
        count = 0
        async for rows in batches:
            cursor = await finished(driver.executemany(sql, rows))
            await cursor.close()
            count += len(rows)
        return count

    async def stream(
        self, connection: AsyncConnection, sql: str, parameters: Row, *, batch_rows: int
    ) -> AsyncGenerator[list[Any]]:
        """The driver's own cursor, fetched batch by batch."""
        numbered = _numbered(sql, len(parameters))
        cursor = await finished((await _driver(connection)).execute(numbered, tuple(parameters)))
        try:
            while rows := await finished(cursor.fetchmany(batch_rows)):
                yield rows
        finally:
            await finished(cursor.close())

    def translated(self, error: BaseException) -> PlanvaultError | None:  # noqa: PLR0911 (a table of cases)
        """By the result code that the driver reports, never by its message."""
        if isinstance(error, PoolTimeoutError):
            return StorageUnavailableError(
                f"All {READERS + MORE_READERS} reading connections to {self.path} are in use.", remedy="Try again."
            )
        original = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(original, OverflowError | UnicodeEncodeError):
            return unkeepable()
        code = getattr(original, "sqlite_errorcode", None)
        if not isinstance(original, sqlite3.Error):
            return None
        primary = (code or 0) & 0xFF
        if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return self._busy()
        if primary == sqlite3.SQLITE_FULL:
            return StorageFullError(f"The disk of {self.path} is full.", remedy="Make room; nothing was changed.")
        if primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            return IntegrityError(
                f"{self.path} is damaged, or is no SQLite database.", remedy="Restore it from a backup."
            )
        if primary in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR}:
            return StorageUnavailableError(
                f"Cannot open {self.path} for reading and writing.",
                remedy="Check that its folder exists and that file and folder may be written.",
            )
        return StorageError(f"{self.place} failed ({getattr(original, 'sqlite_errorname', 'unknown')}).")


async def _begun(connection: AsyncConnection, mode: str) -> None:
    _ = await connection.start()
    _ = await connection.begin()
    driver = await _driver(connection)
    if driver.in_transaction:  # a host's engine begins one of its own
        if mode == "DEFERRED":
            return
        await driver.rollback()
    for statement in ("PRAGMA foreign_keys=ON", f"BEGIN {mode}"):
        await (await driver.execute(statement)).close()


async def _ended(connection: AsyncConnection) -> None:
    if connection.sync_connection is not None:
        try:
            await connection.rollback()
        finally:
            await connection.close()


async def _pragma(driver: Any, name: str) -> int:
    ((value,),) = await finished(driver.execute_fetchall(f"PRAGMA {name}"))
    return int(value)


async def _driver(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection


def _numbered(sql: str, count: int) -> str:
    for position in range(1, count + 1):
        sql = sql.replace(f":{position}", f"?{position}")
    return sql


def open_sqlite(database: str | AsyncEngine, *, busy_seconds: float) -> SqliteDialect:
    """A SQLite file by URL, or on a host's engine.

    Raises:
        InvalidRequestError: the URL names no file.
    """
    if isinstance(database, AsyncEngine):
        return SqliteDialect((database, database), _file_of(database.url), busy_seconds=busy_seconds)
    url = make_url(database)
    path = _file_of(url)

    def made(size: int, *, query_only: bool) -> AsyncEngine:
        engine = create_async_engine(
            url, pool_size=size, max_overflow=MORE_READERS if query_only else 0, pool_timeout=busy_seconds
        )
        milliseconds = int(busy_seconds * 1000)
        first = () if query_only else _FIRST_PRAGMAS
        last = ("query_only=ON",) if query_only else ()
        pragmas = (f"busy_timeout={milliseconds}", *first, *_PRAGMAS, *last)

        @event.listens_for(engine.sync_engine, "connect")
        def prepare(dbapi: Any, _record: object) -> None:
            dbapi.isolation_level = None  # BEGIN is ours, or the driver would open transactions only before DML
            cursor = dbapi.cursor()
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        return engine

    engines = (made(READERS, query_only=True), made(1, query_only=False))
    return SqliteDialect(engines, path, busy_seconds=busy_seconds)


def _file_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:" or url.query:
        raise InvalidRequestError(
            "A SQLite database of planvault is a file, named without parameters.",
            remedy="Write sqlite+aiosqlite:///plans.db, or memory:// for a store that ends with the process.",
        )
    return Path(url.database)
