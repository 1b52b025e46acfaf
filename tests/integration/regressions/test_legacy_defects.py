"""Defects of the legacy planning system that are not to come back, by their numbers in the study of it.

A is lost or wrong data, D is integrity and races. What is tested elsewhere already is listed here; the rest is below.

    A1   test_legacy_defects.py::test_writing_a_plan_again_erases_no_edit_and_no_event
    A1   test_replace_series.py::test_edits_locks_and_weights_stay_and_what_lost_its_row_is_detached
    A2   test_legacy_defects.py::test_a_plan_keeps_every_level_that_was_made
    A2   test_files.py::test_rows_in_files_do_not_count_against_the_limit_of_the_tables
    A3   test_rows.py::test_every_receipt_is_counted_once_also_in_a_week_of_two_months
    A3   test_level_rows.py::test_each_receipt_is_counted_once_also_in_a_week_of_two_periods
    A3   test_golden_numbers.py::test_an_adjusted_receipt_of_nothing_does_not_fall_back
    A3   test_kpis.py::test_the_fill_rate_lies_between_zero_and_one
    A4   test_edit_plan.py::test_weights_erase_neither_edits_nor_locks
    A5   test_backfill.py::test_artifacts_of_a_plan_give_the_same_rows_again
    A5   test_whole_sets.py::test_every_kind_of_export_imports_to_the_same_content
    A6   test_import_modes.py::test_merge_keeps_absent_sections_and_lays_rows_over_rows_by_key
    A7   test_legacy_defects.py::test_a_plan_tells_the_inputs_that_it_used_and_no_others
    A7   test_create_plan.py::test_without_anything_live_there_is_nothing_to_plan_from
    A8   test_backfill.py::test_input_sets_arrive_readable_and_are_never_live_before_somebody_adopts_them
    A8   test_read_input_set_events.py::test_a_deleted_label_still_tells_and_a_new_one_tells_of_both
    A9   test_legacy_defects.py::test_a_byte_order_mark_drops_no_row_and_a_bad_cell_is_never_zero
    A9   test_refusals.py::test_an_unknown_file_is_named
    A9   test_import_inputs.py::test_an_unknown_config_or_two_choices_at_once_are_refused
    D15  test_kills.py::test_an_operation_killed_at_any_point_leaves_both_sides_in_agreement
    D15  transactions.py::test_read_modify_write_in_parallel_loses_no_update
    D15  test_many_at_once.py::test_twenty_approvers_at_once_give_exactly_the_approvals_required
    D15  test_import_inputs.py::test_an_archived_label_takes_nothing_in
    D16  test_sqlite.py::test_the_pragmas_are_in_force
    D16  test_sqlite.py::test_a_wrong_type_or_word_never_gets_in_beside_us
    D16  test_sqlite.py::test_two_processes_writing_at_once_lose_nothing
    D16  test_sqlite.py::test_a_stream_that_is_closed_early_gives_its_connection_back
    D16  test_maintenance.py::test_however_many_write_at_once_the_limit_is_never_exceeded
    D16  test_backups.py::test_a_backup_is_one_state_though_others_write_meanwhile
    D16  test_difference_files.py::test_a_write_that_fails_leaves_the_old_entry
    D16  test_lessons.py::test_a_backfill_tells_its_progress_version_by_version
    D17  test_rows.py::test_a_week_in_two_months_and_a_sku_in_two_families_is_one_row_with_splits
    D17  test_artifacts.py::test_a_week_of_two_months_is_one_line_per_month
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory
from planvault.domain.errors import ConflictError, NotFoundError, ValidationError
from planvault.domain.storage.state import Side, StorageMode
from planvault.testing.builders import aggregate_rows, det_rows
from tests.support.listing import listed, missing

AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")
CELL = "det:week=2026-W01,sku=SKU0000:field=demand"


def test_every_test_of_the_list_is_there() -> None:
    assert missing(__doc__ or "") == []
    numbers = {number for number, _, _ in listed(__doc__ or "")}
    assert numbers == {*(f"A{number}" for number in range(1, 10)), "D15", "D16", "D17"}


async def test_writing_a_plan_again_erases_no_edit_and_no_event(planner: Planner) -> None:
    """A1: writing a plan replaced everything of the version, with its edits, its audit trail and its age."""
    await planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), [*aggregate_rows(), *det_rows(10)])
    await planner.plans.edit("v1", {CELL: 30.0}, actor=AYA)
    before = await planner.plans.get("v1")
    told = list((await planner.audit.events(stream="plan/v1")).items)

    await planner.plans.replace("v1", det_rows(10, demand=20.0), actor=AYA)
    with pytest.raises(ConflictError):
        await planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), det_rows(3))

    after = await planner.plans.get("v1")
    assert (after.created_at, after.created_by) == (before.created_at, before.created_by)
    assert 30.0 in {override.value for override in (await planner.plans.overlay("v1")).overlay.overrides.values()}
    now = list((await planner.audit.events(stream="plan/v1")).items)
    assert {event.hash for event in told} < {event.hash for event in now}
    assert (await planner.audit.verify()).clean


async def approved(planner: Planner, folder: Path) -> None:
    revision = await planner.inputs.import_files(label="weekly", directory=folder, actor=AYA)
    await planner.inputs.submit("weekly", actor=AYA)
    await planner.inputs.approve_reference(f"weekly@{revision.number}", actor=BEN)


async def test_a_plan_keeps_every_level_that_was_made(tmp_path: Path) -> None:
    """A2: the last write of a run wiped ``mrp``, ``mrp_final`` and ``weekly_summary``, and KPIs of them with it."""
    settings = Settings(
        database_url=f"sqlite+aiosqlite:///{tmp_path}/plans.db",
        storage_mode=StorageMode.BOTH,
        files_root=tmp_path / "f",
    )
    async with open_planner(settings) as planner:
        await approved(planner, sample_directory())
        await planner.plans.create(input_set="weekly", version_id="v1", actor=AYA)
        made = (await planner.plans.summary("v1")).series
        assert [level.level for level in made] == ["aggregate", "det", "mrp", "mrp_final", "weekly_summary"]
        assert {"backlog_days"} <= {kpi.metric for kpi in await planner.plans.kpis("v1")}
        async for _ in planner.storage.repair(Side.FILES, ["v1"], actor=AYA):
            pass
        assert (await planner.plans.summary("v1")).series == made


async def test_a_plan_tells_the_inputs_that_it_used_and_no_others(planner: Planner, tmp_path: Path) -> None:
    """A7: inputs far from the totals, or unknown, were silently left out, and the plan told of their label anyway."""
    folder = Path(shutil.copytree(sample_directory(), tmp_path / "far"))
    text = (folder / "demand_family.csv").read_text(encoding="utf-8")
    assert "MOWER,2026-01,450" in text
    await approved(planner, sample_directory())
    usual = await planner.plans.create(input_set="weekly", version_id="v1", actor=AYA)
    (folder / "demand_family.csv").write_text(text.replace("MOWER,2026-01,450", "MOWER,2026-01,4500"), encoding="utf-8")
    await approved(planner, folder)

    far = await planner.plans.create(input_set="weekly", version_id="v2", actor=AYA)

    demand = {
        plan: sum([row.demand or 0.0 async for row in planner.plans.series(plan, level="aggregate")])
        for plan in ("v1", "v2")
    }
    assert demand["v2"] - demand["v1"] == 4050
    assert far.provenance.input_content_hash != usual.provenance.input_content_hash
    with pytest.raises(NotFoundError):
        await planner.plans.create(input_set="weekyl", version_id="v3", actor=AYA)
    assert [plan.version_id for plan in (await planner.plans.list()).items] == ["v2", "v1"]


async def test_a_byte_order_mark_drops_no_row_and_a_bad_cell_is_never_zero(planner: Planner, tmp_path: Path) -> None:
    """A9: a BOM dropped every row of a file, a bad cell became 0, and both were reported as success."""
    folder = Path(shutil.copytree(sample_directory(), tmp_path / "marked"))
    plain = await planner.inputs.import_files(label="plain", directory=sample_directory(), actor=AYA)
    for name in os.listdir(folder):  # noqa: PTH208 (a small folder, of the test's own)
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    marked = await planner.inputs.import_files(label="marked", directory=folder, actor=AYA)
    assert marked.content_hash == plain.content_hash
    text = (folder / "demand_family.csv").read_text(encoding="utf-8-sig")
    (folder / "demand_family.csv").write_text(text.replace("MOWER,2026-01,450", "MOWER,2026-01,4S0"), encoding="utf-8")
    with pytest.raises(ValidationError, match="1 problem in 1 file"):
        await planner.inputs.import_files(label="marked", directory=folder, actor=AYA)
    shown = await planner.inputs.get("marked")
    assert [revision.number for revision in shown.revisions] == [1]
