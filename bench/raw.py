"""What the drivers do by themselves on a database of ours, and how much memory a process has taken so far."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

BATCH = 5_000
ROWS = "SELECT * FROM plan_series"


def peak_mib() -> float:
    """The most resident memory that this program ever had; ``getrusage`` would count what forked it as well."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def fetched(url: str) -> None:
    """Fetch every series row of the store, and drop it."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(_file(url))
        cursor = connection.execute(ROWS)
        while cursor.fetchmany(BATCH):
            pass
        connection.close()
        return
    pg = await _connected(url)
    async with pg.transaction():
        cursor = await pg.cursor(ROWS)
        while await cursor.fetch(BATCH):
            pass
    await pg.close()


async def deleted(url: str, versions: Sequence[str]) -> int:
    """Delete the series rows of versions in one statement; how many there were."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(_file(url))
        marks = ", ".join("?" * len(versions))
        with connection:
            count = connection.execute(f"DELETE FROM plan_series WHERE version_id IN ({marks})", versions).rowcount
        connection.close()
        return count
    pg = await _connected(url)
    status: str = await pg.execute("DELETE FROM plan_series WHERE version_id = ANY($1)", list(versions))
    await pg.close()
    return int(status.removeprefix("DELETE "))


def _file(url: str) -> str:
    return str(make_url(url).database)


async def _connected(url: str) -> asyncpg.Connection:
    known = make_url(url)
    return await asyncpg.connect(
        host=str(known.query["host"]),
        user=known.username,
        database=known.database,
        server_settings={"search_path": "planvault"},
    )
