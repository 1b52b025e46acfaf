"""Exporting a level of 500 000 rows as CSV, JSON lines and Parquet against a raw fetch of it, in the same run.

The raw side fetches the same columns with the same ORDER BY and writes nothing.  A pivot of the level, every item with
its 53 weeks, stands against a raw GROUP BY of the same sums.  Three rounds are taken in turns; printed are medians.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import asyncpg

sys.path.insert(0, str(Path(__file__).parent))

from rows import det_rows
from stores import KINDS, store

from planvault import Actor, Planner, RegisterRequest, SeriesRow, Settings, open_planner
from planvault.application.plans.export_plan import PlanForm

ACTOR = Actor.asserted("bench")
ROUNDS = 3
BATCH = 2_000
FORMS = [PlanForm.CSV, PlanForm.JSONL, *([PlanForm.PARQUET] if find_spec("pyarrow") else [])]
WHERE = "WHERE version_id = 'v1' AND level = 'det'"
KEY = "time_bucket_type, time_bucket_key, item_key, location_key"
ROWS = f"SELECT {', '.join(SeriesRow._fields)} FROM {{table}} {WHERE} ORDER BY {KEY}"
SUMS = (
    f"SELECT item_key, time_bucket_type, time_bucket_key, sum(demand) FROM {{table}} {WHERE} "
    "GROUP BY item_key, time_bucket_type, time_bucket_key ORDER BY item_key, time_bucket_type, time_bucket_key"
)


async def fetched(settings: Settings, sql: str) -> None:
    url = settings.database_url
    if "sqlite" in url:
        with closing(sqlite3.connect("/" + url.partition(":////")[2])) as connection:
            cursor = connection.execute(sql.format(table="plan_series"))
            while cursor.fetchmany(BATCH):
                pass
        return
    host, name = url.partition("host=")[2], url.partition("@/")[2].partition("?")[0]
    connection = await asyncpg.connect(host=host, user="postgres", database=name)
    async with connection.transaction():
        cursor = await connection.cursor(sql.format(table="planvault.plan_series"))
        while await cursor.fetch(BATCH):
            pass
    await connection.close()


async def exported(planner: Planner, form: PlanForm) -> None:
    made = await planner.plans.export_archive("v1", form=form, level="det")
    async for _ in made.pieces():
        pass


async def pivoted(planner: Planner) -> None:
    async for _ in planner.plans.pivot_pages("v1", level="det", measure="demand"):
        pass


async def timed(work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def measure(kind: str, count: int) -> None:
    async with store(kind) as settings, open_planner(settings) as planner:
        await planner.plans.register(RegisterRequest(actor=ACTOR, version_id="v1"), det_rows(count))
        raws, sums, pivots = [], [], []
        ours: dict[PlanForm, list[float]] = {form: [] for form in FORMS}
        for _ in range(ROUNDS):
            raws.append(await timed(lambda: fetched(settings, ROWS)))
            for form in FORMS:
                ours[form].append(await timed(lambda form=form: exported(planner, form)))  # type: ignore[misc]
            sums.append(await timed(lambda: fetched(settings, SUMS)))
            pivots.append(await timed(lambda: pivoted(planner)))
    for form in FORMS:
        report(kind, f"export as {form}", count, raws, ours[form])
    report(kind, "pivot", count, sums, pivots)


def report(kind: str, what: str, count: int, raws: Sequence[float], ours: Sequence[float]) -> None:
    ratio = median(one / other for one, other in zip(raws, ours, strict=True))
    seconds, raw_seconds = median(ours), median(raws)
    print(
        f"{kind:<11} {what:<18} of {count:,} rows  {seconds:>5.1f} s  {count / seconds:>9,.0f} rows/s   "
        f"raw {count / raw_seconds:>9,.0f} rows/s   ratio {ratio:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--store", choices=KINDS, action="append")
    arguments = parser.parse_args()
    for kind in arguments.store or KINDS:
        asyncio.run(measure(kind, arguments.rows))


if __name__ == "__main__":
    main()
