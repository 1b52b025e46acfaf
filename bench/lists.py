"""``GET /plans`` from 100 to 10 000 versions: ``python bench/lists.py [MOST]``; the bar is flat, within 1.5 times.

The app is asked without a server in between, for the first page and for one by cursor, with summaries, KPIs and jobs
included.  Printed are requests per second, and the last time against the first; versions have 21 rows each, because
what must not matter is how many there are.
"""

from __future__ import annotations

import asyncio
import sys
import time
from statistics import median

import httpx
from stores import KINDS, store

from planvault import Actor, RegisterRequest, SeriesRow, open_planner
from planvault.asgi import create_app

AYA = Actor.asserted("aya")
ROUNDS = 30
BAR = 1.5
SIZES = (100, 1_000, 10_000)
ROWS = [
    SeriesRow("aggregate", "month", f"2026-{month:02}", f"F{family}", demand=10.0, supply=9.0, backlog=1.0)
    for month in range(1, 8)
    for family in range(3)
]


async def main(most: int) -> None:
    for kind in KINDS:
        async with store(kind) as settings, open_planner(settings) as planner:
            transport = httpx.ASGITransport(app=create_app(planner))  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
                made, seconds = 0, []
                for size in (size for size in SIZES if size <= most):
                    for number in range(made, size):
                        await planner.plans.register(RegisterRequest(actor=AYA, version_id=f"v{number}"), ROWS)
                    made = size
                    seconds.append(await _median(client))
                    print(f"{kind}: {size} versions, {1 / seconds[-1]:.1f} requests/s of 50 plans")
            growth = seconds[-1] / seconds[0]
            print(f"{kind}: growth {growth:.2f} (bar {BAR}){'' if growth <= BAR else '  ABOVE THE BAR'}")


async def _median(client: httpx.AsyncClient) -> float:
    first = (await client.get("/plans", params={"limit": 50})).json()["next_cursor"]
    taken = []
    for turn in range(ROUNDS):
        page: dict[str, str | int] = {"limit": 50, "include": "summary,kpi,jobs"}
        if turn % 2:
            page["cursor"] = first
        began = time.perf_counter()
        answer = await client.get("/plans", params=page)
        taken.append(time.perf_counter() - began)
        answer.raise_for_status()
    return median(taken)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]))
