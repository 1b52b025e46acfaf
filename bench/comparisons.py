"""Comparing two versions of many rows against the same comparison in raw SQL, in one run: the bar is 0.7.

python bench/comparisons.py [ROWS]
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from planvault import Actor, RegisterRequest, Settings, open_planner
from planvault.domain.plans.series import SeriesRow

AYA = Actor.asserted("aya")
BAR = 0.7
KEY = "time_bucket_type, time_bucket_key, item_key, location_key"
SAME = " AND ".join(f"a.{name} = b.{name}" for name in ("level", *KEY.split(", ")))
OLD, NEW = "a.demand, a.supply, a.backlog", "b.demand, b.supply, b.backlog"
RAW = (
    f"SELECT {', '.join(f'a.{name}' for name in KEY.split(', '))}, {OLD}, {NEW} FROM plan_series a JOIN plan_series b "
    f"ON b.version_id = 'v2' AND {SAME} WHERE a.version_id = 'v1' AND a.level = 'det' "
    "AND (a.demand IS NOT b.demand OR a.supply IS NOT b.supply OR a.backlog IS NOT b.backlog) "
    f"UNION ALL SELECT {KEY}, demand, supply, backlog, NULL, NULL, NULL FROM plan_series a WHERE version_id = 'v1' "
    f"AND level = 'det' AND NOT EXISTS (SELECT 1 FROM plan_series b WHERE b.version_id = 'v2' AND {SAME}) "
    f"UNION ALL SELECT {KEY}, NULL, NULL, NULL, demand, supply, backlog FROM plan_series b WHERE version_id = 'v2' "
    f"AND level = 'det' AND NOT EXISTS (SELECT 1 FROM plan_series a WHERE a.version_id = 'v1' AND {SAME}) "
    f"ORDER BY {KEY}"
)


def rows(count: int, *, changed: bool) -> list[SeriesRow]:
    per_week = count // 100
    return [
        SeriesRow(
            "det",
            "week",
            f"W{week:03d}",
            f"SKU{item:05d}",
            demand=float(item) + (1.0 if changed and item % 20 == 0 else 0.0),
            supply=float(item),
            backlog=0.0,
        )
        for week in range(100)
        for item in range(per_week)
    ]


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plans.db"
        async with open_planner(Settings(database_url=f"sqlite+aiosqlite:///{path}")) as planner:
            for version_id, changed in (("v1", False), ("v2", True)):
                made = RegisterRequest(actor=AYA, version_id=version_id)
                await planner.plans.register(made, rows(count, changed=changed))
            ratios = []
            for _ in range(3):
                connection = sqlite3.connect(path)
                began = time.perf_counter()
                expected = sum(1 for _ in connection.execute(RAW))
                raw = time.perf_counter() - began
                connection.close()
                began = time.perf_counter()
                found = 0
                async for batch in planner.plans.all_changes("v1", "v2", level="det"):
                    found += len(batch)
                ours = time.perf_counter() - began
                assert found == expected
                ratios.append(raw / ours)
                print(f"  raw {raw:.2f} s, ours {ours:.2f} s, {found} changes of {count} rows, ratio {raw / ours:.2f}")
        ratio = median(ratios)
        print(f"SQLite: ratio {ratio:.2f} (bar {BAR}){'' if ratio >= BAR else '  BELOW THE BAR'}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000))
