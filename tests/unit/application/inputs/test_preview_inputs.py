from __future__ import annotations

import pytest

from planvault.application.difference_presentation import difference_fields
from planvault.application.preview_presentation import preview_fields
from planvault.domain.access.policy import ApprovalPolicy
from planvault.domain.errors import IllegalTransitionError, InvalidRequestError, NotFoundError
from planvault.testing.builders import AYA, BEN, a_content, an_actor
from tests.unit.application.desk import Desk


async def test_an_author_sees_what_the_candidate_changes_and_who_may_not_approve_it() -> None:
    desk = Desk(policy=ApprovalPolicy(approvals_required=2))
    await desk.submitted()
    for approver in (BEN, an_actor("cid", *BEN.roles)):
        await desk.planner.inputs.approve_reference("weekly@1", actor=approver)
    await desk.candidate(demand=105.0)
    await desk.candidate(actor=an_actor("Dan", *AYA.roles), demand=101.0)

    preview = await desk.planner.inputs.preview("weekly")

    assert preview.revision.reference == "weekly@3"
    assert preview.authors == ("aya", "Dan")
    assert (preview.next_step, preview.approvals, preview.approvals_missing) == ("submit", 0, 2)
    assert preview.difference.previous is not None
    assert preview.difference.previous.reference == "weekly@1"
    assert preview_fields(preview) == {
        "reference": "weekly@3",
        "status": "draft",
        "content_hash": a_content(demand=101.0).content_hash,
        "row_counts": a_content().row_counts,
        "authors": ["aya", "Dan"],
        "may_not_approve": ["aya", "Dan"],
        "policy": {"approvals_required": 2, "allow_self_approval": False},
        "approvals": {"given": 0, "missing": 2},
        "next": "submit",
        "difference": difference_fields(await desk.planner.inputs.diff("weekly@3", rows=5)),
    }


async def test_after_the_submission_approvals_are_counted() -> None:
    desk = Desk(policy=ApprovalPolicy(approvals_required=2))
    await desk.submitted()
    await desk.planner.inputs.approve_reference("weekly@1", actor=BEN)
    preview = await desk.planner.inputs.preview("weekly")
    assert (preview.next_step, preview.approvals, preview.approvals_missing) == ("approve", 1, 1)
    assert preview.difference.previous is None


async def test_where_authors_may_approve_nobody_is_barred() -> None:
    desk = Desk(policy=ApprovalPolicy(allow_self_approval=True))
    await desk.candidate()
    shown = preview_fields(await desk.planner.inputs.preview("weekly"))
    assert (shown["authors"], shown["may_not_approve"]) == (["aya"], [])


async def test_without_a_candidate_there_is_nothing_to_preview() -> None:
    desk = Desk()
    await desk.live()
    with pytest.raises(IllegalTransitionError, match="has no candidate"):
        await desk.planner.inputs.preview("weekly")
    with pytest.raises(NotFoundError, match="monthly"):
        await desk.planner.inputs.preview("monthly")
    with pytest.raises(InvalidRequestError):
        await desk.planner.inputs.preview("weekly", rows=-1)
