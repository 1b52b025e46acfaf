"""Where plans come from, which came from what, and whether they can be made again."""

# ruff: noqa: ARG002 (an engine does the same whatever it is given)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from planvault import RegisterRequest, Role
from planvault.application.engine import EngineResult, Progress
from planvault.application.plans.read_provenance import InputStanding
from planvault.application.provenance_presentation import provenance_fields, rerun_fields
from planvault.domain.errors import ForbiddenError, IllegalTransitionError, NotFoundError
from planvault.domain.inputs.content import InputContent
from planvault.domain.plans.version import PlanOrigin
from planvault.testing.builders import AYA, BEN, aggregate_rows, an_actor, det_rows
from planvault.testing.engines import InlineEngineRunner
from tests.unit.application.desk import Desk, TinyEngine


class MoodyEngine(TinyEngine):
    """Plans something else every time, which an engine must not."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = 0

    def run(self, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress) -> EngineResult:
        self.runs += 1
        return EngineResult(levels={"aggregate": aggregate_rows(), "det": det_rows(9 + self.runs, weeks=4 + self.runs)})


async def planned(desk: Desk, version_id: str = "v1", **more: Any) -> None:
    await desk.planner.plans.create(input_set="weekly", actor=AYA, engine="tiny", version_id=version_id, **more)


async def test_a_plan_tells_its_inputs_engine_run_and_actor() -> None:
    desk = Desk()
    await desk.live()
    await planned(desk)
    found = await desk.planner.plans.provenance("V1")
    told = provenance_fields(found)
    assert (found.inputs, found.live) == (InputStanding.KEPT, True)
    assert told["inputs"]["reference"] == "weekly@1"
    assert told["inputs"]["approved_by"] == ["ben"]
    assert told["engine"] == {"name": "tiny", "version": "3.1", "parameters": {"weeks": 4}}
    assert (told["created_by"], told["run_id"], told["job_id"]) == (
        "aya",
        found.version.provenance.run_id,
        found.version.provenance.job_id,
    )
    await desk.live(demand=120.0)
    assert not (await desk.planner.plans.provenance("v1")).live


async def test_inputs_that_are_gone_legacy_or_never_named_are_told_apart_and_counted() -> None:
    desk = Desk()
    await desk.live()
    await planned(desk)
    await desk.planner.plans.register(RegisterRequest(actor=AYA, version_id="v2"), aggregate_rows())
    plans = desk.store.state.plans
    legacy = replace(plans["v2"].provenance, origin=PlanOrigin.LEGACY)
    plans["v3"] = replace(plans["v2"], version_id="v3", provenance=legacy)  # type: ignore[arg-type]
    del desk.store.state.input_sets["weekly"]
    found = [(await desk.planner.plans.provenance(name)).inputs for name in ("v1", "v2", "v3")]
    assert found == [InputStanding.MISSING, InputStanding.NONE, InputStanding.LEGACY]
    assert desk.telemetry.told.count(("inputs missing",)) == 1


async def test_the_line_of_a_copy_goes_back_as_far_as_versions_are_there() -> None:
    desk = Desk()
    await desk.live()
    await planned(desk)
    await desk.planner.plans.copy("v1", "v2", actor=BEN)
    await desk.planner.plans.copy("v2", "v3", actor=BEN)
    assert [known.version_id for known in (await desk.planner.plans.provenance("v3")).line] == ["v2", "v1"]
    await desk.planner.plans.delete("v2", actor=an_actor("olga", Role.OPERATOR))
    found = await desk.planner.plans.provenance("v3")
    assert (found.line, found.version.provenance.base_version_id) == ([], "v2")


async def test_a_revision_tells_which_plans_were_made_from_it() -> None:
    desk = Desk()
    await desk.live()
    await planned(desk)
    await desk.live(demand=120.0)
    await planned(desk, "v2")
    plans = desk.planner.plans
    for reference, expected in (("weekly@1", ["v1"]), ("weekly@2", ["v2"]), ("weekly", ["v2", "v1"])):
        assert [plan.version_id for plan in (await plans.made_from(reference)).items] == expected
    for wrong in ("weekly@9", "monthly"):
        with pytest.raises(NotFoundError):
            await plans.made_from(wrong)


async def test_a_plan_made_again_is_attested() -> None:
    desk = Desk()
    await desk.live()
    await planned(desk)
    await desk.live(demand=120.0)  # what is live today plays no part
    outcome = await desk.planner.plans.rerun("v1", actor=BEN, new_id="v2", comment="proof")
    assert outcome.same
    assert rerun_fields(outcome)["differences"] == []
    version = outcome.version
    assert (version.provenance.input_reference, version.provenance.base_version_id) == ("weekly@1", "v1")
    assert (desk.actions[-1], desk.events[-1].comment) == ("plan/v2 rerun", "proof")


async def test_what_comes_out_otherwise_is_listed_bucket_by_bucket() -> None:
    desk = Desk(engines=InlineEngineRunner([MoodyEngine()], batch=3))
    await desk.live()
    await planned(desk)
    outcome = await desk.planner.plans.rerun("v1", actor=BEN)
    assert not outcome.same
    assert {change.level for change in outcome.differences} == {"det"}
    told = rerun_fields(outcome)["differences"]
    assert told == sorted(told, key=lambda change: change["time_bucket_key"])
    assert any(change["rows_before"] is None for change in told)


async def test_only_what_an_engine_of_that_version_made_can_be_made_again() -> None:
    desk = Desk()
    await desk.live()
    await planned(desk)
    await desk.planner.plans.register(RegisterRequest(actor=AYA, version_id="v2"), aggregate_rows())
    before = desk.kept()
    with pytest.raises(IllegalTransitionError, match="not made by an engine"):
        await desk.planner.plans.rerun("v2", actor=AYA)
    with pytest.raises(ForbiddenError):
        await desk.planner.plans.rerun("v1", actor=an_actor("vera", Role.VIEWER))
    with pytest.raises(NotFoundError):
        await desk.planner.plans.rerun("v9", actor=AYA)
    newer = TinyEngine()
    newer.version = "4.0"
    desk.engines = InlineEngineRunner([newer], batch=3)
    with pytest.raises(IllegalTransitionError, match=r"tiny 3\.1; tiny is 4\.0 here"):
        await desk.planner.plans.rerun("v1", actor=AYA)
    desk.engines = InlineEngineRunner([], batch=3)
    with pytest.raises(NotFoundError):
        await desk.planner.plans.rerun("v1", actor=AYA)
    assert desk.kept() == before


async def test_a_trial_made_again_is_a_trial() -> None:
    desk = Desk()
    await desk.candidate()
    await desk.planner.plans.create(input_set="weekly@1", actor=AYA, engine="tiny", version_id="v1", trial=True)
    assert (await desk.planner.plans.rerun("v1", actor=AYA)).version.trial
