from __future__ import annotations

import json
from typing import Any

import pytest

from planvault.application.plans.read_reconciliation import DeltasWanted
from planvault.application.plans.reconcile_plan import ReconcileRequest
from planvault.application.plans.register_request import RegisterRequest
from planvault.domain.access.actor import Role
from planvault.domain.errors import (
    AlreadyExistsError,
    ForbiddenError,
    IllegalTransitionError,
    InvalidRequestError,
    NotFoundError,
    PlanvaultError,
)
from planvault.domain.plans.reconciliation import DeltaOrder
from planvault.domain.plans.version import PlanVersion
from planvault.testing.builders import AYA, BEN, a_content, aggregate_rows, an_actor, det_rows
from tests.unit.application.desk import Desk


async def planned(desk: Desk, version_id: str = "v1", **request: Any) -> PlanVersion:
    fields: dict[str, Any] = {
        "input_set": "weekly",
        "actor": AYA,
        "engine": "tiny",
        "parameters": {"round_mode": "int"},
    }
    return await desk.planner.plans.create(version_id=version_id, **fields | request)


async def reconciled(desk: Desk, base: str = "v1", **request: Any) -> PlanVersion:
    fields: dict[str, Any] = {"base": base, "actor": AYA, "version_id": "v2"}
    return await desk.planner.plans.reconcile(ReconcileRequest(**fields | request))


def told(desk: Desk) -> dict[str, Any]:
    details: dict[str, Any] = json.loads(desk.events[-1].details_json)
    return details


async def refused(desk: Desk, kind: type[PlanvaultError], match: str, **request: Any) -> None:
    before = desk.kept()
    with pytest.raises(kind, match=match):
        await reconciled(desk, **request)
    assert desk.kept() == before


async def test_a_plan_is_made_again_with_other_parameters_and_stays_as_it_is() -> None:
    desk = Desk()
    await desk.live()
    base = await planned(desk)

    made = await reconciled(desk, parameters={"weeks": 5}, comment="five weeks")

    made_from = made.provenance
    assert made_from.engine_parameters == {"round_mode": "int", "weeks": 5}
    assert (made_from.base_version_id, made_from.input_reference) == ("v1", "weekly@1")
    assert made_from.run_id != base.provenance.run_id
    assert await desk.planner.plans.get("v1") == base
    event = desk.events[-1]
    assert (event.stream, event.action, event.comment) == ("plan/v2", "reconcile", "five weeks")
    assert told(desk) | {"base_version_id": "v1", "base_plan_digest": base.plan_digest, "rebound_from": None} == told(
        desk
    )


async def test_the_same_inputs_are_planned_from_again_when_others_are_live() -> None:
    desk = Desk()
    await desk.live()
    await planned(desk)
    await desk.live(demand=999.0)

    made = await reconciled(desk)

    assert made.provenance.input_reference == "weekly@1"
    assert made.provenance.input_content_hash == a_content().content_hash


async def test_a_plan_is_bound_to_another_revision_and_the_event_says_so() -> None:
    desk = Desk()
    await desk.live()
    await planned(desk)
    await desk.live(demand=999.0)

    made = await reconciled(desk, input_set="weekly")

    assert made.provenance.input_reference == "weekly@2"
    assert made.provenance.input_content_hash == a_content(demand=999.0).content_hash
    assert (made.trial, told(desk)["rebound_from"]) == (False, "weekly@1")
    assert told(desk)["input"] == "weekly@2"
    job = await desk.planner.jobs.get(made.provenance.job_id or "")
    assert job.parameters["base_version_id"] == "v1"


async def test_a_plan_is_never_bound_to_what_nobody_approved() -> None:
    desk = Desk()
    await desk.live()
    await planned(desk)
    await desk.candidate(demand=999.0)

    await refused(desk, IllegalTransitionError, "never approved", input_set="weekly@2")

    assert (await reconciled(desk)).provenance.input_reference == "weekly@1"


async def test_a_trial_stays_a_trial_whatever_it_is_bound_to() -> None:
    desk = Desk()
    await desk.candidate()
    await planned(desk, trial=True, input_set="weekly@1")
    await desk.planner.inputs.submit("weekly", actor=AYA)
    await desk.planner.inputs.approve_reference("weekly@1", actor=BEN)

    again = await reconciled(desk)
    bound = await reconciled(desk, "v2", version_id="v3", input_set="weekly")

    assert (again.trial, bound.trial) == (True, True)


async def test_what_cannot_be_made_again_is_refused() -> None:
    desk = Desk()
    await desk.live()
    await planned(desk)
    await desk.planner.plans.register(RegisterRequest(version_id="outside", actor=AYA), det_rows())

    await refused(desk, IllegalTransitionError, "not made by an engine", base="outside")
    await refused(desk, NotFoundError, "no plan version v9", base="v9")
    await refused(desk, NotFoundError, "no input set", input_set="monthly")
    await refused(desk, AlreadyExistsError, "V1", version_id="V1")
    await refused(desk, ForbiddenError, "planner", actor=an_actor("eve", Role.APPROVER))


async def test_a_wrong_parameter_is_refused_and_nothing_is_stored() -> None:
    desk = Desk()
    await desk.live()
    await planned(desk, engine="reference", parameters={})

    await refused(desk, InvalidRequestError, "anchor_policy", parameters={"anchor_policy": "far"})
    await refused(desk, InvalidRequestError, "needs an anchor_policy", parameters={"apply_adjusted": True})


async def test_adjusted_levels_lie_beside_the_others_and_the_summary_tells_of_both() -> None:
    desk = Desk()
    await desk.live()
    await planned(desk, engine="reference", parameters={})
    cut = {"cutover_date": "2026-01-10", "anchor_policy": "blend", "apply_adjusted": True}

    await reconciled(desk, parameters=cut)

    plain, both = await desk.planner.plans.summary("v1"), await desk.planner.plans.summary("v2")
    assert {series.level for series in both.series} >= {"det", "det_adjusted", "mrp_final_adjusted"}
    assert plain.reconciliation_adjusted is None
    assert both.reconciliation == both.reconciliation_adjusted
    assert both.reconciliation is not None
    assert both.reconciliation["tol_violations"] == 0
    assert "carryover.csv" in await desk.planner.plans.artifact_names("v2")
    assert await desk.planner.plans.deltas("v2", DeltasWanted(adjusted=True)) == await desk.planner.plans.deltas("v2")


async def test_deltas_are_chosen_and_sorted() -> None:
    desk = Desk()
    await desk.live()
    rows = [row._replace(demand=(row.demand or 0) + place) for place, row in enumerate(aggregate_rows())]
    rows += det_rows()
    await desk.planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), rows)

    every = await desk.planner.plans.deltas("v1")
    worst = await desk.planner.plans.deltas("v1", DeltasWanted(order=DeltaOrder.ABS_DESC, limit=1))
    violations = await desk.planner.plans.deltas("v1", DeltasWanted(violations_only=True, order=DeltaOrder.REL_ASC))

    assert [(delta.family, delta.period) for delta in every] == sorted((d.family, d.period) for d in every)
    assert worst[0].largest == max(delta.largest for delta in every)
    relative = [delta.largest_relative for delta in violations]
    assert relative == sorted(relative)
    assert all(not delta.ok for delta in violations)


async def test_a_plan_without_the_levels_has_no_deltas() -> None:
    desk = Desk()
    await desk.planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), det_rows())

    with pytest.raises(NotFoundError, match="aggregate of v1"):
        await desk.planner.plans.deltas("v1")
    with pytest.raises(NotFoundError, match="no plan version v9"):
        await desk.planner.plans.deltas("v9")
    with pytest.raises(InvalidRequestError, match="limit"):
        await desk.planner.plans.deltas("v1", DeltasWanted(limit=0))
