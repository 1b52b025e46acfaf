"""Defects of the legacy code that its own runbooks ran into, by their numbers among the lessons.

What is tested elsewhere already is listed here; the rest is below.

    S1   test_lessons.py::test_a_forced_backfill_erases_no_edit_and_no_event
    S2   test_lessons.py::test_a_trim_comes_to_its_end_and_a_backfill_brings_nothing_back
    S3   test_lessons.py::test_the_limit_counts_rows_and_takes_no_approved_plan
    S3   test_row_guard.py::test_where_trims_are_wanted_the_oldest_go_before_more_is_written
    S4   test_lessons.py::test_a_backfill_tells_its_progress_version_by_version
    S4   test_backfill_plans.py::test_resuming_needs_a_version_that_is_there_and_no_gap_before_it
    S4   test_backfill.py::test_the_state_file_follows_and_knows_its_database
    S4   test_backfill_kills.py::test_a_backfill_killed_thirty_times_ends_like_one_that_ran_through
    S5   test_lessons.py::test_no_row_is_kept_of_a_version_that_is_not_there
    S5   test_sqlite.py::test_the_pragmas_are_in_force
    S10  test_both.py::test_strictly_no_plan_is_stored_that_cannot_be_filed
    S10  test_disks.py::test_a_plan_is_stored_whatever_the_disk_refuses_and_filed_when_it_is_mended
    S10  test_kills.py::test_an_operation_killed_at_any_point_leaves_both_sides_in_agreement
    S11  test_backups.py::test_a_backup_is_one_state_though_others_write_meanwhile
    S11  test_cutover.py::test_after_a_rollback_what_was_written_meanwhile_returns_with_everything
    S11  test_rebuild.py::test_everything_is_there_again_and_planning_goes_on
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.adapters.sql.database import open_database
from planvault.application.storage.backfill_request import BackfillRequest, BackfillStep
from planvault.domain.errors import NotFoundError, PlanvaultError
from planvault.domain.storage.backfill import Selection
from planvault.domain.storage.retention import Retention
from planvault.testing.builders import det_rows
from planvault.testing.stores import sqlite_url
from tests.support.listing import listed, missing

AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")
CELL = "det:week=2026-W02,sku=SKU0:field=demand"


def test_every_test_of_the_list_is_there() -> None:
    assert missing(__doc__ or "") == []
    assert {number for number, _, _ in listed(__doc__ or "")} == {"S1", "S2", "S3", "S4", "S5", "S10", "S11"}


async def backfilled(planner: Planner, source: Path, **changes: Any) -> dict[str, str]:
    done = await planner.storage.backfill(BackfillRequest(source=source, actor=AYA, **changes))
    return {item.source_version: str(item.outcome) for item in done.items}


async def with_rows(planner: Planner) -> set[str]:
    listed_ = (await planner.plans.list()).items
    return {plan.version_id for plan in listed_ if str(plan.status) != "archived"}


async def test_a_forced_backfill_erases_no_edit_and_no_event(planner: Planner, source: Path) -> None:
    """S1: ``backfill --force``, which the runbooks tell people to run, erased overrides and their audit events."""
    await backfilled(planner, source)
    await planner.plans.edit("old-1", {CELL: 99.0}, actor=AYA)
    edited = (await planner.plans.overlay("old-1")).overlay
    told = [event.hash for event in (await planner.audit.events(stream="plan/old-1")).items]

    assert set((await backfilled(planner, source, force=True)).values()) == {"replaced"}

    assert (await planner.plans.overlay("old-1")).overlay == edited
    assert any(override.value == 99.0 for override in edited.overrides.values())
    now = [event.hash for event in (await planner.audit.events(stream="plan/old-1")).items]
    assert set(told) <= set(now)
    assert (await planner.audit.verify()).clean


async def test_a_trim_comes_to_its_end_and_a_backfill_brings_nothing_back(planner: Planner, source: Path) -> None:
    """S2: a trim removed rows and never versions, so it found the same to do again; a backfill resurrected the rows."""
    await backfilled(planner, source)
    kept = Retention(max_rows=12, keep_newest=1)
    done = await planner.maint.trim(kept, actor=AYA)
    left = await with_rows(planner)
    assert (len(done.versions), len(left)) == (4 - len(left), 4 - len(done.versions))
    assert 0 < len(left) < 4
    assert (await planner.maint.trim(kept, actor=AYA)).versions == ()
    assert (await planner.maint.stats()).rows <= 12

    await backfilled(planner, source)

    assert await with_rows(planner) == left
    assert (await planner.maint.trim(kept, actor=AYA)).versions == ()


async def test_the_limit_counts_rows_and_takes_no_approved_plan(tmp_path: Path) -> None:
    """S3: the limit counted versions, ignored their status, and removed an approved plan with its artifacts."""
    url = sqlite_url(tmp_path / "plans.db")
    async with open_planner(Settings(database_url=url, max_rows=70, guard_action="trim")) as planner:
        for version_id in ("v1", "v2"):
            await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA), det_rows(10))
        await planner.plans.submit("v1", actor=AYA)
        digest = (await planner.plans.get("v1")).plan_digest
        await planner.plans.approve("v1", digest=digest, actor=BEN)
        for version_id in (f"v{number}" for number in range(3, 10)):  # rows, not versions: seven have room
            await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA), det_rows(10))
            kept = await planner.plans.get("v1")
            assert (str(kept.status), kept.series_rows, kept.plan_digest) == ("approved", 10, digest)
        assert (await planner.maint.stats()).rows <= 70


async def test_a_backfill_tells_its_progress_version_by_version(planner: Planner, source: Path) -> None:
    """S4: an unknown version to resume from was a success, and progress was kept once, at the end, unless it failed."""
    with pytest.raises(NotFoundError):
        await backfilled(planner, source, selection=Selection(resume_from="old-9"))
    assert await with_rows(planner) == set()
    (source / "old-3" / "sku_week.json").write_text("{", encoding="utf-8")
    seen: list[tuple[str, int]] = []

    def watch(step: BackfillStep) -> None:
        connection = sqlite3.connect(source.parent / "plans.db")
        (count,) = connection.execute("SELECT count(*) FROM plan_backfill_items").fetchone()
        connection.close()
        seen.append((step.item.source_version, count))

    outcomes = await backfilled(planner, source, watcher=watch)
    assert outcomes == {"old-1": "taken", "old-2": "taken", "old-3": "failed", "old-4": "taken"}
    assert [count for _, count in seen] == [1, 2, 3, 4]
    assert await with_rows(planner) == {"old-1", "old-2", "old-4"}


async def test_no_row_is_kept_of_a_version_that_is_not_there(tmp_path: Path) -> None:
    """S5: foreign keys were off, so rows of a version that does not exist were accepted, and nothing cascaded."""
    url = sqlite_url(tmp_path / "plans.db")
    async with open_planner(Settings(database_url=url)) as planner:
        await planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), det_rows(10))
        with pytest.raises(PlanvaultError):
            await planner.plans.replace("v2", det_rows(3), actor=AYA)
        database = open_database(url, schema="planvault", busy_seconds=5, pool_size=1, pool_overflow=0)
        try:
            async with database.dialect.connect(read_only=False) as connection:
                statement = "UPDATE plan_series SET version_id = 'v2' WHERE version_id = 'v1'"
                with pytest.raises(Exception, match="FOREIGN KEY"):
                    await connection.exec_driver_sql(statement)
        finally:
            await database.close()
        await planner.plans.delete("v1", actor=AYA)
    connection_ = sqlite3.connect(tmp_path / "plans.db")
    for table in ("plan_series", "plan_kpis", "plan_level_summaries"):
        assert connection_.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    connection_.close()
