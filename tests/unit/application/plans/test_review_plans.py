from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from planvault.application.plans.list_plans import PlanInclude
from planvault.application.plans.register_request import RegisterRequest
from planvault.domain.access.actor import Role
from planvault.domain.access.policy import ApprovalPolicy
from planvault.domain.errors import (
    AlreadyExistsError,
    ConflictError,
    ForbiddenError,
    FourEyesError,
    IllegalTransitionError,
    InvalidRequestError,
    NotFoundError,
    PlanvaultError,
    StaleVersionError,
)
from planvault.domain.plans.ports import PlanFilter
from planvault.domain.plans.stage import PlanStage
from planvault.domain.plans.version import PlanVersion
from planvault.testing.builders import AYA, BEN, aggregate_rows, an_actor, det_rows
from tests.unit.application.desk import Desk, UnsteadyStore, out_of_reach


async def planned(desk: Desk, *version_ids: str) -> list[PlanVersion]:
    """Plans from live inputs, each made by Aya."""
    await desk.live()
    return [
        await desk.planner.plans.create(input_set="weekly", engine="tiny", actor=AYA, version_id=version_id)
        for version_id in version_ids
    ]


async def approved(desk: Desk, version: PlanVersion) -> PlanVersion:
    await desk.planner.plans.submit(version.version_id, actor=AYA)
    return await desk.planner.plans.approve(version.version_id, digest=version.plan_digest[:12], actor=BEN)


async def test_a_plan_is_submitted_and_approved_with_events_and_a_checkpoint() -> None:
    desk = Desk()
    (plan,) = await planned(desk, "v1")
    checkpoints = len(desk.store.state.checkpoints)

    done = await approved(desk, plan)

    assert (str(done.status), [yes.actor for yes in done.approvals]) == ("approved", ["ben"])
    assert done == await desk.planner.plans.get("v1")
    assert desk.actions[-3:] == ["plan/v1 create", "plan/v1 submit", "plan/v1 approve"]
    assert len(desk.store.state.checkpoints) == checkpoints + 1
    assert desk.store.state.checkpoints[checkpoints + 1].reason == "approve plan v1"


async def test_a_created_plan_has_the_stage_of_its_levels() -> None:
    desk = Desk()
    (plan,) = await planned(desk, "v1")
    assert plan.stage is PlanStage.DISAGGREGATED
    registered = await desk.planner.plans.register(RegisterRequest(version_id="v2", actor=AYA), aggregate_rows())
    assert registered.stage is PlanStage.AGGREGATED
    after = await desk.planner.plans.advance("v1", to=PlanStage.EXECUTED, actor=AYA)
    back = await desk.planner.plans.invalidate("v1", from_stage=PlanStage.DISAGGREGATED, actor=AYA, comment="late")
    assert (after.stage, back.stage, back.stale_levels) == ("executed", "aggregated", ("det",))
    assert desk.actions[-2:] == ["plan/v1 advance", "plan/v1 invalidate"]


async def test_bad_moves_are_told_and_change_nothing() -> None:
    desk = Desk()
    (plan,) = await planned(desk, "v1")
    await desk.candidate("monthly")
    await desk.planner.plans.create(input_set="monthly@1", trial=True, engine="tiny", actor=AYA, version_id="trial")
    submitted = await desk.planner.plans.submit("v1", actor=AYA)
    plans, right = desk.planner.plans, plan.plan_digest[:12]
    planner = an_actor("kim", Role.PLANNER)
    attempts: list[tuple[type[PlanvaultError], Callable[[], Awaitable[object]]]] = [
        (NotFoundError, lambda: plans.submit("v9", actor=AYA)),
        (NotFoundError, lambda: plans.delete("v9", actor=AYA)),
        (NotFoundError, lambda: plans.baseline(9)),
        (NotFoundError, lambda: plans.set_baseline(9, "v1", actor=BEN)),
        (NotFoundError, lambda: plans.set_baseline(1, "v9", actor=BEN)),
        (IllegalTransitionError, lambda: plans.submit("trial", actor=AYA)),
        (IllegalTransitionError, lambda: plans.pin("trial", actor=AYA)),
        (IllegalTransitionError, lambda: plans.submit("v1", actor=AYA)),
        (IllegalTransitionError, lambda: plans.set_baseline(1, "v1", actor=BEN)),
        (IllegalTransitionError, lambda: plans.roll_back_baseline(1, actor=BEN)),
        (InvalidRequestError, lambda: plans.approve("v1", digest=right[:11], actor=BEN)),
        (ConflictError, lambda: plans.approve("v1", digest="0" * 12, actor=BEN)),
        (FourEyesError, lambda: plans.approve("v1", digest=right, actor=AYA)),
        (ForbiddenError, lambda: plans.approve("v1", digest=right, actor=planner)),
        (ForbiddenError, lambda: plans.roll_back_baseline(1, actor=planner)),
        (ForbiddenError, lambda: plans.delete("v1", actor=planner)),
        (InvalidRequestError, lambda: plans.revoke("v1", actor=BEN, comment=" ")),
        (StaleVersionError, lambda: plans.approve("v1", digest=right, actor=BEN, row_version=plan.row_version)),
        (StaleVersionError, lambda: plans.delete("v1", actor=AYA, row_version=99)),
        (StaleVersionError, lambda: plans.set_baseline(1, "v1", actor=BEN, sequence=1)),
    ]
    before = desk.kept()
    for error, attempt in attempts:
        with pytest.raises(error):
            await attempt()
        assert desk.kept() == before
    done = await plans.approve("v1", digest=right, actor=BEN, row_version=submitted.row_version)
    assert done.status == "approved"


async def test_a_baseline_is_set_superseded_and_rolled_back() -> None:
    desk = Desk()
    first, second = await planned(desk, "v1", "v2")
    await approved(desk, first)
    await approved(desk, second)
    plans = desk.planner.plans
    assert (await plans.baseline(1)).current is None

    await plans.set_baseline(1, "V1", actor=BEN, comment="first", sequence=0)
    changed = await plans.set_baseline(1, "v2", actor=BEN, sequence=1)
    assert (changed.current, changed.previous) == ("v2", "v1")
    assert [(await plans.get(name)).status for name in ("v1", "v2")] == ["superseded", "approved"]
    with pytest.raises(IllegalTransitionError, match="is the baseline"):
        await plans.revoke("v2", actor=BEN, comment="x")

    back = await plans.roll_back_baseline(1, actor=BEN, comment="wrong demand")
    assert (back.current, back.previous, back.sequence) == ("v1", None, 3)
    assert back == await plans.baseline(1)
    assert [(await plans.get(name)).status for name in ("v1", "v2")] == ["approved", "superseded"]
    assert desk.actions[-2:] == ["plan/v1 rollback", "plan/v2 supersede"]
    for name in ("v1", "v2"):
        with pytest.raises(IllegalTransitionError, match="baseline of config version 1 and cannot be deleted"):
            await plans.delete(name, actor=AYA)
    with pytest.raises(IllegalTransitionError, match="no baseline to go back to"):
        await plans.roll_back_baseline(1, actor=BEN)
    again = await plans.set_baseline(1, "v2", actor=BEN)
    assert (again.current, (await plans.get("v2")).status) == ("v2", "approved")


async def test_a_plan_without_a_config_version_is_no_baseline() -> None:
    desk = Desk()
    await desk.live()
    plan = await desk.planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), det_rows())
    await approved(desk, plan)
    with pytest.raises(InvalidRequestError, match="v1 belongs to no config version"):
        await desk.planner.plans.set_baseline(1, "v1", actor=BEN)


async def test_a_deleted_plan_leaves_its_events_and_its_id_is_never_used_again() -> None:
    desk = Desk()
    (plan,) = await planned(desk, "v1")
    gone = await desk.planner.plans.delete("V1", actor=AYA, comment="a trial run")
    assert gone == plan
    assert desk.actions[-1] == "plan/v1 delete"
    assert desk.events[-1].comment == "a trial run"
    with pytest.raises(NotFoundError):
        await desk.planner.plans.get("v1")
    with pytest.raises(AlreadyExistsError, match="v1 exists already"):
        await desk.planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), det_rows())


async def test_a_plan_that_changed_between_looking_and_approving_is_not_approved() -> None:
    desk = Desk()
    (plan,) = await planned(desk, "v1")
    submitted = await desk.planner.plans.submit("v1", actor=AYA)
    await desk.planner.plans.revoke("v1", actor=AYA, comment="one more look")
    await desk.planner.plans.submit("v1", actor=AYA)
    with pytest.raises(StaleVersionError):
        await desk.planner.plans.approve("v1", digest=plan.plan_digest, actor=BEN, row_version=submitted.row_version)


async def test_lists_say_whom_plans_wait_for_and_bring_what_is_asked() -> None:
    desk = Desk()
    first, _ = await planned(desk, "v1", "v2")
    desk.policy = ApprovalPolicy(approvals_required=2)
    await approved(desk, first)
    plans = desk.planner.plans

    async def awaiting(name: str) -> list[str]:
        return [plan.version_id for plan in (await plans.list(PlanFilter(awaiting=name))).items]

    assert [await awaiting(name) for name in ("aya", "ben", "cid")] == [[], [], ["v1"]]
    bare, full = (await plans.listed()).items, (await plans.listed(include=list(PlanInclude))).items
    assert [(item.version.version_id, item.series, item.kpis, item.last_job) for item in bare] == [
        ("v2", (), (), None),
        ("v1", (), (), None),
    ]
    for item in full:
        assert [series.level for series in item.series] == ["aggregate", "det"]
        assert {kpi.bucket_type for kpi in item.kpis} == {"total"}
        assert item.last_job is not None
        assert item.last_job.version_id == item.version.version_id


async def test_a_move_that_the_store_dropped_is_begun_anew_and_done_once() -> None:
    desk = Desk(store=UnsteadyStore())
    (plan,) = await planned(desk, "v1")
    assert isinstance(desk.store, UnsteadyStore)
    desk.store.errors, desk.store.at_commit = [out_of_reach(), out_of_reach()], True
    await desk.planner.plans.submit("v1", actor=AYA)
    assert desk.actions.count("plan/v1 submit") == 1
    assert (await desk.planner.plans.get("v1")).row_version == plan.row_version + 1
