"""Stages: how far a plan has come on its way from families and months to what is carried out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class PlanStage(StrEnum):
    """How far a plan has come; the order is the order of the work."""

    DRAFT = "draft"
    AGGREGATED = "aggregated"
    DISAGGREGATED = "disaggregated"
    SCHEDULED = "scheduled"
    EXECUTED = "executed"

    @property
    def place(self) -> int:
        """Its place in the order of the work, from 0."""
        return _ORDER.index(self)

    @property
    def before(self) -> PlanStage | None:
        """The stage before it, if there is one."""
        return None if self.place == 0 else _ORDER[self.place - 1]


_ORDER = tuple(PlanStage)
# The stage that a plan has reached when it has the level; other levels say nothing about it.
STAGE_OF_LEVEL: Mapping[str, PlanStage] = {
    "aggregate": PlanStage.AGGREGATED,
    "det": PlanStage.DISAGGREGATED,
    "mrp": PlanStage.SCHEDULED,
    "mrp_final": PlanStage.SCHEDULED,
    "weekly_summary": PlanStage.SCHEDULED,
}
# Level → the levels that are worked out from it, directly or by way of others.
DOWNSTREAM: Mapping[str, frozenset[str]] = {
    "aggregate": frozenset({"det", "mrp", "mrp_final", "weekly_summary"}),
    "det": frozenset({"mrp", "mrp_final", "weekly_summary"}),
    "mrp": frozenset({"mrp_final", "weekly_summary"}),
}


def stage_of(levels: Iterable[str]) -> PlanStage:
    """The stage of a plan that has these levels: the furthest that one of them stands for."""
    reached = (STAGE_OF_LEVEL.get(level, PlanStage.DRAFT) for level in levels)
    return max(reached, key=lambda stage: stage.place, default=PlanStage.DRAFT)


def stale_after(changed: Iterable[str], present: Iterable[str], stale: Iterable[str] = ()) -> tuple[str, ...]:
    """The levels that no longer follow from the ones above them once ``changed`` were, in order of name.

    ``present`` are the levels that the plan has and ``stale`` those that were stale before.  A level that was itself
    changed stands as somebody wanted it: it is not stale, whatever changed above it.
    """
    changed, present = frozenset(changed), frozenset(present)
    below = frozenset().union(*(DOWNSTREAM.get(level, frozenset()) for level in changed))
    return tuple(sorted(((frozenset(stale) - changed) | (below - changed)) & present))


def levels_from(stage: PlanStage, present: Iterable[str]) -> frozenset[str]:
    """Those of the levels present that stand for this stage or a later one."""
    return frozenset(
        level for level in present if level in STAGE_OF_LEVEL and STAGE_OF_LEVEL[level].place >= stage.place
    )


def levels_after(stage: PlanStage, present: Iterable[str]) -> frozenset[str]:
    """Those of the levels present that stand for a stage later than this one."""
    present = frozenset(present)
    return frozenset(level for level in levels_from(stage, present) if STAGE_OF_LEVEL[level] is not stage)
