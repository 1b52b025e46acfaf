from __future__ import annotations

from dataclasses import replace

import pytest

from planvault.domain.errors import ContentFrozenError, IllegalTransitionError, InvalidRequestError
from planvault.domain.plans import staging
from planvault.domain.plans.stage import PlanStage, stage_of, stale_after
from planvault.domain.plans.version import PlanStatus
from planvault.testing.builders import AYA, a_plan
from planvault.testing.clocks import NOON

ALL = ("aggregate", "det", "mrp", "mrp_final", "weekly_summary")


@pytest.mark.parametrize(
    ("levels", "stage"),
    [
        ([], "draft"),
        (["weather"], "draft"),
        (["aggregate"], "aggregated"),
        (["aggregate", "det"], "disaggregated"),
        (["det"], "disaggregated"),
        (["aggregate", "det", "mrp"], "scheduled"),
        (["mrp_final"], "scheduled"),
        (["weekly_summary"], "scheduled"),
    ],
)
def test_the_stage_follows_from_the_levels(levels: list[str], stage: str) -> None:
    assert stage_of(levels) == stage


@pytest.mark.parametrize(
    ("changed", "present", "stale", "after"),
    [
        ([], ALL, [], ()),
        (["aggregate"], ALL, [], ("det", "mrp", "mrp_final", "weekly_summary")),
        (["det"], ALL, [], ("mrp", "mrp_final", "weekly_summary")),
        (["aggregate", "det"], ALL, [], ("mrp", "mrp_final", "weekly_summary")),
        (["mrp"], ALL, ["mrp"], ("mrp_final", "weekly_summary")),
        (["mrp_final"], ALL, ["mrp", "mrp_final"], ("mrp",)),
        (["aggregate"], ["aggregate"], [], ()),
        (["weather"], ALL, ["det"], ("det",)),
    ],
)
def test_levels_below_a_changed_one_are_stale(
    changed: list[str], present: list[str], stale: list[str], after: tuple[str, ...]
) -> None:
    assert stale_after(changed, present, stale) == after


def test_a_plan_advances_and_its_levels_on_the_way_hold_again() -> None:
    plan = a_plan(stage=PlanStage.AGGREGATED, stale_levels=("det", "mrp"))
    after, event = staging.advance(plan, PlanStage.DISAGGREGATED, actor=AYA, at=NOON)
    assert (after.stage, after.stale_levels) == ("disaggregated", ("mrp",))
    assert event.draft().details["was"] == "aggregated"
    for to in (PlanStage.DISAGGREGATED, PlanStage.DRAFT):
        with pytest.raises(IllegalTransitionError, match="no later stage"):
            staging.advance(after, to, actor=AYA, at=NOON)


def test_an_invalidated_stage_takes_its_levels_and_those_after_with_it() -> None:
    plan = a_plan(stage=PlanStage.SCHEDULED)
    after, _ = staging.invalidate(plan, PlanStage.DISAGGREGATED, levels=ALL, actor=AYA, at=NOON)
    assert (after.stage, after.stale_levels) == ("aggregated", ("det", "mrp", "mrp_final", "weekly_summary"))
    with pytest.raises(IllegalTransitionError, match="has not come to scheduled"):
        staging.invalidate(after, PlanStage.SCHEDULED, levels=ALL, actor=AYA, at=NOON)
    with pytest.raises(InvalidRequestError, match="Nothing comes before draft"):
        staging.invalidate(after, PlanStage.DRAFT, levels=ALL, actor=AYA, at=NOON)


def test_levels_of_an_approved_plan_are_never_called_stale() -> None:
    plan = a_plan(stage=PlanStage.EXECUTED, status=PlanStatus.APPROVED)
    with pytest.raises(ContentFrozenError):
        staging.invalidate(plan, PlanStage.SCHEDULED, levels=ALL, actor=AYA, at=NOON)
    after, _ = staging.invalidate(plan, PlanStage.EXECUTED, levels=ALL, actor=AYA, at=NOON)
    assert (after.stage, after.stale_levels, after.status) == ("scheduled", (), "approved")
    assert replace(after, stage=plan.stage) == replace(plan, updated_at=after.updated_at)
