"""Moving a plan along its stages by hand: what no level shows, or what no longer holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from ..access.actor import Actor, Role
from ..errors import ContentFrozenError, IllegalTransitionError, InvalidRequestError
from .lifecycle import Move
from .stage import PlanStage, levels_after, levels_from
from .version import PlanAction, PlanEvent, PlanStatus, PlanVersion


def advance(
    version: PlanVersion,
    to: PlanStage,
    *,
    actor: Actor,
    at: datetime,
    comment: str | None = None,
) -> Move:
    """Say that a plan has come to a later stage; the levels that led there are no longer stale.

    Raises:
        ForbiddenError: the actor is no planner.
        IllegalTransitionError: it is no later stage, the plan is put away, or a trial would be executed.
    """
    actor.require(Role.PLANNER)
    _require_kept(version)
    if to is PlanStage.EXECUTED:
        version.refuse_trial("be executed")
    if to.place <= version.stage.place:
        raise IllegalTransitionError(
            f"{version.version_id} is {version.stage}; {to} is no later stage.",
            remedy=f"To go back: planvault plans stage {version.version_id} --invalidate-from STAGE.",
            stage=str(version.stage),
        )
    still = levels_after(to, version.stale_levels)
    return _staged(version, to, still, PlanAction.ADVANCE, actor=actor, at=at, comment=comment)


def invalidate(
    version: PlanVersion,
    from_stage: PlanStage,
    *,
    levels: Collection[str],
    actor: Actor,
    at: datetime,
    comment: str | None = None,
) -> Move:
    """Say that a stage and all after it no longer hold: the plan stands before it, and their levels are stale.

    ``levels`` are those that the plan has.

    Raises:
        ForbiddenError: the actor is no planner.
        InvalidRequestError: nothing comes before that stage.
        IllegalTransitionError: the plan has not come so far, or is put away.
        ContentFrozenError: levels of an approved or superseded plan would be called stale.
    """
    actor.require(Role.PLANNER)
    _require_kept(version)
    before = from_stage.before
    if before is None:
        raise InvalidRequestError(
            f"Nothing comes before {from_stage}.", remedy=f"Name a later one: {', '.join(list(PlanStage)[1:])}."
        )
    if from_stage.place > version.stage.place:
        raise IllegalTransitionError(
            f"{version.version_id} is {version.stage}; it has not come to {from_stage}.", stage=str(version.stage)
        )
    fallen = levels_from(from_stage, levels)
    if fallen and version.status not in {PlanStatus.DRAFT, PlanStatus.SUBMITTED}:
        raise ContentFrozenError(
            f"{version.version_id} is {version.status}; its levels hold as they were approved.",
            remedy=f"Revoke the approval first: planvault plans revoke {version.version_id}.",
            status=str(version.status),
        )
    stale = fallen | set(version.stale_levels)
    return _staged(version, before, stale, PlanAction.INVALIDATE, actor=actor, at=at, comment=comment)


def _require_kept(version: PlanVersion) -> None:
    if version.status is PlanStatus.ARCHIVED:
        raise IllegalTransitionError(f"{version.version_id} is archived.", status=str(version.status))


def _staged(
    version: PlanVersion,
    stage: PlanStage,
    stale: Collection[str],
    action: PlanAction,
    *,
    actor: Actor,
    at: datetime,
    comment: str | None,
) -> Move:
    after = replace(version, stage=stage, stale_levels=tuple(sorted(stale)), updated_at=at)
    details = {"was": str(version.stage), "stage": str(stage), "stale_levels": list(after.stale_levels)}
    return after, PlanEvent(version=after, action=action, actor=actor, comment=comment, details=details)
