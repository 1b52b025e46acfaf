"""Importing demand rows against csv and a raw insert, in the same run, and memory of a large import: ``make bench``.

The raw side reads the same file with ``csv.reader`` and ``float`` and writes the rows into the same table in one
transaction.  Rounds are taken in turns; printed is the median of their ratios (raw seconds / ours).  The large import
runs in a process of its own, whose peak resident memory is told.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg

sys.path.insert(0, str(Path(__file__).parent))

from stores import KINDS, store

from planvault import Actor, Settings, open_planner
from planvault.adapters.sql.tables import SECTION_TABLES

ACTOR = Actor.asserted("bench")
TABLE = SECTION_TABLES["family_demands"]
COLUMNS = [column.name for column in TABLE.columns]
PERIODS = 48
ROUNDS = 5
BAR = 0.35
BAR_MIB = 300


def made(path: Path, count: int, *, seed: int = 0) -> Path:
    """A directory with so many demand rows, in key order as systems export them."""
    path.mkdir()
    with (path / "demand_family.csv").open("w", encoding="utf-8", newline="") as file:
        file.write("family,period,demand\n")
        for index in range(count):
            family, period = divmod(index, PERIODS)
            file.write(f"F{family:06d},{2024 + period // 12}-{period % 12 + 1:02d},{(index * 31 + seed) % 9973}.5\n")
    return path


def raw_rows(path: Path, content_id: int) -> Iterator[tuple[Any, ...]]:
    with (path / "demand_family.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        for family, period, demand in reader:
            yield content_id, family, period, float(demand), "canonical", None, "{}"


async def raw(settings: Settings, path: Path, content_id: int) -> float:
    """Read and insert by hand, durable at the end."""
    url, parent = settings.database_url, "planning_input_contents"
    values = f"({content_id}, '{content_id:064x}', '{{}}', '2026-01-01T00:00:00+00:00')"
    columns = "(content_id, content_hash, row_counts_json, created_at)"
    if "sqlite" in url:
        connection = sqlite3.connect("/" + url.partition(":////")[2], isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"INSERT INTO {parent} {columns} VALUES {values}")
        sql = f"INSERT INTO {TABLE.name} ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(sql, raw_rows(path, content_id))
        connection.execute("COMMIT")
        seconds = time.perf_counter() - began
        connection.close()
        return seconds
    pg = await asyncpg.connect(
        host=url.partition("host=")[2], user="postgres", database=url.partition("@/")[2].partition("?")[0]
    )
    await pg.execute(f"INSERT INTO planvault.{parent} {columns} VALUES {values}")
    began = time.perf_counter()
    async with pg.transaction():
        await pg.copy_records_to_table(
            TABLE.name, schema_name="planvault", columns=COLUMNS, records=raw_rows(path, content_id)
        )
    seconds = time.perf_counter() - began
    await pg.close()
    return seconds


async def ours(settings: Settings, path: Path, label: str) -> float:
    """The whole use case: reading, checks, hash, rows, event, report, commit."""
    async with open_planner(settings) as planner:
        began = time.perf_counter()
        await planner.inputs.import_files(label=label, actor=ACTOR, directory=path)
        return time.perf_counter() - began


async def measure(kind: str, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with store(kind) as settings:
            raws, mine = [], []
            for number in range(ROUNDS):
                path = made(Path(folder) / f"in{number}", count, seed=number)
                raws.append(await raw(settings, path, number + 1))
                mine.append(await ours(settings, path, f"l{number}"))
    ratio = median(one / other for one, other in zip(raws, mine, strict=True))
    verdict = "ok" if ratio >= BAR else "BELOW"
    print(
        f"{kind:<11} {f'import of {count:,} rows':<28} {count / median(mine):>9,.0f} rows/s   "
        f"raw {count / median(raws):>9,.0f} rows/s   ratio {ratio:.2f}  (bar {BAR:.2f}) {verdict}"
    )


async def measure_memory(kind: str, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = made(Path(folder) / "in", count)
        async with store(kind) as settings:
            command = [sys.executable, __file__, "--import", settings.database_url, str(path)]
            process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
            said, _ = await process.communicate()
    peak, seconds = (float(word) for word in said.split())
    verdict = "ok" if peak <= BAR_MIB else "ABOVE"
    print(
        f"{kind:<11} {f'import of {count:,} rows':<28} {count / seconds:>9,.0f} rows/s   "
        f"peak {peak:>5.0f} MiB   (bar {BAR_MIB} MiB) {verdict}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--most", type=int, default=1_000_000)
    parser.add_argument("--store", choices=KINDS, action="append")
    parser.add_argument("--import", dest="imported", nargs=2)
    arguments = parser.parse_args()
    if arguments.imported:
        url, path = arguments.imported
        seconds = asyncio.run(ours(Settings(database_url=url), Path(path), "large"))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, seconds)
        return
    for kind in arguments.store or KINDS:
        asyncio.run(measure(kind, arguments.rows))
        asyncio.run(measure_memory(kind, arguments.most))


if __name__ == "__main__":
    main()
