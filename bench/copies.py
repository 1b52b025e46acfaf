"""Copying a plan version against a raw INSERT … SELECT of its rows, in the same run: the bar is 0.8.

python bench/copies.py [ROWS]

The raw side copies the series rows alone into the same table, in one transaction.  Rounds are taken in turns; printed
is the median of their ratios (raw seconds / ours).
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from statistics import median

import asyncpg
from comparisons import rows
from stores import KINDS, store

from planvault import Actor, RegisterRequest, Settings, open_planner
from planvault.adapters.sql.tables import PLAN_SERIES

AYA = Actor.asserted("aya")
ROUNDS = 5
BAR = 0.8
NAMES = ", ".join(column.name for column in PLAN_SERIES.columns if column.name != "version_id")
COPY = f"INSERT INTO plan_series (version_id, {NAMES}) SELECT '{{}}', {NAMES} FROM plan_series WHERE version_id = 'v1'"


async def main(count: int) -> None:
    for kind in KINDS:
        async with store(kind) as settings, open_planner(settings) as planner:
            await planner.plans.register(RegisterRequest(actor=AYA, version_id="v1"), rows(count, changed=False))
            ours, raw = [], []
            for turn in range(ROUNDS):
                began = time.perf_counter()
                await planner.plans.copy("v1", f"ours{turn}", actor=AYA)
                ours.append(time.perf_counter() - began)
                # The raw copy stands under an id that has a version, as the table asks for.
                one = rows(100, changed=False)[:1]
                await planner.plans.register(RegisterRequest(actor=AYA, version_id=f"raw{turn}"), one)
                await _run(settings, f"DELETE FROM plan_series WHERE version_id = 'raw{turn}'")
                raw.append(await _run(settings, COPY.format(f"raw{turn}")))
            ratio = median(theirs / mine for theirs, mine in zip(raw, ours, strict=True))
            below = "" if ratio >= BAR else "  BELOW THE BAR"
            print(
                f"{kind}: copy of {count} rows, {count / median(ours):.0f} rows/s, raw {count / median(raw):.0f}, "
                f"ratio {ratio:.2f} (bar {BAR}){below}"
            )


async def _run(settings: Settings, statement: str) -> float:
    """Seconds that the driver takes for a statement in a transaction of its own."""
    url = settings.database_url
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///"))
        began = time.perf_counter()
        with connection:
            connection.execute(statement)
        seconds = time.perf_counter() - began
        connection.close()
        return seconds
    client = await asyncpg.connect(
        url.replace("postgresql+asyncpg", "postgresql"), server_settings={"search_path": settings.db_schema}
    )
    began = time.perf_counter()
    async with client.transaction():
        await client.execute(statement)
    seconds = time.perf_counter() - began
    await client.close()
    return seconds


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))
