"""Writing a plan in the mode ``both`` against ``db``, and verifying it: ``python bench/modes.py [ROWS]``.

The bar is 1.5 times the time; the mirror of the ledger is part of it.  Rounds are taken in turns on two stores of the
same kind; printed is the median of their ratios (both / db), and how many rows a full verification reads in a second,
both sides counted once.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
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
        with tempfile.TemporaryDirectory() as root:
            async with store(kind) as one, store(kind) as other:
                filing = Settings(database_url=other.database_url, storage_mode=StorageMode.BOTH, files_root=Path(root))
                async with open_planner(one) as db, open_planner(filing) as both:
                    await _compared(kind, count, db, both)


async def _compared(kind: str, count: int, db: Planner, both: Planner) -> None:
    rows = list(det_rows(count))
    plain: list[float] = []
    filed: list[float] = []
    for turn in range(ROUNDS):
        for planner, taken in ((db, plain), (both, filed)):
            began = time.perf_counter()
            await planner.plans.register(RegisterRequest(actor=AYA, version_id=f"v{turn}"), rows)
            taken.append(time.perf_counter() - began)
    ratio = median(mine / theirs for mine, theirs in zip(filed, plain, strict=True))
    print(
        f"{kind}: {count} rows, db {count / median(plain):.0f} rows/s, both {count / median(filed):.0f}, "
        f"ratio {ratio:.2f} (bar {BAR}){'' if ratio <= BAR else '  ABOVE THE BAR'}"
    )
    began = time.perf_counter()
    found = [finding async for finding in both.storage.verify(["v0"], full=True)]
    if found:
        raise SystemExit(f"{kind}: the two sides do not agree: {found[0]}")
    if (await both.storage.status()).outbox.count:
        raise SystemExit(f"{kind}: commits are not mirrored")
    print(f"{kind}: full verification of {count} rows, {count / (time.perf_counter() - began):.0f} rows/s")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
