from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from planvault.domain.access.actor import Role
from planvault.domain.errors import (
    AlreadyExistsError,
    ForbiddenError,
    IllegalTransitionError,
    InputSetMissingError,
    InvalidLabelError,
    InvalidRequestError,
    NotFoundError,
    PlanvaultError,
    UnauthenticatedError,
)
from planvault.domain.plans.digests import PlanContent, payload_digest
from planvault.domain.plans.kpis import base_kpis
from planvault.testing.builders import AYA, a_content, aggregate_rows, an_actor, det_rows, digested
from planvault.testing.clocks import NOON, HandClock
from tests.unit.application.desk import Desk


async def create(desk: Desk, **request: Any) -> Any:
    fields: dict[str, Any] = {"input_set": "weekly", "actor": AYA, "engine": "tiny"}
    return await desk.planner.plans.create(**fields | request)


async def refused(desk: Desk, kind: type[PlanvaultError], match: str, **request: Any) -> None:
    before, told = desk.kept(), list(desk.telemetry.told)
    with pytest.raises(kind, match=match):
        await create(desk, **request)
    assert desk.kept() == before
    assert desk.telemetry.told == told


async def test_a_plan_is_made_from_what_is_live() -> None:
    desk = Desk()
    await desk.live()
    await desk.candidate(demand=999.0)
    plan = await create(desk, version_id="V1", title=" Week 47 ", objective="calm", note="n", comment="weekly run")
    made_from = plan.provenance
    assert (made_from.input_reference, made_from.input_content_hash) == ("weekly@1", a_content().content_hash)
    assert (made_from.engine_name, made_from.engine_version, made_from.engine_parameters) == (
        "tiny",
        "3.1",
        {"weeks": 4},
    )
    assert (plan.version_id, plan.title, plan.objective, plan.note, plan.created_by) == (
        "V1", "Week 47", "calm", "n", "aya",
    )  # fmt: skip
    assert (str(plan.status), plan.trial, plan.series_rows, plan.created_at) == ("draft", False, 14, NOON)
    assert await desk.planner.plans.get("v1") == plan
    assert [row async for row in desk.planner.plans.series("v1", level="det")] == det_rows()


async def test_its_digests_are_those_of_its_rows_inputs_and_engine() -> None:
    desk = Desk()
    await desk.live()
    plan = await create(desk)
    payload = payload_digest([digested(aggregate_rows())[0], digested(det_rows())[0]], base_kpis(aggregate_rows()))
    content = PlanContent(
        payload_digest=payload,
        input_content_hash=a_content().content_hash,
        engine_name="tiny",
        engine_version="3.1",
        engine_parameters={"weeks": 4},
    )
    assert (plan.payload_digest, plan.plan_digest) == (payload, content.digest)


async def test_the_event_tells_what_was_made_from_what() -> None:
    desk = Desk()
    await desk.live()
    plan = await create(desk, version_id="V1", comment="weekly run")
    event = desk.events[-1]
    assert (event.stream, event.action, event.actor, event.comment) == ("plan/v1", "create", "aya", "weekly run")
    for word in (plan.plan_digest, plan.payload_digest, "weekly@1", str(plan.provenance.run_id)):
        assert f'"{word}"' in event.details_json


async def test_run_job_and_version_name_each_other() -> None:
    desk = Desk()
    await desk.live()
    plan = await create(desk, version_id="V1", trigger="test", parameters={"weeks": 5})
    (run,) = (await desk.planner.runs.list()).items
    (job,) = (await desk.planner.jobs.list(version_id=plan.version_id)).items
    assert (run.plan_version_id, run.plan_job_id) == ("V1", job.job_id)
    assert (job.version_id, job.run_id) == ("V1", run.run_id)
    assert (plan.provenance.run_id, plan.provenance.job_id) == (run.run_id, job.job_id)
    assert (str(run.status), str(job.status), run.error, job.error) == ("succeeded", "succeeded", None, None)
    assert (run.input_set_label, run.input_revision, run.input_content_hash) == ("weekly", 1, a_content().content_hash)
    assert (run.engine_name, run.engine_version, run.engine_parameters) == ("tiny", "3.1", {"weeks": 5})
    assert (job.trigger, job.parameters["input_set"], job.parameters["version_id"]) == ("test", "weekly", "V1")
    assert await desk.planner.runs.get(run.run_id) == run
    assert await desk.planner.jobs.get(job.job_id) == job


async def test_telemetry_hears_of_the_job_and_of_the_plan() -> None:
    desk = Desk()
    await desk.live()
    await create(desk)
    assert desk.telemetry.told == [
        ("job submitted", "planning"),
        ("plan stored", "engine", 14),
        ("job finished", "planning", True),
    ]


async def test_progress_ends_when_the_plan_is_stored() -> None:
    desk = Desk()
    await desk.live()
    told: list[tuple[str, float]] = []
    await create(desk, progress=lambda stage, share: told.append((stage, share)))
    assert (told[0], told[-1]) == (("store", 0.0), ("store", 1.0))


# Which inputs ---------------------------------------------------------------------------------------------------------


async def test_without_anything_live_there_is_nothing_to_plan_from() -> None:
    desk = Desk()
    await desk.submitted()
    await refused(desk, InputSetMissingError, "weekly has no live revision")
    await refused(desk, InputSetMissingError, "weekly has no live revision", input_set="weekly@1")


async def test_a_number_may_name_what_is_live_and_nothing_else() -> None:
    desk = Desk()
    await desk.live()
    await desk.live(demand=101.0)
    await desk.candidate(demand=102.0)
    assert (await create(desk, input_set="weekly@2")).provenance.input_reference == "weekly@2"
    await refused(
        desk, IllegalTransitionError, "weekly@1 is superseded; .* weekly@2, which is live", input_set="weekly@1"
    )
    await refused(desk, IllegalTransitionError, "weekly@3 is draft", input_set="weekly@3")
    await refused(desk, NotFoundError, "weekly@9", input_set="weekly@9")
    await refused(desk, NotFoundError, "monthly", input_set="monthly")


@pytest.mark.parametrize("submitted", [False, True])
async def test_a_trial_runs_a_draft_or_submitted_revision_by_its_number(*, submitted: bool) -> None:
    desk = Desk()
    await (desk.submitted() if submitted else desk.candidate())
    plan = await create(desk, input_set="weekly@1", trial=True)
    assert (plan.trial, plan.provenance.input_reference) == (True, "weekly@1")
    await refused(desk, InvalidRequestError, "needs the number", trial=True)
    await refused(desk, NotFoundError, "weekly@2", input_set="weekly@2", trial=True)


async def test_a_trial_does_not_run_what_is_live_or_over() -> None:
    desk = Desk()
    await desk.live()
    await desk.candidate(demand=101.0)
    await desk.candidate(demand=102.0)
    await refused(desk, IllegalTransitionError, "weekly@1 is ready", input_set="weekly@1", trial=True)
    await refused(desk, IllegalTransitionError, "weekly@2 is superseded", input_set="weekly@2", trial=True)


# Ids ------------------------------------------------------------------------------------------------------------------


async def test_an_id_that_is_taken_in_any_case_is_refused_before_anything_is_stored() -> None:
    desk = Desk()
    await desk.live()
    await create(desk, version_id="Final")
    await refused(desk, AlreadyExistsError, "fINAL", version_id="fINAL")
    await refused(desk, InvalidLabelError, "cannot name a plan version", version_id="../x")


async def test_ids_count_up_from_one_each_day_in_the_zone() -> None:
    desk = Desk(zone=ZoneInfo("Asia/Tokyo"), clock=HandClock(NOON))
    await desk.live()
    ids = [(await create(desk)).version_id for _ in range(2)]
    desk.clock.move(hours=2, minutes=59)
    ids.append((await create(desk)).version_id)
    desk.clock.move(minutes=1)  # midnight in Tokyo
    ids.append((await create(desk)).version_id)
    assert ids == ["v20261120-1", "v20261120-2", "v20261120-3", "v20261121-1"]


async def test_a_number_that_somebody_took_by_hand_is_passed_over() -> None:
    desk = Desk()
    await desk.live()
    await create(desk, version_id="V20261120-1")
    assert (await create(desk)).version_id == "v20261120-2"


async def test_two_plans_created_at_once_have_two_ids() -> None:
    desk = Desk()
    await desk.live()
    plans = await asyncio.gather(*(create(desk) for _ in range(5)))
    assert sorted(plan.version_id for plan in plans) == [f"v20261120-{number}" for number in range(1, 6)]


# Who and how ----------------------------------------------------------------------------------------------------------


async def test_only_a_believed_planner_creates() -> None:
    desk = Desk()
    await desk.live()
    await refused(desk, ForbiddenError, "planner", actor=an_actor("kim", *(set(Role) - {Role.PLANNER})))
    desk.verified_only = True
    await refused(desk, UnauthenticatedError, "only a name")


async def test_an_unknown_engine_or_a_wrong_parameter_is_refused() -> None:
    desk = Desk()
    await desk.live()
    await refused(desk, NotFoundError, "engine weather", engine="weather")
    await refused(desk, InvalidRequestError, "colour", engine="reference", parameters={"colour": 1})


async def test_the_reference_engine_tells_its_cutover() -> None:
    desk = Desk()
    await desk.live()
    parameters = {"cutover_date": "2026-01-15", "recon_window_days": 7}
    plan = await create(desk, engine="reference", parameters=parameters)
    assert (plan.cutover_date, plan.recon_window_days) == (date(2026, 1, 15), 7)
    assert (await create(desk)).cutover_date is None
