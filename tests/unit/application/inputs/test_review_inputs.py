from __future__ import annotations

import pytest

from planvault.domain.access.actor import Actor, Role
from planvault.domain.access.policy import ApprovalPolicy
from planvault.domain.errors import (
    ConflictError,
    ForbiddenError,
    FourEyesError,
    IllegalTransitionError,
    InvalidRequestError,
    NotFoundError,
    PlanvaultError,
    UnauthenticatedError,
)
from planvault.domain.shared.events import Checkpoint
from planvault.testing.builders import AYA, BEN, a_content, an_actor
from tests.unit.application.desk import Desk

HASH = a_content().content_hash
CID = Actor.asserted("cid")


async def refused_yes(desk: Desk, kind: type[PlanvaultError], match: str, reference: str, **said: object) -> None:
    before = desk.kept()
    with pytest.raises(kind, match=match):
        await desk.planner.inputs.approve_reference(reference, **{"actor": BEN, **said})  # type: ignore[arg-type]
    assert desk.kept() == before


@pytest.mark.parametrize("reference", ["weekly", "weekly@1", "WEEKLY"])
async def test_the_candidate_is_submitted_by_label_or_by_number(reference: str) -> None:
    desk = Desk()
    await desk.candidate()
    after = await desk.planner.inputs.submit(reference, actor=AYA, comment=" please look ")
    assert str(after.revision(1).status) == "submitted"
    assert await desk.planner.inputs.get("weekly") == after
    assert (desk.actions[-1], desk.events[-1].comment) == ("input_set/weekly/1 submit", "please look")


async def test_what_cannot_be_submitted_leaves_no_trace() -> None:
    desk = Desk()
    await desk.live()
    before = desk.kept()
    for reference, kind, match in [
        ("weekly", IllegalTransitionError, "no candidate"),
        ("weekly@1", IllegalTransitionError, "live already"),
        ("weekly@9", NotFoundError, "weekly@9"),
        ("monthly", NotFoundError, "monthly"),
        ("weekly@", InvalidRequestError, "does not name a revision"),
    ]:
        with pytest.raises(kind, match=match):
            await desk.planner.inputs.submit(reference, actor=AYA)
    assert desk.kept() == before


async def test_an_approval_by_number_and_full_hash_makes_live_and_takes_a_checkpoint() -> None:
    desk = Desk()
    await desk.submitted()
    after = await desk.planner.inputs.approve("weekly", revision=1, content_hash=HASH, actor=BEN, comment="seen")
    assert after.live == 1
    assert await desk.planner.inputs.get("weekly") == after
    event = desk.events[-1]
    assert (event.action, event.actor, event.comment) == ("approve", "ben", "seen")
    assert f'"content_hash":"{HASH}"' in event.details_json
    (checkpoint,) = desk.store.state.checkpoints.values()
    assert isinstance(checkpoint, Checkpoint)
    assert (checkpoint.position, checkpoint.reason) == (event.position, "approve weekly@1")


@pytest.mark.parametrize(("reference", "content_hash"), [("weekly@1", None), ("weekly", HASH), ("weekly@1", HASH)])
async def test_a_number_or_a_full_hash_says_what_is_approved(reference: str, content_hash: str | None) -> None:
    desk = Desk()
    await desk.submitted()
    after = await desk.planner.inputs.approve_reference(reference, content_hash=content_hash, actor=BEN)
    assert after.live == 1


async def test_a_label_alone_does_not_say_what_is_approved() -> None:
    desk = Desk()
    await desk.submitted()
    await refused_yes(desk, InvalidRequestError, "weekly alone does not say", "weekly")


@pytest.mark.parametrize("content_hash", ["", HASH[:12], HASH.upper(), "0" * 64])
async def test_another_hash_is_refused(content_hash: str) -> None:
    desk = Desk()
    await desk.submitted()
    await refused_yes(desk, ConflictError, "not what would be approved", "weekly", content_hash=content_hash)
    await refused_yes(desk, ConflictError, "not what would be approved", "weekly@1", content_hash=content_hash)


async def test_what_the_gate_refuses_leaves_no_trace() -> None:
    desk = Desk()
    await desk.candidate()
    await refused_yes(desk, IllegalTransitionError, "only a submitted", "weekly@1")
    await desk.planner.inputs.submit("weekly", actor=AYA)
    await refused_yes(desk, FourEyesError, "aya wrote weekly@1", "weekly@1", actor=AYA)
    await refused_yes(desk, ForbiddenError, "approver", "weekly@1", actor=an_actor("kim", Role.PLANNER, Role.ADMIN))
    await refused_yes(desk, NotFoundError, "weekly@2", "weekly@2")
    await refused_yes(desk, InvalidRequestError, "comment has", "weekly@1", comment="x" * 2001)
    await desk.planner.inputs.approve_reference("weekly@1", actor=BEN)
    await refused_yes(desk, IllegalTransitionError, "live already", "weekly@1", actor=CID)


async def test_the_policy_in_force_is_written_into_the_event() -> None:
    desk = Desk(policy=ApprovalPolicy(approvals_required=2))
    await desk.submitted()
    assert (await desk.planner.inputs.approve_reference("weekly@1", actor=BEN)).live is None
    assert (await desk.planner.inputs.approve_reference("weekly@1", actor=CID)).live == 1
    assert ['"approvals_required":2' in event.details_json for event in desk.events[-2:]] == [True, True]
    assert len(desk.store.state.checkpoints) == 2


async def test_a_store_for_verified_actors_believes_no_mere_name() -> None:
    desk = Desk()
    await desk.submitted()
    desk.verified_only = True
    await refused_yes(desk, UnauthenticatedError, "ben is only a name", "weekly@1")
    after = await desk.planner.inputs.approve_reference("weekly@1", actor=an_actor("ben", Role.APPROVER))
    assert after.revision(1).approvals[0].verification == "jwt"
