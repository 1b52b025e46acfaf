"""Two hundred edits in a row, each rolled up: what the last ones take against the first ones; the bar is 1.5.

python bench/edits.py [EDITS]
"""

from __future__ import annotations

import asyncio
import sys
import time
from statistics import median

from stores import KINDS, store

from planvault import Actor, RegisterRequest, open_planner
from planvault.domain.plans.series import SeriesRow, Split, splits_text

AYA = Actor.asserted("aya")
WEEKS, ITEMS = 52, 400
BAR = 1.5


def rows() -> list[SeriesRow]:
    """Twelve months of ten families, and 20 800 det rows that belong to them."""
    det = []
    for week in range(1, WEEKS + 1):
        month, key = f"2026-{min(12, 1 + week * 12 // 53):02d}", f"2026-W{week:02d}"
        for item in range(ITEMS):
            part = Split(month, f"F{item % 10}", 10.0, 10.0, 0.0)
            det.append(
                SeriesRow(
                    "det",
                    "week",
                    key,
                    f"SKU{item:04d}",
                    demand=10.0,
                    supply=10.0,
                    backlog=0.0,
                    splits_json=splits_text([part]),
                )
            )
    months = [
        SeriesRow("aggregate", "month", f"2026-{month:02d}", f"F{family}", demand=1.0, supply=1.0, backlog=0.0)
        for month in range(1, 13)
        for family in range(10)
    ]
    return [*months, *det]


async def main(count: int) -> None:
    for kind in KINDS:
        async with store(kind) as settings, open_planner(settings) as planner:
            await planner.plans.register(RegisterRequest(actor=AYA, version_id="v1"), rows())
            seconds = []
            for turn in range(count):
                key = f"det:week=2026-W{1 + turn % WEEKS:02d},sku=SKU{turn * 7 % ITEMS:04d}:field=demand"
                began = time.perf_counter()
                await planner.plans.edit("v1", {key: 11.0 + turn}, actor=AYA)
                seconds.append(time.perf_counter() - began)
            quarter = max(1, count // 4)
            first, last = median(seconds[:quarter]), median(seconds[-quarter:])
            below = "" if last / first <= BAR else "  ABOVE THE BAR"
            print(
                f"{kind}: {count} edits, {1000 * first:.1f} ms for the first, {1000 * last:.1f} ms for the last, "
                f"growth {last / first:.2f} (bar {BAR}){below}"
            )


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
