"""A drill of plans of so many rows each: ``python bench/drill.py [VERSIONS] [ROWS]``.

Printed are the seconds of every step, and those that each way of recovering takes.
"""

from __future__ import annotations

import asyncio
import sys

from rows import det_rows
from stores import store

from planvault import Actor, RegisterRequest, Settings, open_planner
from planvault.application.drilling import DrillStep
from planvault.infrastructure.scratch import ScratchDrills

AYA = Actor.asserted("aya")


async def main(versions: int, count: int) -> None:
    rows = list(det_rows(count))
    async with store("sqlite") as settings, open_planner(Settings(database_url=settings.database_url)) as planner:
        for number in range(versions):
            await planner.plans.register(RegisterRequest(actor=AYA, version_id=f"v{number}"), rows)
        report = await ScratchDrills(Settings())(planner, AYA, versions=None, watcher=_told)
    if not report.is_good:
        raise SystemExit(f"something would be lost: {report.broken or report.lost[:3]}")
    ways = ", ".join(f"{how} {seconds:.1f} s" for how, seconds in report.recovery.items())
    print(f"{versions} versions, {report.series_rows} rows: {report.seconds:.1f} s in all; {ways}; nothing lost")


def _told(step: DrillStep) -> None:
    print(f"{step.seconds:8.1f} s  {step.name}: {step.found}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, int(sys.argv[2]) if len(sys.argv) > 2 else 5060))
