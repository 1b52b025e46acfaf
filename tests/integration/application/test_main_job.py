"""The main job by the facade, as a host embeds it: from input files to a stored plan, on every store."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from planvault import Actor, Planner, PlanVersion, RegisterRequest, SeriesRow, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory
from planvault.domain.errors import (
    AlreadyExistsError,
    FourEyesError,
    InputSetMissingError,
    InvalidRequestError,
    NotFoundError,
    PlanvaultError,
    ValidationError,
)
from planvault.domain.runs.job import JobStatus
from planvault.domain.runs.run import RunStatus
from planvault.domain.shared.ids import VersionId

AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")


@pytest.fixture
async def planner(database_url: str) -> AsyncIterator[Planner]:
    """A planner on an empty store of every kind."""
    async with open_planner(Settings(database_url=database_url)) as opened:
        yield opened


async def _approved(planner: Planner) -> None:
    revision = await planner.inputs.import_files(label="weekly", directory=sample_directory(), actor=AYA)
    await planner.inputs.submit("weekly", actor=AYA)
    await planner.inputs.approve("weekly", revision=revision.number, content_hash=revision.content_hash, actor=BEN)


async def _everything(planner: Planner) -> tuple[object, ...]:
    """What an independent reader finds in the store."""
    plans = await planner.plans.list()
    sets = await planner.inputs.list()
    return tuple(plans.items), tuple(sets.items), tuple(await planner.configs.list())


async def test_from_input_files_to_a_plan_that_says_what_it_was_made_from(planner: Planner) -> None:
    await planner.ping()
    await _approved(planner)
    stages: list[str] = []

    plan = await planner.plans.create(
        input_set="weekly", actor=AYA, progress=lambda stage, _share: stages.append(stage)
    )

    live = (await planner.inputs.get("weekly")).live_revision
    assert plan.provenance.input_reference == "weekly@1"
    assert plan.provenance.input_content_hash == live.content_hash
    assert (plan.provenance.engine_name, plan.provenance.engine_version) == ("reference", "1.1")
    assert plan == await planner.plans.get(plan.version_id)
    assert list(dict.fromkeys(stages)) == ["aggregate", "allocate", "mrp", "reconcile", "report", "store"]
    assert (await planner.inputs.content("weekly@1")).content_hash == live.content_hash


async def test_run_job_and_version_point_at_each_other(planner: Planner) -> None:
    await _approved(planner)
    plan = await planner.plans.create(input_set="weekly", actor=AYA)

    (run,) = (await planner.runs.list()).items
    (job,) = (await planner.jobs.list(version_id=plan.version_id)).items

    assert (run.status, job.status) == (RunStatus.SUCCEEDED, JobStatus.SUCCEEDED)
    assert (run.plan_version_id, run.plan_job_id) == (plan.version_id, job.job_id)
    assert (job.version_id, job.run_id) == (plan.version_id, run.run_id)
    assert (plan.provenance.run_id, plan.provenance.job_id) == (run.run_id, job.job_id)
    assert run.input_content_hash == plan.provenance.input_content_hash


async def test_the_levels_add_up(planner: Planner) -> None:
    await _approved(planner)
    plan = await planner.plans.create(input_set="weekly", actor=AYA)

    summary = await planner.plans.summary(plan.version_id)
    totals = {series.level: series.totals for series in summary.series}
    split_demand: dict[tuple[str, str], float] = {}
    async for row in planner.plans.series(plan.version_id, level="det"):
        assert row.demand == pytest.approx(sum(split.demand for split in row.splits))
        for split in row.splits:
            cell = split.period, split.family
            split_demand[cell] = split_demand.get(cell, 0.0) + split.demand
    aggregate = {
        (row.time_bucket_key, row.item_key): row.demand
        async for row in planner.plans.series(plan.version_id, level="aggregate")
    }

    assert split_demand == aggregate
    assert totals["det"].demand == totals["aggregate"].demand
    assert totals["det"].supply_received == pytest.approx(totals["aggregate"].supply_received)
    assert sum(series.row_count for series in summary.series) == plan.series_rows
    assert len(summary.periods) == 12


async def test_the_same_inputs_give_the_same_digest_in_every_store(planner: Planner) -> None:
    await _approved(planner)
    plan = await planner.plans.create(input_set="weekly", actor=AYA)
    again = await planner.plans.create(input_set="weekly", actor=BEN, version_id="again")
    async with open_planner(Settings(database_url="memory://")) as elsewhere:
        await _approved(elsewhere)
        there = await elsewhere.plans.create(input_set="weekly", actor=AYA)

    assert plan.payload_digest == again.payload_digest == there.payload_digest
    assert plan.plan_digest == again.plan_digest == there.plan_digest


async def test_registered_rows_agree_with_created_ones(planner: Planner) -> None:
    await _approved(planner)
    plan = await planner.plans.create(input_set="weekly", actor=AYA)
    rows = await _rows(planner, plan)

    request = RegisterRequest(
        version_id="elsewhere",
        actor=AYA,
        input_set="weekly@1",
        engine_name="reference",
        engine_version="1.1",
        engine_parameters=plan.provenance.engine_parameters,
    )
    registered = await planner.plans.register(request, reversed(rows))

    assert registered.payload_digest == plan.payload_digest
    assert registered.plan_digest == plan.plan_digest
    assert await _rows(planner, registered) == rows


async def _rows(planner: Planner, plan: PlanVersion) -> list[SeriesRow]:
    levels = [series.level for series in (await planner.plans.summary(plan.version_id)).series]
    return [row for level in levels async for row in planner.plans.series(plan.version_id, level=level)]


async def test_a_level_read_page_by_page_is_the_level(planner: Planner) -> None:
    await _approved(planner)
    plan = await planner.plans.create(input_set="weekly", actor=AYA)
    whole = [row async for row in planner.plans.series(plan.version_id, level="det")]

    paged: list[SeriesRow] = []
    cursor = None
    while True:
        page = await planner.plans.page(plan.version_id, level="det", limit=500, cursor=cursor)
        paged += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert paged == whole


async def test_nothing_is_planned_from_inputs_nobody_approved(planner: Planner) -> None:
    await planner.inputs.import_files(label="weekly", directory=sample_directory(), actor=AYA)
    before = await _everything(planner)

    with pytest.raises(InputSetMissingError, match="weekly") as refused:
        await planner.plans.create(input_set="weekly", actor=AYA)
    await planner.inputs.submit("weekly", actor=AYA)
    with pytest.raises(InputSetMissingError):
        await planner.plans.create(input_set="weekly", actor=AYA)

    assert "--trial" in (refused.value.remedy or "")
    assert (await _everything(planner))[0] == before[0] == ()
    assert list((await planner.runs.list()).items) == []
    assert list((await planner.jobs.list()).items) == []


async def test_first_imports_at_the_same_moment_all_get_in(planner: Planner) -> None:
    labels = ["weekly", "weekly", "monthly", "yearly"]
    await asyncio.gather(
        *(planner.inputs.import_files(label=label, directory=sample_directory(), actor=AYA) for label in labels)
    )
    assert [known.label for known in (await planner.inputs.list()).items] == ["monthly", "weekly", "yearly"]
    assert len(await planner.configs.list()) == 1
    assert len((await planner.inputs.get("weekly")).revisions) == 1


async def test_plans_created_at_the_same_moment_get_numbers_of_their_own(planner: Planner) -> None:
    await _approved(planner)
    plans = await asyncio.gather(*(planner.plans.create(input_set="weekly", actor=AYA) for _ in range(3)))
    assert len({plan.version_id for plan in plans}) == 3
    assert len({plan.payload_digest for plan in plans}) == 1


async def test_a_caller_who_is_cancelled_is_told_so_and_the_run_says_it_too(planner: Planner) -> None:
    await _approved(planner)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await planner.plans.create(input_set="weekly", actor=AYA)
    assert [run.status for run in (await planner.runs.list()).items] in ([], [RunStatus.FAILED])
    assert [str(job.status) for job in (await planner.jobs.list()).items] in ([], ["canceled"])
    await planner.plans.create(input_set="weekly", actor=AYA)


async def test_an_author_cannot_approve_and_nothing_becomes_live(planner: Planner) -> None:
    revision = await planner.inputs.import_files(label="weekly", directory=sample_directory(), actor=AYA)
    await planner.inputs.submit("weekly", actor=BEN)
    with pytest.raises(FourEyesError):
        await planner.inputs.approve(
            "weekly", revision=1, content_hash=revision.content_hash, actor=Actor.asserted("AYA")
        )
    assert (await planner.inputs.get("weekly")).live is None


async def test_a_trial_runs_a_draft_and_stays_a_trial(planner: Planner) -> None:
    await planner.inputs.import_files(label="weekly", directory=sample_directory(), actor=AYA)
    trial = await planner.plans.create(input_set="weekly@1", trial=True, actor=AYA)
    assert (await planner.plans.get(trial.version_id)).trial


@pytest.mark.parametrize("version_id", ["plan-a", "PLAN-A"])
async def test_a_version_id_is_never_taken_twice(planner: Planner, version_id: str) -> None:
    await _approved(planner)
    first = await planner.plans.create(input_set="weekly", actor=AYA, version_id="plan-a")

    with pytest.raises(AlreadyExistsError, match=version_id):
        await planner.plans.create(input_set="weekly", actor=AYA, version_id=version_id)
    with pytest.raises(AlreadyExistsError, match=version_id):
        await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA), await _rows(planner, first))

    assert (await planner.plans.list()).items == [first]
    assert len((await planner.runs.list()).items) == 1


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("demand_family.csv", "family,period,demand\nF01,2026-01,1O0\n", "demand_family.csv:2"),
        ("demand_family.csv", "family,demand\nF01,100\n", "demand_family.csv:1"),
        ("weather.csv", "day,rain\n", "weather.csv"),
    ],
)
async def test_a_wrong_file_is_named_and_nothing_is_stored(
    planner: Planner, tmp_path: Path, file: str, text: str, place: str
) -> None:
    folder = tmp_path / "inputs"
    shutil.copytree(sample_directory(), folder)
    (folder / file).write_text(text)
    before = await _everything(planner)

    with pytest.raises(ValidationError) as refused:
        await planner.inputs.import_files(label="weekly", directory=folder, actor=AYA, new_config="n")

    assert place in [problem.place for problem in refused.value.problems]
    assert await _everything(planner) == before
    await _approved(planner)


async def test_an_engine_that_fails_leaves_run_and_job_failed_and_no_version(planner: Planner, tmp_path: Path) -> None:
    folder = tmp_path / "inputs"
    folder.mkdir()
    (folder / "capacity.csv").write_text("workcenter,period,capacity\nWC1,2026-01,100\n")
    revision = await planner.inputs.import_files(label="weekly", directory=folder, actor=AYA)
    await planner.inputs.submit("weekly", actor=AYA)
    await planner.inputs.approve("weekly", revision=1, content_hash=revision.content_hash, actor=BEN)

    with pytest.raises(InvalidRequestError, match="demand") as failed:
        await planner.plans.create(input_set="weekly", actor=AYA, version_id="v1")

    (run,) = (await planner.runs.list()).items
    (job,) = (await planner.jobs.list()).items
    assert (run.status, run.error, job.status) == (RunStatus.FAILED, str(failed.value), JobStatus.FAILED)
    with pytest.raises(NotFoundError):
        await planner.plans.get("v1")
    assert (await planner.plans.list()).items == []


async def test_a_bad_measure_is_named_and_nothing_half_written_remains(planner: Planner) -> None:
    rows = [
        SeriesRow("det", "week", f"2026-W{week:02d}", "SKU1", demand=float("nan") if week == 40 else 1.0)
        for week in range(1, 53)
    ]
    with pytest.raises(InvalidRequestError, match="2026-W40") as refused:
        await planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), rows)
    assert "demand" in str(refused.value)
    assert (await planner.plans.list()).items == []
    await planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), rows[:10])


async def test_an_unknown_label_version_or_level_is_named(planner: Planner) -> None:
    await _approved(planner)
    plan = await planner.plans.create(input_set="weekly", actor=AYA)
    attempts: dict[str, Callable[[], Awaitable[object]]] = {
        "monthly": lambda: planner.plans.create(input_set="monthly", actor=AYA),
        "weekly@7": lambda: planner.inputs.submit("weekly@7", actor=AYA),
        "v9": lambda: planner.plans.get("v9"),
        "weather": lambda: planner.plans.page(plan.version_id, level="weather", limit=1),
        "run-9": lambda: planner.runs.get("run-9"),
        "job-9": lambda: planner.jobs.get("job-9"),
    }
    for name, attempt in attempts.items():
        with pytest.raises(PlanvaultError, match=name) as refused:
            await attempt()
        assert refused.value.code == "not-found"


async def test_the_jobs_of_another_version_are_not_shown(planner: Planner) -> None:
    await _approved(planner)
    await planner.plans.create(input_set="weekly", actor=AYA, version_id="v1")
    assert (await planner.jobs.list(version_id=VersionId("v2"))).items == []


async def test_what_was_stored_is_there_for_the_next_process(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite+aiosqlite:///{tmp_path / 'plans.db'}")
    async with open_planner(settings) as planner:
        await _approved(planner)
        plan = await planner.plans.create(input_set="weekly", actor=AYA)
        rows = await _rows(planner, plan)
    async with open_planner(settings) as planner:
        assert await planner.plans.get(plan.version_id) == plan
        assert await _rows(planner, plan) == rows
