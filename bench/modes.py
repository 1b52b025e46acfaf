"""Writing and reading a plan in the modes ``both`` and ``files`` against ``db``: ``python bench/modes.py [ROWS]``.

The bar for ``both`` is 1.5 times the time to write, which the mirror of the ledger is part of.  Rounds are taken in
turns on three stores of a kind; printed are the medians of the ratios to ``db``, how many rows of a level each gives
in a second, and how many rows a full verification reads, both sides counted once.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from rows import det_rows
from stores import KINDS, store

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.domain.storage.state import StorageMode

AYA = Actor.asserted("aya")
ROUNDS = 5
BAR = 1.5


async def main(count: int) -> None:
    for kind in KINDS:
        async with AsyncExitStack() as stack:
            planners: dict[StorageMode, Planner] = {}
            for mode in (StorageMode.DB, StorageMode.BOTH, StorageMode.FILES):
                root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                url = (await stack.enter_async_context(store(kind))).database_url
                settings = Settings(database_url=url, storage_mode=mode, files_root=root)
                planners[mode] = await stack.enter_async_context(open_planner(settings))
            await _written(kind, count, planners)
            await _read(kind, count, planners)
            await _verified(kind, count, planners[StorageMode.BOTH])


async def _written(kind: str, count: int, planners: dict[StorageMode, Planner]) -> None:
    rows = list(det_rows(count))
    taken: dict[StorageMode, list[float]] = {mode: [] for mode in planners}
    for turn in range(ROUNDS):
        for mode, planner in planners.items():
            began = time.perf_counter()
            await planner.plans.register(RegisterRequest(actor=AYA, version_id=f"v{turn}"), rows)
            taken[mode].append(time.perf_counter() - began)
    plain = taken[StorageMode.DB]
    print(f"{kind}: {count} rows written in db, {count / median(plain):.0f} rows/s")
    for mode in (StorageMode.BOTH, StorageMode.FILES):
        ratio = median(mine / theirs for mine, theirs in zip(taken[mode], plain, strict=True))
        barred = f" (bar {BAR}){'' if ratio <= BAR else '  ABOVE THE BAR'}" if mode is StorageMode.BOTH else ""
        print(f"{kind}: {mode}, {count / median(taken[mode]):.0f} rows/s, {ratio:.2f} times as long{barred}")


async def _read(kind: str, count: int, planners: dict[StorageMode, Planner]) -> None:
    taken: dict[StorageMode, list[float]] = {mode: [] for mode in planners}
    for _ in range(ROUNDS):
        for mode, planner in planners.items():
            began = time.perf_counter()
            found = 0
            async for batch in planner.plans.batches("v0", level="det"):
                found += len(batch)
            taken[mode].append(time.perf_counter() - began)
            if found != count:
                raise SystemExit(f"{kind}: {mode} gave {found} rows of {count}")
    told = ", ".join(f"{mode} {count / median(seconds):.0f}" for mode, seconds in taken.items())
    print(f"{kind}: rows read in a second: {told}")


async def _verified(kind: str, count: int, both: Planner) -> None:
    began = time.perf_counter()
    found = [finding async for finding in both.storage.verify(["v0"], full=True)]
    if found:
        raise SystemExit(f"{kind}: the two sides do not agree: {found[0]}")
    if (await both.storage.status()).outbox.count:
        raise SystemExit(f"{kind}: commits are not mirrored")
    print(f"{kind}: full verification of {count} rows, {count / (time.perf_counter() - began):.0f} rows/s")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
