"""Exporting a revision of 60 000 rows as CSV files against ``csv.writer`` on a raw cursor, in the same run.

The raw side fetches the same columns of the same tables in the same order and writes them with ``csv.writer``: no check
against the content hash, numbers as the driver gives them.  Five rounds are taken in turns; printed are medians.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

import asyncpg

sys.path.insert(0, str(Path(__file__).parent))

from stores import KINDS, store

from planvault import Actor, Planner, Settings, open_planner
from planvault.adapters.sql.tables import SECTION_TABLES
from planvault.domain.inputs.sections import SECTIONS_BY_NAME

ACTOR = Actor.asserted("bench")
ROUNDS = 5
BATCH = 5_000
MONTHS = [f"2026-{month:02}" for month in range(1, 13)]
FILLED = ("family_demands", "inventory_snapshots", "items")


def make_inputs(folder: Path, rows: int) -> int:
    """A third demands, a third inventory, a third items."""
    part = rows // 3
    demand = [f"F{number // 12:05},{MONTHS[number % 12]},{number % 997}.25" for number in range(part)]
    inventory = [f"SKU{number:06},WH{number % 3},{number % 501}" for number in range(part)]
    items = [f"SKU{number:06},7,10,0,Cordless drill {number % 90} V" for number in range(part)]
    for name, header, lines in (
        ("demand_family.csv", "family,period,demand", demand),
        ("inventory.csv", "item,loc,qty", inventory),
        ("item.csv", "item,lt,lot,moq,item_name", items),
    ):
        (folder / name).write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return part * 3


async def exported(planner: Planner, folder: Path) -> float:
    began = time.perf_counter()
    async with planner.inputs.export("bench@1") as export:
        for file in export.files:
            with (folder / file.name).open("wb") as sink:
                async for piece in file.pieces():
                    sink.write(piece)
    return time.perf_counter() - began


def statement(section: str, schema: str) -> tuple[list[str], str]:
    columns = [field.name for field in SECTIONS_BY_NAME[section].fields]
    order = ", ".join(SECTIONS_BY_NAME[section].key)
    return columns, f"SELECT {', '.join(columns)} FROM {schema}{SECTION_TABLES[section].name} ORDER BY {order}"


async def raw(settings: Settings, folder: Path) -> float:
    url = settings.database_url
    write = write_sqlite if "sqlite" in url else write_postgres
    began = time.perf_counter()
    await write(url, folder)
    return time.perf_counter() - began


async def write_sqlite(url: str, folder: Path) -> None:
    with closing(sqlite3.connect("/" + url.partition(":////")[2])) as connection:
        for section in FILLED:
            columns, sql = statement(section, "")
            with (folder / f"{section}.csv").open("w", encoding="utf-8", newline="") as sink:
                writer = csv.writer(sink, lineterminator="\n")
                writer.writerow(columns)
                cursor = connection.execute(sql)
                while rows := cursor.fetchmany(BATCH):
                    writer.writerows(rows)


async def write_postgres(url: str, folder: Path) -> None:
    host, name = url.partition("host=")[2], url.partition("@/")[2].partition("?")[0]
    connection = await asyncpg.connect(host=host, user="postgres", database=name)
    async with connection.transaction():
        for section in FILLED:
            columns, sql = statement(section, "planvault.")
            with (folder / f"{section}.csv").open("w", encoding="utf-8", newline="") as sink:
                writer = csv.writer(sink, lineterminator="\n")
                writer.writerow(columns)
                cursor = await connection.cursor(sql)
                while rows := await cursor.fetch(BATCH):
                    writer.writerows(rows)
    await connection.close()


async def measure(kind: str, wanted: int) -> None:
    raws: list[float] = []
    ours: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        inputs, out = Path(place) / "in", Path(place) / "out"
        inputs.mkdir()
        out.mkdir()
        count = make_inputs(inputs, wanted)
        async with store(kind) as settings, open_planner(settings) as planner:
            await planner.inputs.import_files(label="bench", directory=inputs, actor=ACTOR)
            for _ in range(ROUNDS):
                raws.append(await raw(settings, out))
                ours.append(await exported(planner, out))
    report(kind, count, raws, ours)


def report(kind: str, count: int, raws: Sequence[float], ours: Sequence[float]) -> None:
    ratio = median(one / other for one, other in zip(raws, ours, strict=True))
    seconds, raw_seconds = median(ours), median(raws)
    print(
        f"{kind:<11} export of {count:,} rows as CSV  {seconds * 1000:>6,.0f} ms  {count / seconds:>9,.0f} rows/s   "
        f"raw {count / raw_seconds:>9,.0f} rows/s   ratio {ratio:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--store", choices=KINDS, action="append")
    arguments = parser.parse_args()
    for kind in arguments.store or KINDS:
        asyncio.run(measure(kind, arguments.rows))


if __name__ == "__main__":
    main()
