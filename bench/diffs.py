"""What changed between two revisions of 60 000 rows, in process: ``make bench`` or ``python bench/diffs.py``.

One row in twenty has another demand.  Timed is ``planner.inputs.diff`` from the reference to the report: both revisions
are looked up, compared and added up in the store.  Beside it stand the report as the HTTP API answers it, computed and
from the cache.  Printed are medians of seven rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))

from stores import KINDS, opened, store

from planvault import Settings, open_planner
from planvault.adapters.sql.unit_of_work import SqlUnitOfWorkFactory
from planvault.domain.inputs.content import InputContent
from planvault.domain.inputs.rows import FamilyDemand
from planvault.domain.shared.clock import SystemClock
from planvault.testing.builders import AYA, a_config, an_input_set, approved
from planvault.testing.clocks import NOON

BAR_MILLISECONDS = 300
ROUNDS = 7
CHANGED = 0.05


def contents(count: int) -> tuple[InputContent, InputContent]:
    """A content of so many demands, and the same with one in twenty changed."""
    rows = [
        FamilyDemand(f"F{number // 12:05}", f"2026-{number % 12 + 1:02}", 100.0 + number % 977)
        for number in range(count)
    ]
    dice = random.Random(1)
    changed = [row._replace(demand=row.demand + 1) if dice.random() < CHANGED else row for row in rows]
    return InputContent.of({"family_demands": rows}), InputContent.of({"family_demands": changed})


async def filled(settings: Settings, previous: InputContent, current: InputContent) -> None:
    """Put both into the store: weekly@1 is live, weekly@2 is on its way."""
    live = approved(an_input_set(content=previous))
    after, _, _ = live.bring(current.content_hash, actor=AYA, at=NOON, source="bench", row_counts=current.row_counts)
    async with opened(settings) as database, SqlUnitOfWorkFactory(database.dialect, SystemClock())() as uow:
        await uow.configs.add(a_config())
        for content in (previous, current):
            await uow.contents.add(content)
        await uow.input_sets.add(after)
        await uow.commit()


async def milliseconds(work: Callable[[], Awaitable[object]]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await work()
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


async def measure(kind: str, count: int, folder: Path) -> None:
    previous, current = contents(count)
    async with store(kind) as settings:
        await filled(settings, previous, current)
        cached = settings.model_copy(update={"cache_dir": folder})
        async with open_planner(cached) as planner:
            inputs = planner.inputs
            found = await inputs.diff("weekly@2")
            taken = await milliseconds(lambda: inputs.diff("weekly@2"))
            computed = await milliseconds(lambda: inputs.diff_report("weekly@2", refresh=True))
            kept = await milliseconds(lambda: inputs.diff_report("weekly@2"))
    verdict = "ok" if taken <= BAR_MILLISECONDS else "ABOVE"
    print(
        f"{kind:<11} diff of two revisions of {count:,} rows, {found.sections[0].changed_count:,} changed "
        f"{taken:>6.0f} ms  (bar {BAR_MILLISECONDS} ms) {verdict}   "
        f"as report {computed:.0f} ms, from the cache {kept:.1f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--store", choices=KINDS, action="append")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for kind in arguments.store or KINDS:
            asyncio.run(measure(kind, arguments.rows, Path(folder) / kind))


if __name__ == "__main__":
    main()
