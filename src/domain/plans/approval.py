"""Approval of a plan: a signature over its plan digest, by somebody who neither made nor edited it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..access.actor import Actor, Verification
from ..access.policy import ApprovalPolicy
from ..shared.canonical import digest, document

APPROVAL_TAG = "planvault plan approval 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanApproval:
    """One yes to one plan as it was; ``signature`` covers what was said yes to."""

    actor: str
    actor_key: str
    verification: Verification
    approved_at: datetime
    comment: str | None
    policy: ApprovalPolicy
    signature: str


def signed(  # noqa: PLR0913 (the words of a signature)
    version_id: str,
    plan_digest: str,
    *,
    label: str | None,
    config_version_id: int | None,
    actor: Actor,
    policy: ApprovalPolicy,
    at: datetime,
    comment: str | None,
) -> PlanApproval:
    """The actor's yes to exactly this plan.

    The signature is SHA-256 over version id, plan digest, label, config version, policy and approver.
    """
    said = {
        "version_id": version_id,
        "plan_digest": plan_digest,
        "label": label,
        "config_version_id": config_version_id,
        "policy": policy.as_fields(),
        "actor": actor.name,
    }
    return PlanApproval(
        actor=actor.name,
        actor_key=actor.key,
        verification=actor.verification,
        approved_at=at,
        comment=comment,
        policy=policy,
        signature=digest(APPROVAL_TAG, document(said).encode()).hex(),
    )
