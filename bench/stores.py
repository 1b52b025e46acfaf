"""Stores to measure on: a SQLite file and a PostgreSQL started from a wheel, both migrated."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from planvault.adapters.sql.database import SqlDatabase
from planvault.infrastructure import migrating
from planvault.infrastructure.runtime import opened_database
from planvault.infrastructure.settings import Settings
from planvault.testing.postgres import postgres_server

KINDS = ("sqlite", "postgresql")


@asynccontextmanager
async def store(kind: str) -> AsyncIterator[Settings]:
    """Settings of an empty, migrated store."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            yield await _migrated(f"sqlite+aiosqlite:///{folder}/bench.db")
            return
        with postgres_server(Path(folder) / "pg", durable=True) as server:
            async with server.database() as url:
                yield await _migrated(url)


async def _migrated(url: str) -> Settings:
    settings = Settings(database_url=url)
    async with opened_database(settings) as database:
        await migrating.upgrade(database)
    return settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[SqlDatabase]:
    """The database of these settings."""
    async with opened_database(settings) as database:
        yield database
