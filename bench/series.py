"""Writing and reading series against the raw driver, in the same run: ``make bench`` or ``python bench/series.py``.

The raw side writes prebuilt tuples into the same table with the same indexes in one transaction, and fetches the same
columns with the same ORDER BY.  Five rounds are taken in turns, each contestant on a settled store; printed are median
rows per second, and the median of the rounds' ratios (raw seconds / ours).
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg

sys.path.insert(0, str(Path(__file__).parent))

from rows import det_rows
from stores import KINDS, store

from planvault import Actor, RegisterRequest, SeriesRow, Settings, open_planner
from planvault.adapters.sql.payload import SqlPlanPayloadRepository
from planvault.adapters.sql.tables import PLAN_SERIES
from planvault.adapters.sql.unit_of_work import SqlUnitOfWorkFactory
from planvault.domain.plans.ports import RowStamp
from planvault.domain.shared.clock import SystemClock
from planvault.domain.shared.ids import RunId, VersionId
from planvault.infrastructure.runtime import opened_database

ACTOR = Actor.asserted("bench")
COLUMNS = [column.name for column in PLAN_SERIES.columns]
ROW_COLUMNS = ", ".join(SeriesRow._fields)
ORDER = "time_bucket_type, time_bucket_key, item_key, location_key"
ROUNDS = 5
BATCH = 2_000


class Raw:
    """The raw driver on the same database."""

    def __init__(self, settings: Settings) -> None:
        url = settings.database_url
        self.sqlite = url.partition(":////")[2] and "/" + url.partition(":////")[2] if "sqlite" in url else None
        self.host = url.partition("host=")[2]
        self.name = url.partition("@/")[2].partition("?")[0]

    async def write(self, rows: Sequence[tuple[Any, ...]]) -> float:
        """Write prebuilt tuples in one transaction, durable at the end."""
        if self.sqlite:
            connection = sqlite3.connect(self.sqlite, isolation_level=None)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            sql = f"INSERT INTO plan_series ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(sql, rows)
            connection.execute("COMMIT")
            seconds = time.perf_counter() - began
            connection.close()
            return seconds
        pg = await asyncpg.connect(host=self.host, user="postgres", database=self.name)
        began = time.perf_counter()
        async with pg.transaction():
            await pg.copy_records_to_table("plan_series", schema_name="planvault", columns=COLUMNS, records=rows)
        seconds = time.perf_counter() - began
        await pg.close()
        return seconds

    async def settle(self) -> None:
        """Give whoever comes next the same empty table: no rows, no dead rows, nothing still to be flushed."""
        if self.sqlite:
            connection = sqlite3.connect(self.sqlite, isolation_level=None)
            connection.execute("DELETE FROM plan_series")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            return
        pg = await asyncpg.connect(host=self.host, user="postgres", database=self.name)
        for statement in ("DELETE FROM planvault.plan_series", "VACUUM planvault.plan_series", "CHECKPOINT"):
            await pg.execute(statement)
        await pg.close()

    async def read(self, version_id: str) -> float:
        """Fetch every row of the level, and drop it."""
        where = f"WHERE version_id = '{version_id}' AND level = 'det' ORDER BY {ORDER}"
        if self.sqlite:
            connection = sqlite3.connect(self.sqlite)
            began = time.perf_counter()
            cursor = connection.execute(f"SELECT {ROW_COLUMNS} FROM plan_series {where}")
            while cursor.fetchmany(BATCH):
                pass
            seconds = time.perf_counter() - began
            connection.close()
            return seconds
        pg = await asyncpg.connect(host=self.host, user="postgres", database=self.name)
        began = time.perf_counter()
        async with pg.transaction():
            cursor = await pg.cursor(f"SELECT {ROW_COLUMNS} FROM planvault.plan_series {where}")
            while await cursor.fetch(BATCH):
                pass
        seconds = time.perf_counter() - began
        await pg.close()
        return seconds


async def batches(rows: Sequence[SeriesRow]) -> AsyncIterator[Sequence[SeriesRow]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


async def repository_alone(settings: Settings, rows: Sequence[SeriesRow]) -> float:
    """The repository's bulk write, committed."""
    async with opened_database(settings) as database:
        factory = SqlUnitOfWorkFactory(database.dialect, SystemClock())
        async with factory() as uow:
            assert isinstance(uow.payload, SqlPlanPayloadRepository)
            began = time.perf_counter()
            await uow.payload.write_rows(VersionId("raw"), "det", batches(rows), RowStamp(source_run_id=RunId("run")))
            await uow.commit()
            seconds = time.perf_counter() - began
    return seconds


async def use_case(settings: Settings, rows: Sequence[SeriesRow], version_id: str) -> float:
    """Registering the rows as a plan: admission, order check, digests, totals, event, commit."""
    async with open_planner(settings) as planner:
        began = time.perf_counter()
        await planner.plans.register(RegisterRequest(version_id=version_id, actor=ACTOR), rows)
        return time.perf_counter() - began


async def reading(settings: Settings, version_id: str) -> float:
    async with open_planner(settings) as planner:
        began = time.perf_counter()
        async for _ in planner.plans.batches(version_id, level="det"):
            pass
        return time.perf_counter() - began


async def in_turns(
    rounds: Sequence[Callable[[], Awaitable[float]]], settle: Callable[[], Awaitable[None]] | None = None
) -> list[list[float]]:
    """The times of each contestant, run in turns, each on a settled store."""
    times: list[list[float]] = [[] for _ in rounds]
    for _ in range(ROUNDS):
        for contestant, taken in zip(rounds, times, strict=True):
            if settle is not None:
                await settle()
            taken.append(await contestant())
    return times


async def measure(kind: str, count: int) -> None:
    rows = list(det_rows(count))
    tuples = [("raw", *row, None, None, "run") for row in rows]
    gc.collect()
    gc.freeze()  # what both sides are given is nobody's garbage to look through
    async with store(kind) as settings:
        raw = Raw(settings)
        await use_case(settings, rows[:10], "raw")  # the foreign key's parent
        names = iter(f"v{number}" for number in range(1_000))
        contestants: list[Callable[[], Awaitable[float]]] = [
            lambda: raw.write(tuples),
            lambda: repository_alone(settings, rows),
            lambda: use_case(settings, rows, next(names)),
        ]
        raw_write, repository, through = await in_turns(contestants, raw.settle)
        await raw.settle()
        await use_case(settings, rows, "read")
        raw_read, ours = await in_turns([lambda: raw.read("read"), lambda: reading(settings, "read")])
    report(kind, "repository bulk write", count, raw_write, repository, bar=0.85)
    report(kind, "write through the use case", count, raw_write, through, bar=0.6)
    report(kind, "streaming read", count, raw_read, ours, bar=0.5)


def report(kind: str, what: str, count: int, raws: list[float], all_ours: list[float], *, bar: float) -> None:
    ratio = median(one / other for one, other in zip(raws, all_ours, strict=True))
    raw, ours = median(raws), median(all_ours)
    verdict = "ok" if ratio >= bar else "BELOW"
    print(
        f"{kind:<11} {what:<28} {count / ours:>9,.0f} rows/s   raw {count / raw:>9,.0f} rows/s   "
        f"ratio {ratio:.2f}  (bar {bar:.2f}) {verdict}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--store", choices=KINDS, action="append")
    arguments = parser.parse_args()
    for kind in arguments.store or KINDS:
        asyncio.run(measure(kind, arguments.rows))


if __name__ == "__main__":
    main()
