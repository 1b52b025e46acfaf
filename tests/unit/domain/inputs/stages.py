"""Input sets at every stage of their life."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from planvault.domain.access.actor import Actor
from planvault.domain.access.policy import ApprovalPolicy
from planvault.domain.inputs.input_set import InputSet, new_input_set
from planvault.domain.shared.ids import Label
from planvault.testing.builders import AYA, BEN
from planvault.testing.clocks import NOON

CID, DAN = Actor.asserted("cid"), Actor.asserted("dan")
ONE = ApprovalPolicy()
TWO = ApprovalPolicy(approvals_required=2)
X, Y, Z = "1" * 64, "2" * 64, "3" * 64
LATER = NOON + timedelta(hours=1)


def empty() -> InputSet:
    return new_input_set(Label("weekly"), config_version_id=1, title=None, at=NOON)


def brought(known: InputSet, content: str, actor: Actor = AYA, *, source: str = "csv") -> InputSet:
    after, _, _ = known.bring(content, actor=actor, at=LATER, source=source, row_counts={"items": 1})
    return after


def submitted(known: InputSet, content: str, actor: Actor = AYA) -> InputSet:
    candidate = brought(known, content, actor)
    assert candidate.candidate is not None
    return candidate.submit(candidate.candidate, actor=actor, at=LATER)[0]


def said_yes(known: InputSet, actor: Actor = BEN, *, policy: ApprovalPolicy = ONE) -> InputSet:
    candidate = known.candidate_revision
    return known.approve(candidate.number, candidate.content_hash, actor=actor, policy=policy, at=LATER)[0]


def live(known: InputSet, content: str, *, author: Actor = AYA, approver: Actor = BEN) -> InputSet:
    return said_yes(submitted(known, content, author), approver)


def rejected(known: InputSet) -> InputSet:
    number = known.candidate_revision.number
    return known.reject(number, actor=BEN, at=LATER, comment="no", policy=ONE)[0]


def reverted(known: InputSet) -> InputSet:
    return known.revert(actor=BEN, at=LATER)[0]


def statuses(known: InputSet) -> list[str]:
    return [str(revision.status) for revision in known.revisions]


MOVES: dict[str, Callable[[InputSet, Actor], Any]] = {
    "bring": lambda known, actor: known.bring(Z, actor=actor, at=LATER, source="csv", row_counts={}),
    "submit": lambda known, actor: known.submit(1, actor=actor, at=LATER),
    "approve": lambda known, actor: known.approve(1, X, actor=actor, policy=ONE, at=LATER),
    "reject": lambda known, actor: known.reject(1, actor=actor, at=LATER, comment="no", policy=ONE),
    "adopt": lambda known, actor: known.adopt(1, X, actor=actor, policy=ONE, at=LATER),
    "revert": lambda known, actor: known.revert(actor=actor, at=LATER),
    "archive": lambda known, actor: known.archive(actor=actor, at=LATER),
    "restore": lambda known, actor: known.restore(actor=actor, at=LATER),
}
