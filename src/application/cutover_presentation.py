"""Cutovers as plain fields, by the rules of ``presentation``."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.storage.gates import verdict_fields
from ..domain.storage.state import Side
from .drilling import DrillReport
from .json_values import instant
from .presentation import Fields
from .storage.cut_over import CutoverPlan, Moved, PlannedStep
from .storage.roll_back import RollbackPlan, RollbackVerdict
from .storage.switch_mode import StepTaken
from .storage_presentation import storage_finding_fields


def plan_fields(plan: CutoverPlan) -> Fields:
    """What a cutover would do, and how its gates stand."""
    return {
        "before": _place(plan.before.mode, plan.before.primary),
        "after": _place(plan.after.mode, plan.after.primary),
        "open": plan.is_open,
        "steps": [_planned(step) for step in plan.steps],
        "fills": list(plan.fills),
        "rows": plan.rows,
    }


def outcome_fields(done: Sequence[StepTaken | Moved]) -> Fields:
    """What a cutover did: the steps in order, and the versions that were brought to a side or out of the tables."""
    steps = [one for one in done if isinstance(one, StepTaken)]
    moved = [one for one in done if isinstance(one, Moved)]
    return {
        "steps": [taken_fields(one) for one in steps],
        "filed": [one.version_id for one in moved if one.side is Side.FILES],
        "loaded": [one.version_id for one in moved if one.side is Side.DB],
        "cleared": [one.version_id for one in moved if one.side is None],
        "stale": [version_id for one in steps for version_id in one.stale],
    }


def taken_fields(taken: StepTaken) -> Fields:
    """A step that was taken, with what its gates measured and the checkpoint that covers its event."""
    return {
        "step": str(taken.step),
        **_place(taken.state.mode, taken.state.primary),
        "gates": [verdict_fields(verdict) for verdict in taken.verdicts],
        "checkpoint": {"number": taken.checkpoint.number, "hash": taken.checkpoint.hash},
    }


def rollback_fields(plan: RollbackPlan) -> Fields:
    """What a rollback would do."""
    return {**plan_fields(plan.way), "versions": plan.versions, "events": plan.events}


def rollback_verdict_fields(verdict: RollbackVerdict) -> Fields:
    """How a store stands after a rollback."""
    return {
        **_place(verdict.place.mode, verdict.place.primary),
        "back": verdict.is_back,
        "total": len(verdict.findings),
        "findings": [storage_finding_fields(finding) for finding in verdict.findings],
    }


def _planned(step: PlannedStep) -> Fields:
    return {"step": str(step.step), "gates": [verdict_fields(verdict) for verdict in step.verdicts]}


def _place(mode: str, primary: str) -> Fields:
    return {"mode": str(mode), "primary": str(primary)}


def drill_fields(report: DrillReport) -> Fields:
    """What a drill came to; ``lost`` is empty where everything came through."""
    return {
        "format": "planvault drill 1",
        "clean": report.is_good,
        "begun_at": instant(report.begun_at),
        "seconds": round(report.seconds, 3),
        "versions": report.versions,
        "series_rows": report.series_rows,
        "events": report.events,
        "recovery": {name: round(seconds, 3) for name, seconds in report.recovery.items()},
        "lost": list(report.lost),
        "never_mirrored": list(report.never_mirrored),
        "broken": report.broken,
        "steps": [
            {"name": step.name, "seconds": round(step.seconds, 3), "good": step.is_good, "found": step.found}
            for step in report.steps
        ],
    }
