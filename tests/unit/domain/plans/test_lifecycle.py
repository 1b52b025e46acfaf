from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from planvault.domain.access.actor import Actor, Role
from planvault.domain.access.policy import ApprovalPolicy
from planvault.domain.errors import (
    ConflictError,
    ContentFrozenError,
    ForbiddenError,
    FourEyesError,
    IllegalTransitionError,
    InvalidRequestError,
    PlanvaultError,
)
from planvault.domain.plans import lifecycle, staging
from planvault.domain.plans.approval import signed
from planvault.domain.plans.baseline import Baseline, new_entries
from planvault.domain.plans.lifecycle import Move
from planvault.domain.plans.stage import PlanStage
from planvault.domain.plans.version import PlanOrigin, PlanStatus, PlanVersion, Provenance
from planvault.testing.builders import AYA, BEN, a_plan, an_actor
from planvault.testing.clocks import NOON

LATER = NOON + timedelta(hours=1)
SEEN = "ab" * 32
ONE, TWO = ApprovalPolicy(), ApprovalPolicy(approvals_required=2)
CID = Actor.asserted("cid")
OF_ONE = Provenance(origin=PlanOrigin.REGISTERED, config_version_id=1, input_label="weekly", input_revision=4)
statuses = pytest.mark.parametrize("status", PlanStatus)


def a_version(version_id: str = "v1", **changes: object) -> PlanVersion:
    return replace(a_plan(version_id, plan_digest=SEEN, provenance=OF_ONE), **changes)  # type: ignore[arg-type]


def baseline_with(version: PlanVersion) -> Baseline:
    empty = Baseline(config_version_id=1)
    approved = replace(version, status=PlanStatus.APPROVED)
    return new_entries(empty, empty.set_to(approved, former=None, actor=BEN, at=NOON))


MOVES: dict[str, Callable[[PlanVersion, Actor], Move]] = {
    "submit": lambda version, actor: lifecycle.submit(version, actor=actor, at=LATER),
    "approve": lambda version, actor: lifecycle.approve(version, SEEN[:12], actor=actor, policy=ONE, at=LATER),
    "revoke": lambda version, actor: lifecycle.revoke(version, baseline=None, actor=actor, at=LATER, comment="no"),
    "pin": lambda version, actor: lifecycle.pin(version, actor=actor, at=LATER),
    "unpin": lambda version, actor: lifecycle.unpin(replace(version, pinned=True), actor=actor, at=LATER),
    "advance": lambda version, actor: staging.advance(version, PlanStage.EXECUTED, actor=actor, at=LATER),
    "invalidate": lambda version, actor: staging.invalidate(
        replace(version, stage=PlanStage.EXECUTED), PlanStage.EXECUTED, levels=["det"], actor=actor, at=LATER
    ),
}
ALLOWED: dict[str, set[PlanStatus]] = {
    "submit": {PlanStatus.DRAFT},
    "approve": {PlanStatus.SUBMITTED},
    "revoke": {PlanStatus.SUBMITTED, PlanStatus.APPROVED},
    "pin": set(PlanStatus),
    "unpin": set(PlanStatus),
    "advance": set(PlanStatus) - {PlanStatus.ARCHIVED},
    "invalidate": set(PlanStatus) - {PlanStatus.ARCHIVED},
}
NEEDS = {
    "submit": (PlanStatus.DRAFT, Role.PLANNER),
    "approve": (PlanStatus.SUBMITTED, Role.APPROVER),
    "revoke": (PlanStatus.APPROVED, Role.APPROVER),
    "pin": (PlanStatus.DRAFT, Role.APPROVER),
    "unpin": (PlanStatus.DRAFT, Role.APPROVER),
    "advance": (PlanStatus.DRAFT, Role.PLANNER),
    "invalidate": (PlanStatus.DRAFT, Role.PLANNER),
}


@statuses
@pytest.mark.parametrize("move", MOVES)
def test_each_status_allows_its_moves_and_refuses_the_others(status: PlanStatus, move: str) -> None:
    version = a_version(status=status)
    if status in ALLOWED[move]:
        after, event = MOVES[move](version, CID)
        assert after.updated_at == LATER
        assert (event.version, event.actor, str(event.action)) == (after, CID, move)
        assert event.draft().details["plan_digest"] == SEEN
    else:
        with pytest.raises(IllegalTransitionError, match=f"v1 is {status}"):
            MOVES[move](version, CID)


@pytest.mark.parametrize("move", MOVES)
def test_a_move_needs_its_role_and_no_other_helps(move: str) -> None:
    status, role = NEEDS[move]
    version = a_version(status=status)
    with pytest.raises(ForbiddenError):
        MOVES[move](version, an_actor("kim", *(set(Role) - {role})))
    MOVES[move](version, an_actor("kim", role))


@pytest.mark.parametrize("move", ["submit", "approve", "pin", "advance"])
def test_a_trial_goes_no_further(move: str) -> None:
    trial = a_version(trial=True, status=PlanStatus.SUBMITTED if move == "approve" else PlanStatus.DRAFT)
    with pytest.raises(IllegalTransitionError, match="v1 is a trial made from weekly@4 and can never"):
        MOVES[move](trial, CID)


def test_a_yes_is_signed_and_the_last_one_needed_approves() -> None:
    version = a_version(status=PlanStatus.SUBMITTED)
    first, told = lifecycle.approve(version, SEEN, actor=BEN, policy=TWO, at=LATER, comment="seen")
    assert first.status is PlanStatus.SUBMITTED
    assert first.approvals == (
        signed("v1", SEEN, label="weekly", config_version_id=1, actor=BEN, policy=TWO, at=LATER, comment="seen"),
    )
    assert told.draft().details["signature"] == first.approvals[0].signature
    with pytest.raises(IllegalTransitionError, match="BEN approved v1 already"):
        lifecycle.approve(first, SEEN, actor=Actor.asserted("BEN"), policy=TWO, at=LATER)
    second, told = lifecycle.approve(first, SEEN, actor=CID, policy=TWO, at=LATER)
    assert second.status is PlanStatus.APPROVED
    assert (told.draft().details["approvals"], told.draft().details["status"]) == (2, "approved")


@pytest.mark.parametrize("seen", ["", "abababababa", "AB" * 6, "xyz" * 5, "ab" * 33, "abababababab\n"])
def test_what_is_no_digest_approves_nothing(seen: str) -> None:
    with pytest.raises(InvalidRequestError, match="12 to 64 hex digits"):
        lifecycle.approve(a_version(status=PlanStatus.SUBMITTED), seen, actor=BEN, policy=ONE, at=LATER)


@pytest.mark.parametrize("seen", ["0" * 12, SEEN[:63] + "0", SEEN[1:] + "a"])
def test_another_digest_approves_nothing(seen: str) -> None:
    with pytest.raises(ConflictError, match="what was seen is not what would be approved"):
        lifecycle.approve(a_version(status=PlanStatus.SUBMITTED), seen, actor=BEN, policy=ONE, at=LATER)


@pytest.mark.parametrize("author", ["aya", "Aya", "ｃｉｄ"])
def test_creator_and_editors_are_authors_who_may_approve_only_where_the_policy_says_so(author: str) -> None:
    version = a_version(status=PlanStatus.SUBMITTED, editors=("Cid",))
    assert version.authors == ("aya", "Cid")
    with pytest.raises(FourEyesError, match="made or edited v1"):
        lifecycle.approve(version, SEEN, actor=Actor.asserted(author), policy=ONE, at=LATER)
    lax = ApprovalPolicy(allow_self_approval=True)
    after, _ = lifecycle.approve(version, SEEN, actor=Actor.asserted(author), policy=lax, at=LATER)
    assert after.status is PlanStatus.APPROVED


def test_revoking_voids_the_approvals_and_says_whose() -> None:
    version, _ = lifecycle.approve(a_version(status=PlanStatus.SUBMITTED), SEEN, actor=BEN, policy=ONE, at=LATER)
    after, event = lifecycle.revoke(version, baseline=None, actor=CID, at=LATER, comment="demand is wrong")
    assert (after.status, after.approvals) == (PlanStatus.DRAFT, ())
    assert event.draft().details == {"plan_digest": SEEN, "status": "draft", "was": "approved", "void": ["ben"]}


def test_an_author_withdraws_what_is_submitted_and_no_more() -> None:
    author = an_actor("AYA", Role.PLANNER)
    withdrawn, _ = lifecycle.revoke(
        a_version(status=PlanStatus.SUBMITTED), baseline=None, actor=author, at=LATER, comment="mine"
    )
    assert withdrawn.status is PlanStatus.DRAFT
    for status, actor in ((PlanStatus.APPROVED, author), (PlanStatus.SUBMITTED, an_actor("kim", Role.PLANNER))):
        with pytest.raises(ForbiddenError):
            lifecycle.revoke(a_version(status=status), baseline=None, actor=actor, at=LATER, comment="mine")


def test_revoking_needs_a_comment_and_spares_the_baseline() -> None:
    approved = a_version(status=PlanStatus.APPROVED)
    with pytest.raises(InvalidRequestError, match="needs a comment"):
        lifecycle.revoke(approved, baseline=None, actor=BEN, at=LATER, comment=None)
    with pytest.raises(IllegalTransitionError, match="v1 is the baseline of config version 1") as refused:
        lifecycle.revoke(approved, baseline=baseline_with(approved), actor=BEN, at=LATER, comment="x")
    assert "--rollback" in (refused.value.remedy or "")
    lifecycle.revoke(approved, baseline=baseline_with(a_version("v2")), actor=BEN, at=LATER, comment="x")


@statuses
def test_an_edit_makes_an_author_and_takes_a_submitted_plan_back(status: PlanStatus) -> None:
    version = a_version(status=status, approvals=(), editors=("dan",))
    if status not in {PlanStatus.DRAFT, PlanStatus.SUBMITTED}:
        with pytest.raises(ContentFrozenError, match=f"v1 is {status}") as refused:
            lifecycle.edited(version, actor=CID, at=LATER)
        assert "plans edit v1 --as NEW" in (refused.value.remedy or "")
        return
    after, event = lifecycle.edited(version, actor=CID, at=LATER)
    assert (after.status, after.editors, after.updated_at) == (PlanStatus.DRAFT, ("dan", "cid"), LATER)
    assert (event is None) == (status is PlanStatus.DRAFT)
    again, _ = lifecycle.edited(after, actor=Actor.asserted("CID"), at=LATER)
    assert lifecycle.edited(again, actor=AYA, at=LATER)[0].editors == ("dan", "cid")


def test_an_edit_voids_the_approvals_given_so_far() -> None:
    version, _ = lifecycle.approve(a_version(status=PlanStatus.SUBMITTED), SEEN, actor=BEN, policy=TWO, at=LATER)
    after, event = lifecycle.edited(version, actor=BEN, at=LATER)
    assert after.approvals == ()
    assert event is not None
    assert (str(event.action), event.draft().details["void"]) == ("reopen", ["ben"])
    submitted, _ = lifecycle.submit(after, actor=AYA, at=LATER)
    with pytest.raises(FourEyesError):
        lifecycle.approve(submitted, SEEN, actor=BEN, policy=TWO, at=LATER)


def test_pinning_twice_and_unpinning_what_is_not_are_refused() -> None:
    with pytest.raises(IllegalTransitionError, match="pinned already"):
        lifecycle.pin(a_version(pinned=True), actor=BEN, at=LATER)
    with pytest.raises(IllegalTransitionError, match="is not pinned"):
        lifecycle.unpin(a_version(), actor=BEN, at=LATER)


@statuses
def test_only_what_nobody_relies_on_is_deleted(status: PlanStatus) -> None:
    version = a_version(status=status)
    operator = an_actor("olga", Role.OPERATOR)
    with pytest.raises(ForbiddenError, match="lacks the role operator"):
        lifecycle.delete(version, baseline=None, actor=an_actor("kim", Role.PLANNER, Role.APPROVER))
    refusals: list[tuple[PlanVersion, Baseline | None]] = [
        (replace(version, pinned=True), None),
        (version, baseline_with(version)),
        (version, _former(version)),
    ]
    if status is PlanStatus.APPROVED:
        refusals.append((version, None))
    for kept, baseline in refusals:
        with pytest.raises(IllegalTransitionError, match="cannot be deleted"):
            lifecycle.delete(kept, baseline=baseline, actor=operator)
    if status is not PlanStatus.APPROVED:
        event = lifecycle.delete(version, baseline=Baseline(config_version_id=1), actor=operator, comment="old")
        assert event.draft().details["created_by"] == "aya"
        assert event.draft().stream == "plan/v1"


def _former(version: PlanVersion) -> Baseline:
    other = a_version("v2", status=PlanStatus.APPROVED)
    known = baseline_with(version)
    return new_entries(
        known, known.set_to(other, former=replace(version, status=PlanStatus.APPROVED), actor=BEN, at=LATER)
    )


@pytest.mark.parametrize("move", MOVES)
def test_a_refused_move_leaves_the_version_as_it_was(move: str) -> None:
    version = a_version(status=PlanStatus.ARCHIVED)
    before = replace(version)
    try:
        MOVES[move](version, an_actor("nobody"))
    except PlanvaultError:
        assert version == before
    else:
        pytest.fail("somebody without a role moved it")
