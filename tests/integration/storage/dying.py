"""What is killed: operations in the mode ``both``, each a process that dies at one of the points that it passes.

``main`` is what a forked process calls (``tests.support.forking``): URL ROOT SOURCE OPERATION WHERE TRACE. It writes
the name of each point that it passes to the file TRACE; WHERE it dies is a number, counted from 0, or a name.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from planvault import Actor, Planner, RegisterRequest, Settings
from planvault.application.storage.backfill_request import BackfillRequest
from planvault.domain.storage.retention import Retention
from planvault.domain.storage.state import Side, StorageMode
from planvault.testing.builders import det_rows
from tests.support.points import watched_planner

AYA = Actor.asserted("aya")
Operation = Callable[[Planner, Path], Awaitable[object]]


def settings_of(url: str, root: Path, *, strict: bool = False) -> Settings:
    return Settings(
        database_url=url, storage_mode=StorageMode.BOTH, files_root=root, storage_strict=strict, job_lease_seconds=3600
    )


async def create(planner: Planner, source: Path) -> None:
    await planner.plans.register(RegisterRequest(version_id="new", actor=AYA, trigger="test"), det_rows(9))


async def replace(planner: Planner, source: Path) -> None:
    await planner.plans.replace("v1", det_rows(9), actor=AYA)


async def copy(planner: Planner, source: Path) -> None:
    await planner.plans.copy("v1", "copied", actor=AYA)


async def delete(planner: Planner, source: Path) -> None:
    await planner.plans.delete("v2", actor=AYA)


async def trim(planner: Planner, source: Path) -> None:
    await planner.maint.trim(Retention(max_rows=0, keep_newest=1), actor=AYA)


async def backfill(planner: Planner, source: Path) -> None:
    await planner.storage.backfill(BackfillRequest(source=source, actor=AYA))


async def sweep(planner: Planner, source: Path) -> None:
    await planner.storage.sweep(actor=AYA)


async def repair_files(planner: Planner, source: Path) -> None:
    """Write the folders of what is unfiled, then tidy up: what follows a crash or a full disk."""
    async for _ in planner.storage.repair(Side.DB, actor=AYA):
        pass
    await planner.storage.sweep(actor=AYA)


async def repair_tables(planner: Planner, source: Path) -> None:
    """Write the rows of v1 anew from its folder."""
    async for _ in planner.storage.repair(Side.FILES, ["v1"], actor=AYA):
        pass


OPERATIONS: dict[str, Operation] = {
    operation.__name__: operation
    for operation in (create, replace, copy, delete, trim, backfill, sweep, repair_files, repair_tables)
}


def artifacts(folder: Path) -> None:
    """Two versions of a legacy system to take over."""
    for number in (1, 2):
        place = folder / f"old-{number}"
        place.mkdir(parents=True)
        row = {"family": "F1", "period": "2026-01", "supply_plan": 0, "demand": 10 * number, "supply": 8, "backlog": 2}
        rows = [{**row, "sku": f"SKU{sku}", "week": f"2026-W0{week}"} for sku in range(3) for week in (1, 2)]
        text = json.dumps({"schema_version": "agg-1.0", "rows": rows})
        (place / "sku_week.json").write_text(text, encoding="utf-8")
        os.utime(place / "sku_week.json", (1_600_000_000 + number, 1_600_000_000 + number))


async def run(operation: str, settings: Settings, source: Path, *, where: str, trace: Path) -> None:
    with trace.open("w", encoding="utf-8", buffering=1) as file:
        count = 0

        def reached(point: str) -> None:
            nonlocal count
            file.write(point + "\n")
            if where in {point, str(count)}:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1

        async with watched_planner(settings, reached) as planner:
            await OPERATIONS[operation](planner, source)


def main() -> None:
    url, root, source, operation, where, trace = sys.argv[1:]
    asyncio.run(run(operation, settings_of(url, Path(root)), Path(source), where=where, trace=Path(trace)))
