"""The life of a plan version: every move answers the version as it then is and the event that tells of it.

Where a plan may go from where it stands is one table, ``ALLOWED_MOVES``; this module says who may move it, and on
what conditions.  What a move refuses, no adapter can do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..access.actor import Actor, Role
from ..access.policy import ApprovalPolicy
from ..errors import (
    ConflictError,
    ContentFrozenError,
    ForbiddenError,
    FourEyesError,
    IllegalTransitionError,
    InvalidRequestError,
)
from .approval import signed
from .baseline import Baseline
from .version import PlanAction, PlanEvent, PlanStatus, PlanVersion

LEAST_DIGEST = 12
_DIGEST = re.compile(r"[0-9a-f]{12,64}")
_EDITABLE = frozenset({PlanStatus.DRAFT, PlanStatus.SUBMITTED})

Move = tuple[PlanVersion, PlanEvent]


def submit(version: PlanVersion, *, actor: Actor, at: datetime, comment: str | None = None) -> Move:
    """Put a draft before the approvers.

    Raises:
        ForbiddenError: the actor is no planner.
        IllegalTransitionError: it is a trial, or no draft.
    """
    actor.require(Role.PLANNER)
    version.refuse_trial("be submitted")
    if version.status is not PlanStatus.DRAFT:
        waits = version.status is PlanStatus.SUBMITTED
        raise IllegalTransitionError(
            f"{version.version_id} is {version.status}{' already' if waits else ''}; only a draft can be submitted.",
            remedy=f"It waits for somebody to approve it: planvault plans approve {version.version_id}."
            if waits
            else None,
            status=str(version.status),
        )
    after = version.moved_to(PlanStatus.SUBMITTED, at=at)
    details = {"authors": list(version.authors), "stale_levels": list(version.stale_levels)}
    return after, PlanEvent(version=after, action=PlanAction.SUBMIT, actor=actor, comment=comment, details=details)


def approve(
    version: PlanVersion,
    seen_digest: str,
    *,
    actor: Actor,
    policy: ApprovalPolicy,
    at: datetime,
    comment: str | None = None,
) -> Move:
    """Say yes to the plan as it was seen; the last yes that the policy asks for makes it approved.

    ``seen_digest`` is the plan digest that was looked at, or at least its first 12 hex digits.

    Raises:
        ForbiddenError: the actor is no approver.
        FourEyesError: the actor is an author.
        InvalidRequestError: the digest is too short, or none.
        IllegalTransitionError: it is a trial or not submitted, or the actor approved it before.
        ConflictError: the plan has another digest.
    """
    actor.require(Role.APPROVER)
    _require_shape(version, seen_digest)
    version.refuse_trial("be approved")
    if version.status is not PlanStatus.SUBMITTED:
        draft = version.status is PlanStatus.DRAFT
        raise IllegalTransitionError(
            f"{version.version_id} is {version.status}; only a submitted plan can be approved.",
            remedy=f"Submit it first: planvault plans submit {version.version_id}." if draft else None,
            status=str(version.status),
        )
    if not version.plan_digest.startswith(seen_digest):
        raise ConflictError(
            f"{version.version_id} has the plan digest {version.plan_digest[:LEAST_DIGEST]}…, not "
            f"{seen_digest[:LEAST_DIGEST]}…: what was seen is not what would be approved.",
            remedy=f"Look at it again: planvault plans show {version.version_id}.",
        )
    _require_four_eyes(version, actor, policy)
    approval = signed(
        version.version_id,
        version.plan_digest,
        label=version.provenance.input_label,
        config_version_id=version.provenance.config_version_id,
        actor=actor,
        policy=policy,
        at=at,
        comment=comment,
    )
    after = replace(version, approvals=(*version.approvals, approval), updated_at=at)
    if len(after.approvals) >= policy.approvals_required:
        after = after.moved_to(PlanStatus.APPROVED, at=at)
    details = {"approvals": len(after.approvals), "policy": policy.as_fields(), "signature": approval.signature}
    return after, PlanEvent(version=after, action=PlanAction.APPROVE, actor=actor, comment=comment, details=details)


def revoke(version: PlanVersion, *, baseline: Baseline | None, actor: Actor, at: datetime, comment: str | None) -> Move:
    """Take a submitted or approved plan back to draft; its approvals are void.

    An approver does so; an author may, for as long as the plan is only submitted.

    Raises:
        ForbiddenError: the actor is neither.
        InvalidRequestError: there is no comment.
        IllegalTransitionError: it is neither submitted nor approved, or is the baseline.
    """
    withdraws = version.status is PlanStatus.SUBMITTED and actor.key in version.author_keys
    if Role.APPROVER not in actor.roles and not withdraws:
        raise ForbiddenError(
            f"{actor.name} is not an approver, and no author of a plan that is only submitted.",
            remedy=f"Ask somebody with the role {Role.APPROVER}.",
        )
    if version.status not in {PlanStatus.SUBMITTED, PlanStatus.APPROVED}:
        raise IllegalTransitionError(
            f"{version.version_id} is {version.status}; there is nothing to revoke.", status=str(version.status)
        )
    if baseline is not None and baseline.is_current(version.version_id):
        raise IllegalTransitionError(
            f"{version.version_id} is the baseline of config version {baseline.config_version_id}.",
            remedy="Make another plan the baseline, or roll it back: planvault plans baseline "
            f"--config {baseline.config_version_id} --rollback.",
        )
    if not comment:
        raise InvalidRequestError("Revoking needs a comment.", remedy="Say why with --comment.")
    return _reopened(version, PlanAction.REVOKE, actor=actor, at=at, comment=comment)


def edited(version: PlanVersion, *, actor: Actor, at: datetime) -> tuple[PlanVersion, PlanEvent | None]:
    """The version for an actor who is about to change its content: they are an author of it from here on.

    A submitted plan returns to draft and its approvals are void, which has an event; the edit has its own.

    Raises:
        ForbiddenError: the actor is no planner.
        ContentFrozenError: it is approved or superseded, or put away.
    """
    actor.require(Role.PLANNER)
    if version.status not in _EDITABLE:
        raise ContentFrozenError(
            f"{version.version_id} is {version.status}; its content never changes.",
            remedy=f"Edit a copy: planvault plans edit {version.version_id} --as NEW.",
            status=str(version.status),
        )
    if actor.key not in version.author_keys:
        version = replace(version, editors=(*version.editors, actor.name))
    if version.status is PlanStatus.SUBMITTED:
        return _reopened(version, PlanAction.REOPEN, actor=actor, at=at, comment=None)
    return replace(version, updated_at=at), None


def pin(version: PlanVersion, *, actor: Actor, at: datetime, comment: str | None = None) -> Move:
    """Keep a plan from every trim and from deletion.

    Raises:
        ForbiddenError: the actor is no approver.
        IllegalTransitionError: it is a trial, or pinned already.
    """
    actor.require(Role.APPROVER)
    after = version.pin(at=at)
    if version.pinned:
        raise IllegalTransitionError(f"{version.version_id} is pinned already.")
    return after, PlanEvent(version=after, action=PlanAction.PIN, actor=actor, comment=comment, details={})


def unpin(version: PlanVersion, *, actor: Actor, at: datetime, comment: str | None = None) -> Move:
    """Let trims and deletion have a plan again.

    Raises:
        ForbiddenError: the actor is no approver.
        IllegalTransitionError: it is not pinned.
    """
    actor.require(Role.APPROVER)
    if not version.pinned:
        raise IllegalTransitionError(f"{version.version_id} is not pinned.")
    after = version.unpin(at=at)
    return after, PlanEvent(version=after, action=PlanAction.UNPIN, actor=actor, comment=comment, details={})


def delete(version: PlanVersion, *, baseline: Baseline | None, actor: Actor, comment: str | None = None) -> PlanEvent:
    """The event that stays when a plan is removed; its stream keeps the id from being used again.

    Raises:
        ForbiddenError: the actor is no operator.
        IllegalTransitionError: it is approved or pinned, or is or was a baseline.
    """
    actor.require(Role.OPERATOR)
    why, remedy = None, None
    if baseline is not None and baseline.was_ever(version.version_id):
        once = "is" if baseline.is_current(version.version_id) else "was"
        why = f"{once} the baseline of config version {baseline.config_version_id}"
    elif version.pinned:
        why, remedy = "is pinned", f"Unpin it first: planvault plans pin {version.version_id} --off."
    elif version.status is PlanStatus.APPROVED:
        why, remedy = "is approved", f"Revoke it first: planvault plans revoke {version.version_id}."
    if why is not None:
        raise IllegalTransitionError(
            f"{version.version_id} {why} and cannot be deleted.", remedy=remedy, status=str(version.status)
        )
    details = {
        "title": version.title,
        "payload_digest": version.payload_digest,
        "series_rows": version.series_rows,
        "trial": version.trial,
        "created_by": version.created_by,
        "input": version.provenance.input_reference,
    }
    return PlanEvent(version=version, action=PlanAction.DELETE, actor=actor, comment=comment, details=details)


def trim(
    version: PlanVersion, *, actor: Actor, at: datetime, by_guard: bool, comment: str | None, details: Mapping[str, Any]
) -> Move:
    """Put a plan away whose rows are about to go; its digests, edits and events stay.

    The row guard does so in the name of whoever writes; anybody else is an operator.

    Raises:
        ForbiddenError: the actor is no operator.
        IllegalTransitionError: it is pinned, or its status does not allow it.
    """
    if not by_guard:
        actor.require(Role.OPERATOR)
    if version.pinned:
        raise IllegalTransitionError(f"{version.version_id} is pinned and cannot be trimmed.")
    after = version.moved_to(PlanStatus.ARCHIVED, at=at)
    told = {"was": str(version.status), "payload_digest": version.payload_digest, "series_rows": version.series_rows}
    return after, PlanEvent(
        version=after, action=PlanAction.TRIM, actor=actor, comment=comment, details={**told, **details}
    )


# Steps that moves share


def _require_shape(version: PlanVersion, seen_digest: str) -> None:
    if not _DIGEST.fullmatch(seen_digest):
        raise InvalidRequestError(
            f"{seen_digest[:64]!r} is not the beginning of a plan digest: {LEAST_DIGEST} to 64 hex digits.",
            remedy=f"Give the digest that you looked at: planvault plans show {version.version_id}.",
        )


def _require_four_eyes(version: PlanVersion, actor: Actor, policy: ApprovalPolicy) -> None:
    if actor.key in version.author_keys and not policy.allow_self_approval:
        raise FourEyesError(
            f"{actor.name} made or edited {version.version_id} and cannot approve it (policy: {policy}).",
            remedy="Somebody else with the role approver has to say yes.",
        )
    if any(approval.actor_key == actor.key for approval in version.approvals):
        raise IllegalTransitionError(f"{actor.name} approved {version.version_id} already.")


def _reopened(version: PlanVersion, action: PlanAction, *, actor: Actor, at: datetime, comment: str | None) -> Move:
    after = replace(version.moved_to(PlanStatus.DRAFT, at=at), approvals=())
    details = {"was": str(version.status), "void": [approval.actor for approval in version.approvals]}
    return after, PlanEvent(version=after, action=action, actor=actor, comment=comment, details=details)
