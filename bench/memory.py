"""Memory of the streaming read: how much a process grows while it reads a level of 100 000 and of 2 000 000 rows.

Each read runs in a process of its own; growth is the most resident memory seen on the way minus that before it.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from rows import det_rows
from stores import KINDS, store

from planvault import Actor, RegisterRequest, Settings, open_planner

BAR_MIB = 150


def resident_mib() -> float:
    """Resident memory of this process, as Linux tells it."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


async def read(url: str, version_id: str) -> None:
    async with open_planner(Settings(database_url=url)) as planner:
        await planner.plans.page(version_id, level="det", limit=1)
        before, most, count = resident_mib(), 0.0, 0
        async for _ in planner.plans.series(version_id, level="det"):
            count += 1
            if count % 5_000 == 0:
                most = max(most, resident_mib())
    print(f"{count} {most - before:.1f}")


async def measure(kind: str, counts: list[int]) -> None:
    async with store(kind) as settings:
        async with open_planner(settings) as planner:
            for count in counts:
                request = RegisterRequest(version_id=f"v{count}", actor=Actor.asserted("bench"))
                await planner.plans.register(request, det_rows(count))
        for count in counts:
            command = [sys.executable, __file__, "--read", settings.database_url, f"v{count}"]
            process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
            said, _ = await process.communicate()
            rows, grown = said.split()
            verdict = "ok" if float(grown) <= BAR_MIB else "ABOVE"
            print(f"{kind:<11} streaming read of {int(rows):>9,} rows   grows {float(grown):>6.1f} MiB"
                  f"   (bar {BAR_MIB} MiB) {verdict}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, action="append")
    parser.add_argument("--store", choices=KINDS, action="append")
    parser.add_argument("--read", nargs=2)
    arguments = parser.parse_args()
    if arguments.read:
        asyncio.run(read(*arguments.read))
        return
    for kind in arguments.store or KINDS:
        asyncio.run(measure(kind, arguments.rows or [100_000, 2_000_000]))


if __name__ == "__main__":
    main()
