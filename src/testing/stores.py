"""Stores to test on; leaving one asserts that it leaked no connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ..adapters.memory.unit_of_work import MemoryStore
from ..adapters.sql.database import SqlDatabase, open_database
from ..adapters.sql.unit_of_work import SqlUnitOfWorkFactory
from ..application.unit_of_work import UnitOfWorkFactory
from ..domain.shared.clock import Clock, SystemClock
from ..infrastructure import migrating


@asynccontextmanager
async def memory_store() -> AsyncIterator[UnitOfWorkFactory]:
    """An empty store in memory."""
    yield MemoryStore()


@asynccontextmanager
async def sql_store(
    url: str, *, migrated: bool = False, clock: Clock | None = None, busy_seconds: float = 10.0
) -> AsyncIterator[UnitOfWorkFactory]:
    """An empty store on a database, brought to the needed schema unless it is ``migrated`` already."""
    async with sql_database(url, migrated=migrated, busy_seconds=busy_seconds) as database:
        yield SqlUnitOfWorkFactory(database.dialect, clock or SystemClock())


@asynccontextmanager
async def sql_database(url: str, *, migrated: bool = False, busy_seconds: float = 10.0) -> AsyncIterator[SqlDatabase]:
    """A database at the needed schema; leaving it asserts that every connection was given back."""
    database = open_database(url, schema="planvault", busy_seconds=busy_seconds, pool_size=10, pool_overflow=20)
    try:
        if not migrated:
            await migrating.upgrade(database)
        yield database
        for engine in database.dialect.engines:
            assert engine.pool.checkedout() == 0, "a connection was not given back"  # type: ignore[attr-defined]
    finally:
        await database.close()


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"
