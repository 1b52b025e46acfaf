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
from planvault.domain.inputs.input_set import InputSet, new_input_set
from planvault.domain.inputs.ports import InputSetFilter
from planvault.domain.shared.ids import Label
from planvault.testing.builders import AYA, BEN, a_config, a_content, an_actor
from tests.unit.application.desk import Desk, UnsteadyStore, out_of_reach

CID = Actor.asserted("cid")
HASH = a_content().content_hash


async def legacy(desk: Desk, label: str = "old") -> InputSet:
    """A draft candidate that came from a legacy system, by its operator."""
    async with desk.store() as uow:
        await uow.configs.add(a_config())
        await uow.contents.add(a_content())
        begun = new_input_set(Label(label), config_version_id=1, at=desk.clock.now())
        known, _, _ = begun.bring(
            HASH, actor=Actor.asserted("olga"), at=desk.clock.now(), source="legacy", row_counts={"items": 2}
        )
        await uow.input_sets.add(known)
        await uow.commit()
    return known


async def test_a_rejected_candidate_leaves_what_is_live_and_may_come_back() -> None:
    desk = Desk(policy=ApprovalPolicy(approvals_required=1))
    await desk.live()
    await desk.candidate(demand=101.0)
    after = await desk.planner.inputs.reject("weekly@2", actor=BEN, comment=" F07 is wrong ")
    assert (after.live, after.candidate, str(after.revision(2).status)) == (1, None, "rejected")
    assert await desk.planner.inputs.get("weekly") == after
    assert (desk.actions[-1], desk.events[-1].comment) == ("input_set/weekly/1 reject", "F07 is wrong")
    assert (await desk.candidate(demand=101.0)).candidate == 3


async def test_an_author_withdraws_without_being_an_approver() -> None:
    desk = Desk()
    author = an_actor("pia", Role.PLANNER)
    await desk.candidate(actor=author)
    with pytest.raises(ForbiddenError, match="kim is neither an approver nor an author"):
        await desk.planner.inputs.reject("weekly@1", actor=an_actor("kim", Role.PLANNER, Role.ADMIN), comment="no")
    after = await desk.planner.inputs.reject("weekly@1", actor=author, comment="mistyped")
    assert after.candidate is None


async def test_what_cannot_be_rejected_leaves_no_trace() -> None:
    desk = Desk()
    await desk.live()
    await desk.candidate(demand=101.0)
    before = desk.kept()
    refusals: list[tuple[str, str | None, type[PlanvaultError], str]] = [
        ("weekly", "no", InvalidRequestError, "weekly alone does not say which revision is rejected"),
        ("weekly@2", None, InvalidRequestError, "needs a comment"),
        ("weekly@2", "  ", InvalidRequestError, "needs a comment"),
        ("weekly@2", "x" * 2001, InvalidRequestError, "comment has"),
        ("weekly@1", "no", IllegalTransitionError, "weekly@1 is live"),
        ("weekly@3", "no", NotFoundError, "weekly@3"),
        ("monthly@1", "no", NotFoundError, "monthly"),
    ]
    for reference, said, kind, match in refusals:
        with pytest.raises(kind, match=match):
            await desk.planner.inputs.reject(reference, actor=BEN, comment=said)
    assert desk.kept() == before


async def test_a_revert_brings_back_what_was_replaced_and_is_not_done_twice() -> None:
    desk = Desk()
    await desk.live()
    await desk.live(demand=101.0)
    after = await desk.planner.inputs.revert("weekly@2", actor=BEN, comment="too early")
    assert (after.live, str(after.revision(2).status)) == (1, "reverted")
    before = desk.kept()
    with pytest.raises(IllegalTransitionError, match="weekly@2 is reverted and not live"):
        await desk.planner.inputs.revert("weekly@2", actor=BEN)
    with pytest.raises(ForbiddenError, match="approver"):
        await desk.planner.inputs.revert("weekly", actor=an_actor("kim", Role.PLANNER))
    assert desk.kept() == before
    assert (await desk.planner.inputs.revert("weekly", actor=BEN)).live is None
    assert desk.actions[-2:] == ["input_set/weekly/1 revert"] * 2


async def test_an_archived_label_allows_only_reading_restoring_and_deleting() -> None:
    desk = Desk()
    await desk.live()
    inputs = desk.planner.inputs
    archived = await inputs.archive("weekly", actor=BEN, comment="season is over")
    assert (archived.status, desk.events[-1].comment) == ("archived", "season is over")
    before = desk.kept()
    for move in (
        inputs.submit("weekly@1", actor=AYA),
        inputs.approve_reference("weekly@1", actor=BEN),
        inputs.reject("weekly@1", actor=BEN, comment="no"),
        inputs.revert("weekly", actor=BEN),
        inputs.archive("weekly", actor=BEN),
        inputs.adopt_reference("weekly@1", actor=BEN),
        desk.candidate(demand=7.0),
    ):
        with pytest.raises(IllegalTransitionError, match="archived"):
            await move
    assert desk.kept() == before
    assert (await inputs.restore("weekly", actor=BEN)).status == "ready"
    with pytest.raises(IllegalTransitionError, match="not archived"):
        await inputs.restore("weekly", actor=BEN)
    assert desk.actions[-2:] == ["input_set/weekly/1 archive", "input_set/weekly/1 restore"]


@pytest.mark.parametrize("verb", ["archive", "restore", "delete"])
async def test_what_is_about_a_label_takes_no_revision(verb: str) -> None:
    desk = Desk()
    await desk.live()
    with pytest.raises(InvalidRequestError, match="weekly@1 names one revision") as caught:
        await getattr(desk.planner.inputs, verb)("weekly@1", actor=BEN)
    assert caught.value.remedy == "Write weekly alone."


async def test_a_legacy_set_becomes_live_by_an_approvers_own_decision() -> None:
    desk = Desk()
    await legacy(desk)
    after = await desk.planner.inputs.adopt("old", revision=1, content_hash=HASH, actor=BEN, comment="as it was")
    assert (after.live, [approval.actor for approval in after.revision(1).approvals]) == (1, ["ben"])
    assert (desk.actions[-1], desk.events[-1].comment) == ("input_set/old/1 adopt", "as it was")
    (checkpoint,) = desk.store.state.checkpoints.values()
    assert (checkpoint.position, checkpoint.reason) == (desk.events[-1].position, "adopt old@1")


async def test_an_adoption_is_one_of_the_approvals_that_are_needed() -> None:
    desk = Desk(policy=ApprovalPolicy(approvals_required=2))
    await legacy(desk)
    assert (await desk.planner.inputs.adopt_reference("old", content_hash=HASH, actor=BEN)).live is None
    assert (await desk.planner.inputs.approve_reference("old@1", actor=CID)).live == 1


async def test_what_cannot_be_adopted_leaves_no_trace() -> None:
    desk = Desk()
    await legacy(desk)
    await desk.candidate("weekly")
    before = desk.kept()
    inputs = desk.planner.inputs
    for move, kind, match in (
        (
            inputs.adopt_reference("old", actor=BEN),
            InvalidRequestError,
            "old alone does not say which content is adopted",
        ),
        (inputs.adopt_reference("old@1", actor=Actor.asserted("Olga")), FourEyesError, "Olga wrote old@1"),
        (inputs.adopt_reference("old@1", content_hash="0" * 64, actor=BEN), ConflictError, "not what would be"),
        (inputs.adopt_reference("old@1", actor=an_actor("kim", Role.PLANNER)), ForbiddenError, "approver"),
        (inputs.adopt_reference("weekly@1", actor=BEN), IllegalTransitionError, "did not come from a legacy system"),
    ):
        with pytest.raises(kind, match=match):
            await move
    assert desk.kept() == before


async def test_a_deleted_label_is_gone_and_its_events_stay() -> None:
    desk = Desk()
    await desk.live()
    await desk.candidate(demand=101.0)
    deleted = await desk.planner.inputs.delete("WEEKLY", actor=AYA, comment="a trial run")
    assert (deleted.input_set.live, deleted.tombstone.generation, deleted.tombstone.next_number) == (1, 1, 3)
    assert set(deleted.contents_removed) == {HASH, a_content(demand=101.0).content_hash}
    with pytest.raises(NotFoundError, match="weekly"):
        await desk.planner.inputs.get("weekly")
    assert desk.store.state.contents == {}
    assert desk.actions[-1] == "input_set/weekly/1 delete"
    assert [event.action for event in desk.events if event.stream == "input_set/weekly/1"] == [
        "import",
        "submit",
        "approve",
        "import",
        "delete",
    ]
    with pytest.raises(NotFoundError, match="weekly"):
        await desk.planner.inputs.delete("weekly", actor=AYA)


async def test_an_import_under_a_deleted_label_goes_on_with_its_numbers() -> None:
    desk = Desk()
    await desk.live()
    await desk.planner.inputs.delete("weekly", actor=AYA)
    desk.shelf.content = a_content()
    imported = await desk.planner.inputs.import_files(label="Weekly", actor=BEN, files=[])
    assert (imported.revision.reference, imported.unchanged, imported.input_set.generation) == ("Weekly@2", False, 2)
    assert desk.actions[-1] == "input_set/weekly/2 import"
    await desk.planner.inputs.submit("weekly", actor=BEN)
    assert (await desk.planner.inputs.approve_reference("weekly@2", actor=AYA)).live == 2
    assert [step.reference for step in await desk.planner.inputs.history("weekly")] == ["Weekly@2"]


async def test_a_label_that_a_plan_was_made_from_is_kept() -> None:
    desk = Desk()
    await desk.live()
    for number in range(6):
        await desk.planner.plans.create(input_set="weekly", version_id=f"v{number}", actor=AYA)
        desk.clock.move(minutes=1)
    before = desk.kept()
    with pytest.raises(ConflictError, match="v5, v4, v3, v2, v1 and others were made from it"):
        await desk.planner.inputs.delete("weekly", actor=AYA)
    with pytest.raises(ForbiddenError, match="operator"):
        await desk.planner.inputs.delete("weekly", actor=an_actor("kim", Role.APPROVER))
    assert desk.kept() == before


async def test_a_content_that_another_label_has_too_stays() -> None:
    desk = Desk()
    await desk.live("weekly")
    await desk.live("monthly")
    deleted = await desk.planner.inputs.delete("weekly", actor=AYA)
    assert deleted.contents_removed == ()
    assert await desk.planner.inputs.content("monthly") == a_content()


async def test_a_run_that_failed_keeps_its_words_and_no_inputs() -> None:
    desk = Desk()
    await desk.live()
    plan = await desk.planner.plans.create(input_set="weekly", actor=AYA)
    del desk.store.state.plans[plan.key]
    await desk.planner.inputs.delete("weekly", actor=AYA)
    (run,) = (await desk.planner.runs.list()).items
    assert (run.input_set_label, run.input_revision, run.input_content_hash) == ("weekly", 1, HASH)


@pytest.mark.parametrize("verb", ["reject", "revert", "archive", "delete"])
async def test_a_move_begins_anew_when_the_store_lost_its_footing(verb: str) -> None:
    store = UnsteadyStore(at_commit=True)
    desk = Desk(store=store)
    await desk.live()
    if verb == "reject":
        await desk.candidate(demand=101.0)
    store.errors = [out_of_reach(), None]
    reference, said = {"reject": ("weekly@2", "no")}.get(verb, ("weekly", "no"))
    await getattr(desk.planner.inputs, verb)(reference, actor=BEN, comment=said)
    assert desk.actions.count(f"input_set/weekly/1 {verb}") == 1


@pytest.mark.parametrize("verb", ["reject", "revert", "archive", "restore", "adopt_reference", "delete"])
async def test_a_store_for_verified_actors_believes_no_mere_name(verb: str) -> None:
    desk = Desk()
    await desk.live()
    desk.verified_only = True
    reference = "weekly@1" if verb in {"reject", "adopt_reference"} else "weekly"
    with pytest.raises(UnauthenticatedError, match="ben is only a name"):
        await getattr(desk.planner.inputs, verb)(reference, actor=BEN, comment="no")


async def test_the_history_tells_what_was_live_since_when_and_by_whom() -> None:
    desk = Desk(policy=ApprovalPolicy(approvals_required=2))
    inputs = desk.planner.inputs
    assert await _live_by(desk, 100.0, "seen") == 1
    assert await _live_by(desk, 101.0, None) == 2
    desk.clock.move(hours=1)
    await inputs.revert("weekly@2", actor=BEN, comment="too early")
    steps = await inputs.history("WEEKLY")
    assert [(step.pointer.sequence, step.reference) for step in steps] == [
        (3, "weekly@1"),
        (2, "weekly@2"),
        (1, "weekly@1"),
    ]
    assert [step.content_hash for step in steps] == [HASH, a_content(demand=101.0).content_hash, HASH]
    said = [(step.move.action, step.move.actor, step.move.comment) for step in steps if step.move is not None]
    assert said == [("revert", "ben", "too early"), ("approve", "cid", None), ("approve", "cid", "seen")]
    assert steps[0].pointer.since == desk.clock.now() > steps[1].pointer.since > steps[2].pointer.since
    with pytest.raises(NotFoundError, match="monthly"):
        await inputs.history("monthly")


async def _live_by(desk: Desk, demand: float, said: str | None) -> int | None:
    """Submitted by Aya, approved by Ben and then, an hour later, by Cid."""
    known = await desk.submitted(demand=demand)
    await desk.planner.inputs.approve_reference(f"weekly@{known.candidate}", actor=BEN)
    desk.clock.move(hours=1)
    after = await desk.planner.inputs.approve_reference(f"weekly@{known.candidate}", actor=CID, comment=said)
    return after.live


async def test_whom_sets_wait_for_is_asked_under_the_policy_in_force() -> None:
    desk = Desk()
    await desk.submitted()
    asked = InputSetFilter(awaiting="aya")
    assert (await desk.planner.inputs.list(asked)).items == []
    desk.policy = ApprovalPolicy(allow_self_approval=True)
    assert [known.label for known in (await desk.planner.inputs.list(asked)).items] == ["weekly"]


async def test_the_newest_sets_come_with_a_number_that_stays_their_own() -> None:
    desk = Desk()
    await desk.live("weekly")
    desk.clock.move(hours=1)
    await desk.candidate("monthly")
    placed = await desk.planner.inputs.newest(limit=5)
    assert [one.input_set.label for one in placed] == ["monthly", "weekly"]
    first = {event.subject: event.position for event in reversed(desk.events)}
    assert [one.position for one in placed] == [first["input_set/monthly"], first["input_set/weekly"]]
