from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from planvault.domain.access.actor import Actor
from planvault.domain.access.policy import ApprovalPolicy
from planvault.domain.errors import InvalidRequestError
from planvault.domain.inputs.approval import Approval, signed
from planvault.testing.builders import BEN
from planvault.testing.clocks import NOON

KNOWN = "7dacc43c1bde7ffe907c3acfbcb8044f74370801392d1129dcdd4f61d03af6ea"
SAID: dict[str, Any] = {
    "label": "weekly",
    "config_version_id": 7,
    "revision": 4,
    "content_hash": "c" * 64,
    "actor": BEN,
    "policy": ApprovalPolicy(),
}


def signature(**changes: Any) -> Approval:
    said = SAID | changes
    positional = [said.pop(name) for name in ("label", "config_version_id", "revision", "content_hash")]
    return signed(*positional, **said, at=NOON, comment="seen")


def test_the_signature_is_the_one_an_independent_program_computes() -> None:
    said = {
        "actor": "ben",
        "config_version_id": 7,
        "content_hash": "c" * 64,
        "label": "weekly",
        "policy": {"allow_self_approval": False, "approvals_required": 1},
        "revision": 4,
    }
    text = json.dumps(said, separators=(",", ":"))
    expected = hashlib.sha256(b"planvault input approval 1\0" + text.encode()).hexdigest()
    assert signature().signature == expected == KNOWN


@pytest.mark.parametrize(
    "change",
    [
        {"label": "weekly2"},
        {"config_version_id": 8},
        {"revision": 5},
        {"content_hash": "d" * 64},
        {"actor": Actor.asserted("cid")},
        {"policy": ApprovalPolicy(approvals_required=2)},
        {"policy": ApprovalPolicy(allow_self_approval=True)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_another_word_gives_another_signature(change: dict[str, Any]) -> None:
    assert signature(**change).signature != signature().signature


def test_an_approval_tells_who_when_and_under_which_policy() -> None:
    approval = signature(actor=Actor.asserted("Ben"))
    assert (approval.actor, approval.actor_key, approval.verification) == ("Ben", "ben", "asserted")
    assert (approval.approved_at, approval.comment, approval.policy) == (NOON, "seen", ApprovalPolicy())


@pytest.mark.parametrize("required", [0, -1, 21])
def test_at_least_one_and_at_most_twenty_approvals_are_required(required: int) -> None:
    with pytest.raises(InvalidRequestError, match="between 1 and 20"):
        ApprovalPolicy(approvals_required=required)


def test_a_policy_reads_as_a_sentence() -> None:
    assert str(ApprovalPolicy()) == "1 approval, not by an author"
    assert str(ApprovalPolicy(approvals_required=2, allow_self_approval=True)) == "2 approvals, authors may approve"
