from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from planvault.application.plans.register_request import RegisterRequest
from planvault.application.storage.backfill_request import Backfilled, BackfillRequest, BackfillStep
from planvault.application.storage.legacy_source import LegacyConfig, LegacyEvent, LegacyInputs
from planvault.domain.access.actor import Actor, Role, Verification
from planvault.domain.errors import (
    ConflictError,
    ForbiddenError,
    FourEyesError,
    InProgressError,
    InvalidRequestError,
    NotFoundError,
    StaleVersionError,
    StorageUnavailableError,
)
from planvault.domain.plans.editing.cells import RowKey
from planvault.domain.plans.editing.overlay import Lock, Override, overlay_of
from planvault.domain.plans.series import SeriesRow
from planvault.domain.runs.job import JobStatus
from planvault.domain.runs.run import RunStatus
from planvault.domain.shared.events import EventFilter
from planvault.domain.shared.ids import JobId, Label
from planvault.domain.storage.backfill import BackfillStatus, Outcome, Selection
from planvault.testing.builders import AYA, BEN, a_content, a_job, a_run, aggregate_rows, det_rows
from planvault.testing.clocks import NOON
from tests.unit.application.attic import Attic, a_legacy_plan
from tests.unit.application.desk import Desk, UnsteadyStore, out_of_reach

ROW = RowKey("det", "2026-W01", "SKU0000")
EDITED = overlay_of(
    [Override(cell=ROW.cell("demand"), value=99.0, author="sato", updated_at=NOON)],
    [Lock(row=ROW, actor="sato", locked_at=NOON)],
    {ROW: 2.0},
)


def filled(count: int = 3) -> tuple[Attic, Desk]:
    attic = Attic(*(a_legacy_plan(f"old-{number}") for number in range(1, count + 1)))
    return attic, Desk(legacy=attic)


async def backfilled(desk: Desk, **changes: Any) -> Backfilled:
    desk.clock.move(seconds=1)
    return await desk.planner.storage.backfill(BackfillRequest(**{"source": "attic", "actor": AYA, **changes}))


def outcomes(done: Backfilled) -> list[str]:
    return [str(item.outcome) for item in done.items]


async def digests(desk: Desk) -> dict[str, str]:
    return {plan.version_id: plan.plan_digest for plan in (await desk.planner.plans.list()).items}


async def test_plans_are_taken_as_drafts_of_whoever_brings_them_with_the_times_of_the_source() -> None:
    attic, desk = filled(1)
    attic.put(a_legacy_plan(status="executed", objective="service", cutover_date=NOON.date(), editors=["sato", "AYA"]))

    done = await backfilled(desk)

    plan = await desk.planner.plans.get("old-1")
    assert outcomes(done) == ["taken"]
    assert (str(plan.status), str(plan.stage), str(plan.provenance.origin)) == ("draft", "executed", "legacy")
    assert (plan.created_at, plan.created_by, plan.editors) == (NOON, "aya", ("sato",))
    assert (plan.objective, plan.cutover_date, plan.provenance.input_reference) == ("service", NOON.date(), None)
    assert done.items[0].payload_digest == plan.payload_digest
    assert (done.run.status, done.run.series_rows) == (BackfillStatus.SUCCESS, 14)


async def test_a_backfilled_plan_has_the_digest_of_the_same_plan_registered() -> None:
    _, desk = filled(1)
    await backfilled(desk)
    request = RegisterRequest(version_id="other", actor=AYA)
    registered = await desk.planner.plans.register(request, [*aggregate_rows(), *det_rows()])
    assert registered.payload_digest == (await desk.planner.plans.get("old-1")).payload_digest


async def test_edits_locks_weights_and_events_come_along() -> None:
    attic, desk = filled(1)
    told = LegacyEvent(action="edit", actor="sato", comment="+10", at=NOON, details={"key": "k", "values": {}})
    attic.put(a_legacy_plan(overlay=EDITED, events=[told]))

    await backfilled(desk)

    async with desk.store(read_only=True) as uow:
        kept = await uow.overlays.load((await desk.planner.plans.get("old-1")).version_id)
        events = await uow.events.feed(EventFilter(stream="plan/old-1"), after=0, limit=9)
    assert (kept.overrides, kept.locks, kept.weights) == (EDITED.overrides, EDITED.locks, EDITED.weights)
    assert [(event.action, event.actor, event.comment) for event in events] == [
        ("quote", "aya", "edit by sato: +10"),
        ("backfill", "aya", None),
    ]
    assert '"actor":"sato"' in events[0].details_json
    assert (await desk.planner.audit.verify()).clean


async def test_config_versions_are_found_by_name_or_made() -> None:
    attic, desk = filled(1)
    await desk.planner.configs.create("Base", actor=AYA)
    attic.kept_configs = [
        LegacyConfig(config_id=number, name=name, status="active", created_at=NOON)
        for number, name in ((1, "fresh"), (2, "base"), (7, "far"))
    ]
    attic.put(a_legacy_plan(config_id=2), a_legacy_plan("old-2", config_id=7), a_legacy_plan("old-3", config_id=9))

    await backfilled(desk)

    known = {config.name: config.config_version_id for config in await desk.planner.configs.list()}
    assert known == {"Base": 1, "fresh": 2, "far": 7}
    plans = [await desk.planner.plans.get(f"old-{number}") for number in (1, 2, 3)]
    assert [plan.provenance.config_version_id for plan in plans] == [1, 7, None]


async def test_a_second_run_reads_and_writes_nothing() -> None:
    attic, desk = filled()
    await backfilled(desk)
    before, heads = await digests(desk), dict(desk.store.state.heads)
    attic.read.clear()

    done = await backfilled(desk)

    assert outcomes(done) == ["skipped"] * 3
    assert (attic.read, await digests(desk), desk.store.state.heads) == ([], before, heads)


async def test_what_changed_at_the_source_is_replaced_level_by_level_under_its_edits() -> None:
    attic, desk = filled(1)
    attic.put(a_legacy_plan(overlay=EDITED))
    await backfilled(desk)
    before = await desk.planner.plans.get("old-1")
    attic.put(a_legacy_plan(demand=11.0))

    done = await backfilled(desk)

    after = await desk.planner.plans.get("old-1")
    assert outcomes(done) == ["replaced"]
    assert done.items[0].payload_digest == after.payload_digest != before.payload_digest
    async with desk.store(read_only=True) as uow:
        assert (await uow.overlays.load(after.version_id)).overrides == EDITED.overrides
        (event,) = await uow.events.newest(EventFilter(stream="plan/old-1"), before=None, limit=1)
    assert '"levels":["det"]' in event.details_json
    assert outcomes(await backfilled(desk)) == ["skipped"]


async def changed_here(desk: Desk) -> None:
    await desk.planner.plans.replace("old-1", det_rows(demand=5.0), actor=BEN)


async def test_what_changed_on_both_sides_is_left_alone_until_forced() -> None:
    attic, desk = filled(2)
    await backfilled(desk)
    await changed_here(desk)
    attic.put(a_legacy_plan(demand=11.0))
    before = await digests(desk)

    done = await backfilled(desk)

    assert (outcomes(done), done.run.status) == (["conflict", "skipped"], BackfillStatus.PARTIAL)
    assert await digests(desk) == before
    assert outcomes(await backfilled(desk, force=True, selection=Selection(only=("old-1",)))) == ["replaced"]
    assert outcomes(await backfilled(desk)) == ["skipped", "skipped"]


async def test_what_changed_only_here_is_skipped() -> None:
    _, desk = filled(1)
    await backfilled(desk)
    await changed_here(desk)
    before = await digests(desk)
    assert outcomes(await backfilled(desk)) == ["skipped"]
    assert await digests(desk) == before


async def test_force_writes_rows_anew_and_keeps_edits_and_events() -> None:
    attic, desk = filled(1)
    attic.put(a_legacy_plan(overlay=EDITED))
    await backfilled(desk)
    before = await desk.planner.plans.get("old-1")

    assert outcomes(await backfilled(desk, force=True)) == ["replaced"]

    after = await desk.planner.plans.get("old-1")
    assert (after.plan_digest, after.created_at) == (before.plan_digest, before.created_at)
    async with desk.store(read_only=True) as uow:
        assert (await uow.overlays.load(after.version_id)).signed() == EDITED.signed()
        events = await uow.events.feed(EventFilter(stream="plan/old-1"), after=0, limit=9)
    assert [event.action for event in events] == ["backfill", "backfill"]


async def test_a_submitted_plan_whose_rows_are_replaced_is_a_draft_again() -> None:
    attic, desk = filled(1)
    await backfilled(desk)
    await desk.planner.plans.submit("old-1", actor=AYA)
    attic.put(a_legacy_plan(demand=11.0))
    await backfilled(desk)
    assert str((await desk.planner.plans.get("old-1")).status) == "draft"


async def test_an_approved_plan_is_a_conflict_also_when_forced() -> None:
    attic, desk = filled(1)
    await backfilled(desk)
    plan = await desk.planner.plans.submit("old-1", actor=AYA)
    await desk.planner.plans.approve("old-1", digest=plan.plan_digest, actor=BEN)
    attic.put(a_legacy_plan(demand=11.0))
    before = await digests(desk)

    done = await backfilled(desk, force=True)

    assert outcomes(done) == ["conflict"]
    assert "approved" in str(done.items[0].reason)
    assert await digests(desk) == before


async def test_what_was_deleted_here_stays_away() -> None:
    attic, desk = filled(1)
    await backfilled(desk)
    await desk.planner.plans.delete("old-1", actor=AYA)
    attic.put(a_legacy_plan(demand=11.0))
    assert outcomes(await backfilled(desk, force=True)) == ["skipped"]
    assert await digests(desk) == {}


async def test_a_dry_run_keeps_nothing_and_says_what_the_real_one_would() -> None:
    _, desk = filled()
    before = desk.store.state.copy()

    dry = await backfilled(desk, dry_run=True)

    assert desk.store.state == before
    real = await backfilled(desk)
    said = [[(one.version_id, one.outcome, one.series_rows, one.kpi_count, one.payload_digest) for one in done.items]
            for done in (dry, real)]  # fmt: skip
    assert said[0] == said[1]
    assert outcomes(await backfilled(desk, dry_run=True)) == ["skipped"] * 3


async def test_a_limit_counts_what_is_attempted_so_that_two_of_them_get_further() -> None:
    _, desk = filled(5)
    chosen = Selection(limit=2)
    assert outcomes(await backfilled(desk, selection=chosen)) == ["taken"] * 2
    assert outcomes(await backfilled(desk, selection=chosen)) == ["skipped"] * 2 + ["taken"] * 2
    assert outcomes(await backfilled(desk, selection=chosen)) == ["skipped"] * 4 + ["taken"]
    with pytest.raises(InvalidRequestError):
        await backfilled(desk, selection=Selection(limit=0))


async def test_resuming_needs_a_version_that_is_there_and_no_gap_before_it() -> None:
    _, desk = filled()
    with pytest.raises(NotFoundError, match="old-9"):
        await backfilled(desk, selection=Selection(resume_from="old-9"))
    with pytest.raises(ConflictError, match="old-1"):
        await backfilled(desk, selection=Selection(resume_from="old-2"))
    assert await digests(desk) == {}
    await backfilled(desk, selection=Selection(limit=1))
    assert outcomes(await backfilled(desk, selection=Selection(resume_from="old-2"))) == ["taken"] * 2


def damaged(version: str) -> None:
    if version == "old-2":
        raise InvalidRequestError("plan_final.json: Input data was truncated.")


async def test_one_damaged_version_is_told_with_its_reason_and_the_rest_goes_on() -> None:
    attic, desk = filled()
    attic.on_read = damaged

    done = await backfilled(desk)

    assert (outcomes(done), done.run.status) == (["taken", "failed", "taken"], BackfillStatus.PARTIAL)
    assert done.items[1].reason == "plan_final.json: Input data was truncated."
    attic.on_read = lambda _: None
    assert outcomes(await backfilled(desk)) == ["skipped", "taken", "skipped"]
    assert (await desk.planner.storage.backfill_run(done.run.run_id)).items == [done.items[0], done.items[2]]


@pytest.mark.parametrize("rows", [[*det_rows(), det_rows()[-1]], [SeriesRow("det", "week", "W", "S", demand=1e999)]])
async def test_rows_that_cannot_be_kept_fail_their_version_alone(rows: list[SeriesRow]) -> None:
    attic, desk = filled(2)
    attic.put(a_legacy_plan(levels={"det": rows}))
    assert outcomes(await backfilled(desk)) == ["failed", "taken"]
    assert list(await digests(desk)) == ["old-2"]


async def test_a_source_that_changes_while_it_is_read_is_read_again() -> None:
    attic, desk = filled(1)
    attic.on_read = lambda _: attic.put(a_legacy_plan(demand=12.0))
    assert outcomes(await backfilled(desk)) == ["taken"]
    assert attic.read == ["old-1", "old-1"]


async def test_a_source_that_never_holds_still_fails() -> None:
    attic, desk = filled(1)
    demands = iter(range(100))
    attic.on_read = lambda _: attic.put(a_legacy_plan(demand=float(next(demands))))
    done = await backfilled(desk)
    assert outcomes(done) == ["failed"]
    assert "changed 3 times" in str(done.items[0].reason)


@pytest.mark.parametrize("broken", range(1, 6))
async def test_a_store_that_fails_at_any_point_leaves_whole_versions_and_a_rerun_finishes(broken: int) -> None:
    attic, steady = filled()
    await backfilled(steady)
    errors = [*([None] * (broken - 1)), out_of_reach(transient=False)]
    desk = Desk(legacy=attic, store=UnsteadyStore(errors, at_commit=True))

    with pytest.raises(StorageUnavailableError):
        await backfilled(desk)

    whole = await digests(steady)
    assert (await digests(desk)).items() <= whole.items()
    desk.lease_seconds = 30.0
    run = next(iter(desk.store.state.backfill_runs.values()), None)
    if run is not None and run.lease is not None:  # the run could not even be ended
        desk.store.state.backfill_runs[run.run_id] = replace(
            run, lease=replace(run.lease, until=datetime.now(UTC) - timedelta(seconds=1))
        )
    await backfilled(desk)
    assert await digests(desk) == whole


async def test_a_run_that_is_told_to_stop_ends_after_the_version_at_work() -> None:
    _, desk = filled()
    seen: list[BackfillStep] = []
    done = await backfilled(desk, watcher=seen.append, stopping=lambda: len(seen) == 2)
    assert (outcomes(done), done.run.status) == (["taken"] * 2, BackfillStatus.INTERRUPTED)
    assert [(step.place, step.total) for step in seen] == [(1, 3), (2, 3)]
    assert outcomes(await backfilled(desk)) == ["skipped", "skipped", "taken"]


async def test_two_backfills_exclude_each_other_and_a_dead_one_is_taken_over() -> None:
    attic, desk = filled(1)
    other = Desk(legacy=Attic(a_legacy_plan("else")), store=desk.store)
    await backfilled(desk)
    (run,) = desk.store.state.backfill_runs.values()
    async with desk.store() as uow:
        lease = await uow.backfills.lease("somebody", seconds=0.05)
        dead = replace(run, status=BackfillStatus.RUNNING, lease=replace(lease, until=lease.until + timedelta(hours=1)))
        dead = await uow.backfills.save(dead)
        await uow.commit()
    with pytest.raises(InProgressError, match=run.run_id):
        await backfilled(other)
    async with desk.store() as uow:
        await uow.backfills.save(replace(dead, lease=lease))
        await uow.commit()
    attic.plans.clear()
    while not (await _lapsed(desk)):
        pass
    assert outcomes(await backfilled(other)) == ["taken"]
    assert (await desk.planner.storage.backfill_run(run.run_id)).run.status is BackfillStatus.ABANDONED


async def _lapsed(desk: Desk) -> bool:
    async with desk.store(read_only=True) as uow:
        found = await uow.backfills.running()
    return found is not None and found[1]


async def test_a_run_that_was_taken_over_keeps_nothing_more() -> None:
    attic, desk = filled()
    thief = Desk(legacy=attic, store=desk.store)

    def stolen(version: str) -> None:
        if version == "old-2":
            runs = desk.store.state.backfill_runs
            for run in runs.values():
                runs[run.run_id] = replace(run.abandoned(at=NOON), row_version=run.row_version + 1)

    attic.on_read = stolen
    with pytest.raises(StaleVersionError):
        await backfilled(desk)
    assert list(await digests(desk)) == ["old-1"]
    attic.on_read = lambda _: None
    assert outcomes(await backfilled(thief)) == ["skipped", "taken", "taken"]


async def test_only_an_operator_backfills_and_only_from_sources_that_there_are() -> None:
    _, desk = filled()
    planner = Actor(name="pia", roles=frozenset({Role.PLANNER}), verification=Verification.JWT)
    with pytest.raises(ForbiddenError):
        await backfilled(desk, actor=planner)
    with pytest.raises(NotFoundError, match="cellar"):
        await backfilled(desk, source="cellar")
    assert desk.planner.storage.sources == ["attic"]


async def test_runs_are_listed_newest_first() -> None:
    _, desk = filled(2)
    first = await backfilled(desk, selection=Selection(limit=1))
    second = await backfilled(desk)
    page = await desk.planner.storage.backfills(limit=1)
    assert [run.run_id for run in page.items] == [second.run.run_id]
    rest = await desk.planner.storage.backfills(limit=1, cursor=page.next_cursor)
    assert [run.run_id for run in rest.items] == [first.run.run_id]
    assert second.run.count(Outcome.SKIPPED) == 1


def some_inputs(label: str = "weekly", **changes: Any) -> LegacyInputs:
    fields: dict[str, Any] = {
        "label": Label(label),
        "source_label": label,
        "config_id": 4,
        "created_at": NOON,
        "archived": False,
        "content": a_content(),
        "events": [LegacyEvent(action="approve", actor="suzuki", comment="freeze", at=NOON)],
        "quoted": {"status": "ready", "approved_by": "suzuki"},
    }
    return LegacyInputs(**{**fields, **changes})


def with_inputs(*inputs: LegacyInputs) -> Desk:
    attic = Attic(a_legacy_plan())
    attic.kept_configs = [LegacyConfig(config_id=4, name="base", status="active", created_at=NOON)]
    attic.kept_inputs = {one.source_label: one for one in inputs}
    return Desk(legacy=attic)


async def test_input_sets_arrive_as_candidates_and_whoever_brings_them_cannot_adopt_them() -> None:
    desk = with_inputs(some_inputs(), some_inputs("old", archived=True, content=a_content(demand=5.0)))

    done = await backfilled(desk)

    assert [(taken.label, str(taken.outcome)) for taken in done.inputs] == [("weekly", "taken"), ("old", "taken")]
    weekly, old = [await desk.planner.inputs.get(label) for label in ("weekly", "old")]
    assert (weekly.live, weekly.candidate, weekly.status, weekly.config_version_id) == (None, 1, "draft", 4)
    assert (old.live, old.status, weekly.candidate_revision.source) == (None, "archived", "legacy")
    with pytest.raises(FourEyesError):
        await desk.planner.inputs.adopt_reference("weekly@1", actor=AYA)
    await desk.planner.inputs.adopt_reference("weekly@1", actor=BEN)
    await desk.planner.inputs.restore("old", actor=BEN)
    adopted = [await desk.planner.inputs.adopt_reference("old@1", actor=BEN), await desk.planner.inputs.get("weekly")]
    assert [input_set.status for input_set in adopted] == ["ready", "ready"]
    assert (await desk.planner.audit.verify()).clean


async def test_an_input_set_that_is_here_already_is_left_alone() -> None:
    desk = with_inputs(some_inputs())
    await backfilled(desk)
    before = desk.store.state.input_sets["weekly"]
    again = await backfilled(desk)
    assert isinstance(desk.legacy, Attic)
    desk.legacy.kept_inputs["weekly"] = some_inputs(content=a_content(demand=7.0))
    changed = await backfilled(desk)
    assert [str(done.inputs[0].outcome) for done in (again, changed)] == ["skipped", "conflict"]
    assert (again.run.status, changed.run.status) == (BackfillStatus.SUCCESS, BackfillStatus.PARTIAL)
    assert desk.store.state.input_sets["weekly"] == before
    only = await backfilled(desk, selection=Selection(only=("old-1",)))
    assert only.inputs == []


async def test_an_input_set_without_its_config_version_fails_alone_and_a_dry_run_keeps_none() -> None:
    desk = with_inputs(some_inputs("lost", config_id=9), some_inputs())
    dry = await backfilled(desk, dry_run=True)
    assert [str(taken.outcome) for taken in dry.inputs] == ["failed", "taken"]
    assert desk.store.state.input_sets == {}
    done = await backfilled(desk)
    assert [taken.reason for taken in done.inputs] == ["Its config version 9 is not there.", None]
    assert (done.run.count_inputs(Outcome.FAILED), done.run.attempted) == (1, 1)


async def test_jobs_and_runs_are_kept_once_as_they_ended_with_their_plan() -> None:
    attic, desk = filled(1)
    run = a_run("run-9", plan_job_id=JobId("job-9"), config_version_id=4, status=RunStatus.SUCCEEDED)
    job = a_job("job-9", status=JobStatus.SUCCEEDED, run_id=run.run_id)
    attic.put(a_legacy_plan(runs=[run], jobs=[job]))
    attic.kept_jobs = [a_job("job-8", status=JobStatus.FAILED, error="no such config")]
    for _ in range(2):
        await backfilled(desk, force=True)
    plan = await desk.planner.plans.get("old-1")
    assert (plan.provenance.run_id, plan.provenance.job_id) == ("run-9", "job-9")
    assert (await desk.planner.runs.get("run-9")).plan_version_id == "old-1"
    jobs = {job.job_id: job.version_id for job in (await desk.planner.jobs.list()).items}
    assert jobs == {"job-8": None, "job-9": "old-1"}


async def test_whatever_breaks_a_run_off_it_is_ended_so_that_the_next_can_begin() -> None:
    attic, desk = filled(2)

    def broken(version: str) -> None:
        if version == "old-2":
            raise RuntimeError("the disk is gone")

    attic.on_read = broken
    with pytest.raises(RuntimeError):
        await backfilled(desk)
    (run,) = (await desk.planner.storage.backfills()).items
    assert (run.status, run.message, run.lease) == (BackfillStatus.FAILED, "the disk is gone", None)
    attic.on_read = lambda _: None
    assert outcomes(await backfilled(desk)) == ["skipped", "taken"]


async def test_a_run_that_is_cancelled_is_interrupted_and_holds_nobody_up() -> None:
    _, desk = filled(3)
    begun = asyncio.Event()
    going = asyncio.create_task(backfilled(desk, throttle=60.0, watcher=lambda _: begun.set()))
    await begun.wait()
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    (run,) = (await desk.planner.storage.backfills()).items
    assert run.status is BackfillStatus.INTERRUPTED
    assert outcomes(await backfilled(desk)) == ["skipped", "taken", "taken"]
