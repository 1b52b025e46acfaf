"""Backfill of 20 versions of 5 060 rows from a legacy database, each read back and compared, against the figure that
was measured for the legacy system's own backfill of the same shape: 20 900 rows/s; the bar is 5 times that.

python bench/backfill.py [VERSIONS]
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from planvault import Actor, Settings, open_planner
from planvault.application.storage.backfill_request import BackfillRequest

OPS = Actor.asserted("ops")
LEGACY_ROWS_PER_SECOND = 20_900
BAR = 5.0
MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]
WEEKS = [f"2025-W{week:02d}" for week in range(1, 53)]
ROUNDS = 3


def artifacts(seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    head = {"schema_version": "agg-1.0", "note": "", "inputs_summary": {}}
    skus = [(f"SKU{number:02d}", f"F{number % 10}") for number in range(40)]
    items = [f"ITEM{number:02d}" for number in range(27)]

    def quantity() -> float:
        return float(chance.randint(0, 500))

    def item_week(item: str, week: str) -> dict[str, Any]:
        return {
            "item": item,
            "sku": item,
            "week": week,
            "gross_req": quantity(),
            "scheduled_receipts": 0.0,
            "on_hand_start": quantity(),
            "net_req": quantity(),
            "planned_order_receipt": quantity(),
            "planned_order_release": quantity(),
            "lt_weeks": 2,
            "lot": 10.0,
            "moq": 0.0,
            "on_hand_end": quantity(),
        }

    mrp = [item_week(item, week) for item in items for week in WEEKS]
    return {
        "aggregate.json": head
        | {
            "rows": [
                {"family": f"F{family}", "period": month, "demand": quantity(), "supply": quantity(), "backlog": 0.0}
                | {"capacity_total": 5000.0}
                for family in range(10)
                for month in MONTHS
            ]
        },
        "sku_week.json": head
        | {
            "rows": [
                {"family": family, "period": MONTHS[min(11, place * 12 // 52)], "sku": sku, "week": week}
                | {"demand": (demand := quantity()), "supply": demand, "supply_plan": demand, "backlog": 0.0}
                for sku, family in skus
                for place, week in enumerate(WEEKS)
            ]
        },
        "mrp.json": head | {"rows": mrp},
        "plan_final.json": head
        | {
            "weekly_summary": [
                {"week": week, "capacity": 1000.0, "original_load": quantity(), "adjusted_load": quantity()}
                | {"spill_in": 0.0, "spill_out": 0.0, "carried_slack_in": 0.0, "slack_carry_out": 0.0}
                for week in WEEKS
            ],
            "rows": [
                row
                | {
                    "planned_order_release_adj": row["planned_order_release"],
                    "planned_order_receipt_adj": row["planned_order_receipt"],
                }
                for row in mrp
            ],
        },
        "reconciliation_log.json": {"schema_version": "recon-aggdet-1.0", "summary": {"rows": 120}, "deltas": []},
    }


def legacy_database(path: Path, versions: int) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE plan_versions (version_id TEXT PRIMARY KEY, created_at INTEGER, status TEXT)")
        connection.execute(
            "CREATE TABLE plan_artifacts (version_id TEXT, name TEXT, json_text TEXT, created_at INTEGER, "
            "PRIMARY KEY (version_id, name))"
        )
        for number in range(versions):
            version = f"plan-{number:03d}"
            connection.execute("INSERT INTO plan_versions VALUES (?, ?, 'active')", (version, number))
            connection.executemany(
                "INSERT INTO plan_artifacts VALUES (?, ?, ?, ?)",
                [(version, name, json.dumps(content, indent=2), number) for name, content in artifacts(number).items()],
            )
    connection.close()


async def timed(url: str, source: Path, **how: Any) -> tuple[float, int]:
    async with open_planner(Settings(database_url=url)) as planner:
        began = time.perf_counter()
        done = await planner.storage.backfill(BackfillRequest(source=source, actor=OPS, **how))
        seconds = time.perf_counter() - began
    assert not any(item.reason for item in done.items)
    return seconds, sum(item.series_rows for item in done.items)


def raw_rate(plans: Path, path: Path) -> float:
    """Rows per second of ``executemany`` alone, with prebuilt tuples, the same table and the same indexes."""
    source, target = sqlite3.connect(plans), sqlite3.connect(path)
    rows = source.execute("SELECT * FROM plan_series").fetchall()
    target.execute("PRAGMA journal_mode = WAL")
    for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'plan_series' AND sql IS NOT NULL"):
        target.execute(sql)
    target.commit()
    began = time.perf_counter()
    with target:
        target.executemany(f"INSERT INTO plan_series VALUES ({', '.join('?' * len(rows[0]))})", rows)
    seconds = time.perf_counter() - began
    source.close()
    target.close()
    return len(rows) / seconds


async def main(versions: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "legacy.db"
        legacy_database(source, versions)
        rates = []
        for round_ in range(ROUNDS):
            url = f"sqlite+aiosqlite:///{Path(folder) / f'plans-{round_}.db'}"
            seconds, rows = await timed(url, source)
            rates.append(rows / seconds)
            again, _ = await timed(url, source)
            print(
                f"  {versions} versions, {rows} rows: {seconds:.2f} s, "
                f"{rows / seconds:,.0f} rows/s; again {again:.2f} s"
            )
        dry, rows = await timed(f"sqlite+aiosqlite:///{Path(folder) / 'dry.db'}", source, dry_run=True)
        raw = raw_rate(Path(folder) / "plans-0.db", Path(folder) / "raw.db")
        ratio = median(rates) / LEGACY_ROWS_PER_SECOND
        print(f"  raw driver: {raw:,.0f} rows/s; ours {median(rates) / raw:.2f} of it")
        print(f"  dry run {dry:.2f} s")
        print(
            f"SQLite: {median(rates):,.0f} rows/s with verification, {ratio:.1f} times the legacy figure "
            f"(bar {BAR:.0f}){'' if ratio >= BAR else '  BELOW THE BAR'}"
        )


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
