"""Approval: a signature over exactly one revision, by somebody who did not write it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..access.actor import Actor, Verification
from ..access.policy import ApprovalPolicy
from ..shared.canonical import digest, document

APPROVAL_TAG = "planvault input approval 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One yes to one revision; ``signature`` covers what was said yes to."""

    actor: str
    actor_key: str
    verification: Verification
    approved_at: datetime
    comment: str | None
    policy: ApprovalPolicy
    signature: str

    def signs(self, label: str, config_version_id: int, revision: int, content_hash: str) -> bool:
        """Whether the signature is this approver's yes to exactly this, under the policy that it names."""
        return self.signature == _signature(label, config_version_id, revision, content_hash, self.actor, self.policy)


def signed(  # noqa: PLR0913 (the words of a signature)
    label: str,
    config_version_id: int,
    revision: int,
    content_hash: str,
    *,
    actor: Actor,
    policy: ApprovalPolicy,
    at: datetime,
    comment: str | None,
) -> Approval:
    """The actor's yes to exactly this content.

    The signature is SHA-256 over label, config version, revision number, content hash, policy and approver.
    """
    return Approval(
        actor=actor.name,
        actor_key=actor.key,
        verification=actor.verification,
        approved_at=at,
        comment=comment,
        policy=policy,
        signature=_signature(label, config_version_id, revision, content_hash, actor.name, policy),
    )


def _signature(  # noqa: PLR0917 (the words of a signature)
    label: str, config_version_id: int, revision: int, content_hash: str, actor: str, policy: ApprovalPolicy
) -> str:
    said = {
        "label": label,
        "config_version_id": config_version_id,
        "revision": revision,
        "content_hash": content_hash,
        "policy": policy.as_fields(),
        "actor": actor,
    }
    return digest(APPROVAL_TAG, document(said).encode()).hex()
