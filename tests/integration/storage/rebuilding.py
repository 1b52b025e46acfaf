"""A store with everything that a rebuild has to bring back, and what there is of it to compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from planvault import Actor, Planner, RegisterRequest, Settings
from planvault.adapters.exchange.samples import sample_directory
from planvault.domain.storage.retention import Retention
from planvault.domain.storage.state import StorageMode
from planvault.infrastructure.container import Container
from planvault.testing.builders import aggregate_rows, det_rows

AYA, BEN, OPS = Actor.asserted("aya"), Actor.asserted("ben"), Actor.asserted("ops")
CELL = "agg:period=2026-01,family=F1:field=demand"
# What is never mirrored, and what goes on with the rebuild itself.
BESIDE = {"access_tokens", "plan_backfill_items", "plan_backfill_runs", "planning_import_reports"}
GOES_ON = {"events", "event_heads", "counters"}


def settings_of(url: str, root: Path, mode: StorageMode | None = StorageMode.BOTH) -> Settings:
    return Settings(database_url=url, files_root=root, storage_mode=mode)


async def registered(planner: Planner, version_id: str, rows: int = 40) -> None:
    request = RegisterRequest(version_id=version_id, actor=AYA, trigger="test")
    await planner.plans.register(request, det_rows(rows))


async def filled(planner: Planner) -> None:
    """Live inputs; an edited and approved baseline, a locked draft made by the engine, one trimmed, one deleted."""
    await planner.inputs.import_files(label="Weekly", directory=sample_directory(), actor=AYA)
    await planner.inputs.submit("weekly", actor=AYA)
    await planner.inputs.approve_reference("weekly@1", actor=BEN)
    await planner.inputs.import_files(label="spare", directory=sample_directory(), actor=AYA)
    await planner.inputs.delete("spare", actor=AYA)
    await registered(planner, "old")
    await registered(planner, "gone")
    request = RegisterRequest(version_id="V1", actor=AYA, input_set="weekly@1", title="Nagoya — 工場")
    await planner.plans.register(request, [*aggregate_rows(), *det_rows(30)])
    await planner.plans.edit("V1", {CELL: 111.0}, actor=AYA, comment="promo")
    await planner.plans.set_weights("V1", {"det:week=2026-W01,sku=SKU0001": 2.0}, actor=AYA)
    await planner.plans.lock("V1", ["agg:period=2026-02,family=F1"], actor=AYA)
    plan = await planner.plans.submit("V1", actor=AYA)
    await planner.plans.approve("V1", digest=plan.plan_digest, actor=BEN, comment="seen")
    await planner.plans.set_baseline(1, "V1", actor=BEN)
    await planner.plans.delete("gone", actor=AYA)
    await planner.plans.create(input_set="weekly", actor=AYA, title="made")
    await planner.maint.trim(Retention(max_rows=0, keep_newest=1), actor=OPS)


async def told(url: str) -> dict[str, list[bytes]]:
    """Every line of every table."""
    container = Container(settings=Settings(database_url=url), database_or_engine=url)
    database = container.database()
    try:
        async with container.plain_unit_of_work()(read_only=True) as uow:
            found = {}
            for table in uow.image.tables:
                pieces = [piece async for piece in uow.image.lines(table.name)]
                found[table.name] = b"".join(pieces).splitlines()
            return found
    finally:
        await database.close()


async def facts(planner: Planner) -> dict[str, Any]:
    """What people see: lists, KPIs, effective rows, edits, the label."""
    plans = list((await planner.plans.list()).items)
    kept = [plan.version_id for plan in plans if str(plan.status) != "archived"]
    return {
        "plans": [await planner.plans.get(plan.version_id) for plan in plans],
        "kpis": [await planner.plans.effective_kpis(version_id) for version_id in kept],
        "rows": [
            [list(rows) async for rows in planner.plans.effective(version_id, level=level)]
            for version_id in kept
            for level in ("aggregate", "det")
        ],
        "edits": [await planner.plans.overlay(version_id) for version_id in kept],
        "events": [(await planner.plans.events(plan.version_id)).items for plan in plans],
        "label": await planner.inputs.get("weekly"),
        "configs": await planner.configs.list(),
    }


@contextmanager
def damaged(path: Path, harm: Callable[[Path], object]) -> Iterator[None]:
    """The file is damaged meanwhile."""
    before = path.read_bytes()
    harm(path)
    try:
        yield
    finally:
        path.write_bytes(before)
