"""How fast the reference engine plans: a year of 5,000 SKUs, inline and through a worker process.

Run it with ``python bench/engine.py [SKUS]``.  Prints seconds, rows per second and peak memory.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import resource
import sys
import time

from planvault.adapters.engine.reference import ReferenceEngine
from planvault.adapters.engine.runner import SubprocessEngineRunner
from planvault.application.engine import silent
from planvault.domain.inputs.content import InputContent
from planvault.domain.inputs.rows import (
    BomLink,
    CalendarWeek,
    CapacityBucket,
    FamilyDemand,
    InboundOrder,
    InventorySnapshot,
    Item,
    MixShare,
)

SKUS = 5000
SKUS_BY_FAMILY = 50
COMPONENTS = 500
YEAR = 2026


def calendar_weeks() -> list[CalendarWeek]:
    weeks: dict[tuple[str, str], list[dt.date]] = {}
    day = dt.date(YEAR, 1, 1)
    while day.year == YEAR:
        year, week, _ = day.isocalendar()
        weeks.setdefault((day.isoformat()[:7], f"{year}-W{week:02d}"), []).append(day)
        day += dt.timedelta(days=1)
    rows = []
    for sequence, ((period, code), days) in enumerate(weeks.items()):
        first = dt.date.fromisoformat(f"{period}-01")
        last = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
        rows.append(
            CalendarWeek(
                period,
                sequence,
                code,
                days[0].isoformat(),
                days[-1].isoformat(),
                first.isoformat(),
                last.isoformat(),
                float(len(days)),
            )
        )
    return rows


def inputs(skus: int) -> InputContent:
    chance = random.Random(7)
    calendar = calendar_weeks()
    periods = sorted({week.period for week in calendar})
    families = [f"F{number:04d}" for number in range(max(1, skus // SKUS_BY_FAMILY))]
    names = [f"SKU{number:05d}" for number in range(skus)]
    parts = [f"COMP{number:04d}" for number in range(COMPONENTS)]
    return InputContent.of(
        {
            "family_demands": [
                FamilyDemand(family, period, float(chance.randint(2000, 9000)))
                for family in families
                for period in periods
            ],
            "capacity_buckets": [CapacityBucket("WC1", period, len(families) * 5000.0) for period in periods],
            "mix_shares": [
                MixShare(families[number % len(families)], name, "", chance.random())
                for number, name in enumerate(names)
            ],
            "inventory_snapshots": [InventorySnapshot("WH1", name, float(chance.randint(0, 200))) for name in names],
            "inbound_orders": [InboundOrder(part, f"{YEAR}-01-10", "", "", "", 500.0) for part in parts],
            "items": [Item(name, float(chance.randint(3, 30)), 10.0, 0.0) for name in names + parts],
            "bom_links": [BomLink(name, chance.choice(parts), float(chance.randint(1, 4))) for name in names],
            "calendar_weeks": calendar,
        }
    )


def inline(content: InputContent) -> None:
    began = time.perf_counter()
    result = ReferenceEngine().run(content, {}, silent)
    computed = time.perf_counter()
    counts = {name: sum(1 for _ in rows) for name, rows in result.levels.items()}
    ended = time.perf_counter()
    total = sum(counts.values())
    print(f"inline: run() {computed - began:.2f} s, {total:,} rows written in {ended - computed:.2f} s")
    print(f"inline: {ended - began:.2f} s in all, {total / (ended - began):,.0f} rows/s  {counts}")


async def subprocess(content: InputContent) -> None:
    began = time.perf_counter()
    total = 0
    async with SubprocessEngineRunner().run("reference", content, {}, silent) as running:
        computed = time.perf_counter()
        async for _, batches in running.levels():
            async for batch in batches:
                total += len(batch)
    ended = time.perf_counter()
    print(f"subprocess: computed after {computed - began:.2f} s, rows taken in {ended - computed:.2f} s")
    print(f"subprocess: {ended - began:.2f} s in all, {total / (ended - began):,.0f} rows/s")


def peak(who: int) -> str:
    return f"{resource.getrusage(who).ru_maxrss / 1024:,.0f} MiB"


def main() -> None:
    skus = int(sys.argv[1]) if len(sys.argv) > 1 else SKUS
    content = inputs(skus)
    print(f"{skus:,} SKUs, {content.row_counts}")
    asyncio.run(subprocess(content))
    print(f"peak memory: runner {peak(resource.RUSAGE_SELF)}, worker {peak(resource.RUSAGE_CHILDREN)}")
    inline(content)
    print(f"peak memory after the inline run: {peak(resource.RUSAGE_SELF)}")


if __name__ == "__main__":
    main()
