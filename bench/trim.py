"""A trim of 1 000 000 rows: seconds and memory, against one raw DELETE of as many rows.

``python bench/trim.py [--rows N] [--store KIND]``.  The trim puts versions away one by one and removes their rows some
thousands at a time; raw is one ``DELETE`` of the rows in one transaction, on a store of the same content.  Both run in
processes of their own; growth is the most memory seen minus that before, and has to stay within 256 MiB.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from raw import deleted, peak_mib
from rows import det_rows
from stores import KINDS, store

from planvault import Actor, RegisterRequest, Settings, open_planner
from planvault.domain.storage.retention import Retention

AYA = Actor.asserted("aya")
VERSIONS = 4
BAR_MIB = 256


async def trim(url: str) -> tuple[int, float, int]:
    async with open_planner(Settings(database_url=url)) as planner:
        await planner.plans.list(limit=1)
        before, began = peak_mib(), time.perf_counter()
        done = await planner.maint.trim(Retention(max_rows=0, keep_newest=1), actor=AYA)
        took = time.perf_counter() - began
    return round(peak_mib() - before), took, done.rows


async def delete_raw(url: str) -> tuple[int, float, int]:
    before, began = peak_mib(), time.perf_counter()
    count = await deleted(url, [f"v{number}" for number in range(VERSIONS)])
    return round(peak_mib() - before), time.perf_counter() - began, count


def apart(what: str, url: str) -> tuple[int, float, int]:
    """Do it in a process of its own; how many MiB that grew by, the seconds, and the rows."""
    done = subprocess.run([sys.executable, __file__, "--do", what, url], capture_output=True, text=True, check=True)
    grown, took, rows = done.stdout.split()
    return int(grown), float(took), int(rows)


async def one(kind: str, count: int, what: str) -> tuple[int, float, int]:
    async with store(kind) as settings:
        async with open_planner(settings) as planner:
            for number in range(VERSIONS):
                request = RegisterRequest(version_id=f"v{number}", actor=AYA)
                await planner.plans.register(request, det_rows(count // VERSIONS))
            await planner.plans.register(RegisterRequest(version_id="kept", actor=AYA), det_rows(100))
        return await asyncio.to_thread(apart, what, settings.database_url)


async def measure(kind: str, count: int) -> None:
    _, raw, gone = await one(kind, count, "raw")
    grown, took, trimmed = await one(kind, count, "trim")
    assert gone == trimmed == count // VERSIONS * VERSIONS
    print(
        f"{kind:<11} trim of {trimmed:>9,} rows   {took:>6.1f} s   raw {raw:>6.1f} s   ratio {raw / took:.2f}"
        f"   grows {grown} MiB (bar {BAR_MIB} MiB) {'ok' if grown <= BAR_MIB else 'ABOVE'}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--store", choices=KINDS, action="append")
    parser.add_argument("--do", nargs=2)
    arguments = parser.parse_args()
    if arguments.do:
        what, url = arguments.do
        print(*asyncio.run(trim(url) if what == "trim" else delete_raw(url)))
        return
    for kind in arguments.store or KINDS:
        asyncio.run(measure(kind, arguments.rows))


if __name__ == "__main__":
    main()
