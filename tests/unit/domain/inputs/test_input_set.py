from __future__ import annotations

import pytest

from planvault.domain.access.actor import Actor, Role
from planvault.domain.access.policy import ApprovalPolicy
from planvault.domain.errors import (
    ConflictError,
    ForbiddenError,
    FourEyesError,
    IllegalTransitionError,
    InputSetMissingError,
    InvalidRequestError,
    NotFoundError,
)
from planvault.testing.builders import AYA, BEN, an_actor
from tests.unit.domain.inputs.stages import (
    CID,
    DAN,
    LATER,
    MOVES,
    ONE,
    TWO,
    X,
    Y,
    Z,
    brought,
    empty,
    live,
    rejected,
    reverted,
    said_yes,
    statuses,
    submitted,
)

# Importing ------------------------------------------------------------------------------------------------------------


def test_the_first_import_makes_a_draft_candidate_and_nothing_live() -> None:
    after, revision, event = empty().bring(X, actor=AYA, at=LATER, source="csv", row_counts={"items": 3})
    assert (after.candidate, after.live, after.next_number, after.status) == (1, None, 2, "draft")
    assert (revision.reference, revision.status, revision.authors) == ("weekly@1", "draft", ("aya",))
    assert event is not None
    assert (event.revision, event.content_hash) == (1, X)
    assert event.details == {"source": "csv", "rows": {"items": 3}, "superseded": None, "title": None}
    with pytest.raises(InputSetMissingError, match="nothing was approved"):
        _ = after.live_revision


def test_a_newer_import_supersedes_the_candidate_and_leaves_the_live_one() -> None:
    known = brought(submitted(live(empty(), X), Y), Z)
    assert statuses(known) == ["ready", "superseded", "draft"]
    assert (known.live, known.candidate) == (1, 3)


def test_another_title_alone_is_kept_and_told() -> None:
    known = brought(empty(), X)
    after, revision, event = known.bring(X, actor=AYA, at=LATER, source="csv", row_counts={}, title="Week 47")
    assert (after.title, after.next_number, revision) == ("Week 47", known.next_number, known.revision(1))
    assert event is not None
    assert event.details == {"unchanged": True, "title": "Week 47"}
    assert after.bring(X, actor=AYA, at=LATER, source="csv", row_counts={}, title="Week 47")[2] is None


def test_the_same_content_by_the_same_author_is_no_event() -> None:
    known = brought(empty(), X)
    after, revision, event = known.bring(X, actor=Actor.asserted("AYA"), at=LATER, source="csv", row_counts={})
    assert (after, revision, event) == (known, known.revision(1), None)


def test_the_same_content_by_somebody_else_makes_them_an_author() -> None:
    after, revision, event = brought(empty(), X).bring(X, actor=CID, at=LATER, source="api", row_counts={})
    assert (after.next_number, revision.authors) == (2, ("aya", "cid"))
    assert event is not None
    assert (event.revision, event.details) == (1, {"unchanged": True, "title": None})


def test_content_equal_to_the_live_one_is_unchanged_only_without_a_candidate() -> None:
    known = live(empty(), X)
    assert brought(known, X, CID).candidate is None
    assert brought(known, X, CID).revision(1).authors == ("aya", "cid")
    assert statuses(brought(brought(known, Y), X)) == ["ready", "superseded", "draft"]


def test_rejected_or_reverted_content_may_return_under_a_new_number() -> None:
    assert statuses(brought(rejected(submitted(empty(), X)), X)) == ["rejected", "draft"]
    assert statuses(brought(reverted(live(empty(), X)), X)) == ["reverted", "draft"]


# Approving ------------------------------------------------------------------------------------------------------------


def test_the_approval_makes_the_candidate_live_and_supersedes_the_one_before() -> None:
    known, event = submitted(live(empty(), X), Y).approve(2, Y, actor=BEN, policy=ONE, at=LATER, comment="seen")
    assert (known.live, known.candidate, known.status) == (2, None, "ready")
    assert statuses(known) == ["superseded", "ready"]
    assert known.live_revision.replaced == 1
    approval = known.revision(2).approvals[0]
    assert (approval.actor, approval.comment) == ("ben", "seen")
    assert event.details == {
        "approvals": 1,
        "policy": ONE.as_fields(),
        "signature": approval.signature,
        "live": True,
    }


def test_of_two_approvals_the_second_makes_live() -> None:
    first = said_yes(submitted(empty(), X), BEN, policy=TWO)
    assert (first.live, first.candidate, statuses(first)) == (None, 1, ["submitted"])
    with pytest.raises(IllegalTransitionError, match="BEN approved weekly@1 already"):
        said_yes(first, Actor.asserted("BEN"), policy=TWO)
    assert said_yes(first, CID, policy=TWO).live == 1


def test_the_importer_cannot_approve_in_whatever_case_they_write_their_name() -> None:
    for name in ("aya", "Aya", "\uff21\uff39\uff21"):
        with pytest.raises(FourEyesError, match=r"wrote weekly@1.*not by an author"):
            said_yes(submitted(empty(), X), Actor.asserted(name))


def test_the_importer_of_any_candidate_since_the_live_one_is_an_author() -> None:
    known = submitted(brought(live(empty(), X), Y, CID), Z, AYA)
    with pytest.raises(FourEyesError):
        said_yes(known, CID)
    assert known.authors_of(3) == {"aya", "cid"}
    assert said_yes(known, DAN).live == 3


def test_the_importer_of_what_is_live_is_an_author_of_the_next_only_if_they_bring_it() -> None:
    known = submitted(live(empty(), X, author=CID), Y, AYA)
    assert known.authors_of(2) == {"aya"}
    assert said_yes(known, CID).live == 2


def test_without_a_live_revision_all_importers_are_authors() -> None:
    known = submitted(reverted(live(empty(), X, author=CID)), Y, AYA)
    assert known.authors_of(2) == {"aya", "cid"}
    with pytest.raises(FourEyesError):
        said_yes(known, CID)


def test_whoever_brought_the_same_content_long_ago_is_an_author_of_it() -> None:
    known = live(live(empty(), X, author=CID), Y)
    again = submitted(known, X, AYA)
    assert again.authors_of(3) == {"aya", "cid"}
    with pytest.raises(FourEyesError):
        said_yes(again, CID)


def test_an_approver_who_brings_the_same_content_loses_their_approval() -> None:
    known = brought(said_yes(submitted(empty(), X), BEN, policy=TWO), X, BEN)
    after, event = known.approve(1, X, actor=CID, policy=TWO, at=LATER)
    assert (after.live, event.details["approvals"]) == (None, 1)
    with pytest.raises(FourEyesError):
        said_yes(after, BEN, policy=TWO)
    assert said_yes(after, DAN, policy=TWO).live == 1


def test_approvals_do_not_follow_the_content_to_a_new_number() -> None:
    known = said_yes(submitted(empty(), X), BEN, policy=TWO)
    again = submitted(brought(known, Y), X)
    assert again.candidate_revision.approvals == ()
    assert said_yes(again, CID, policy=TWO).live is None


def test_where_the_policy_lets_authors_approve_they_count() -> None:
    policy = ApprovalPolicy(allow_self_approval=True)
    known, event = submitted(empty(), X).approve(1, X, actor=AYA, policy=policy, at=LATER)
    assert known.live == 1
    assert event.details["policy"] == {"approvals_required": 1, "allow_self_approval": True}


def test_an_authors_approval_no_longer_counts_once_the_policy_forbids_it() -> None:
    lax = ApprovalPolicy(approvals_required=2, allow_self_approval=True)
    known = said_yes(submitted(empty(), X), AYA, policy=lax)
    assert said_yes(known, BEN, policy=TWO).live is None


def test_another_content_hash_is_refused_and_both_are_shown() -> None:
    with pytest.raises(ConflictError, match=r"111111111111…, not 222222222222…"):
        submitted(empty(), X).approve(1, Y, actor=BEN, policy=ONE, at=LATER)
    with pytest.raises(ConflictError):
        submitted(empty(), X).approve(1, X[:12], actor=BEN, policy=ONE, at=LATER)


@pytest.mark.parametrize("move", ["submit", "approve", "reject", "adopt"])
def test_a_revision_that_does_not_exist_is_not_found(move: str) -> None:
    with pytest.raises(NotFoundError, match="weekly@1"):
        MOVES[move](empty(), BEN)


# Rejecting, reverting, archiving, adopting ----------------------------------------------------------------------------


def test_a_rejection_ends_the_candidacy_and_leaves_the_live_one() -> None:
    known = rejected(submitted(live(empty(), X), Y))
    assert (known.live, known.candidate, statuses(known)) == (1, None, ["ready", "rejected"])


@pytest.mark.parametrize("comment", [None, ""])
def test_a_rejection_needs_a_comment(comment: str | None) -> None:
    with pytest.raises(InvalidRequestError, match="needs a comment"):
        submitted(empty(), X).reject(1, actor=BEN, at=LATER, comment=comment, policy=ONE)


def test_an_author_may_withdraw_and_a_mere_planner_may_not() -> None:
    known = submitted(empty(), X)
    withdrawn, event = known.reject(1, actor=an_actor("AYA"), at=LATER, comment="typo", policy=ONE)
    assert (statuses(withdrawn), event.comment) == (["rejected"], "typo")
    with pytest.raises(ForbiddenError, match="neither an approver nor an author"):
        known.reject(1, actor=an_actor("kim", Role.PLANNER), at=LATER, comment="no", policy=ONE)


def test_a_revert_brings_back_what_was_first_replaced_on_its_old_approvals() -> None:
    known = live(live(live(empty(), X), Y), Z)
    back = reverted(known)
    assert (back.live, statuses(back)) == (2, ["superseded", "ready", "reverted"])
    assert back.revision(2).approvals == known.revision(2).approvals
    further = reverted(back)
    assert (further.live, statuses(further)) == (1, ["ready", "reverted", "reverted"])
    nothing, event = further.revert(actor=BEN, at=LATER, comment="all wrong")
    assert (nothing.live, nothing.status, statuses(nothing)) == (None, "draft", ["reverted"] * 3)
    assert (event.revision, event.details) == (1, {"live": None})


def test_a_revert_goes_back_past_what_was_reverted_meanwhile() -> None:
    known = live(reverted(live(live(empty(), X), Y)), Z)
    assert (known.live, known.revision(3).replaced) == (3, 1)
    assert reverted(known).live == 1


def test_what_came_back_by_a_revert_can_be_replaced_and_come_back_again() -> None:
    known = live(reverted(live(live(empty(), X), Y)), Z)
    assert statuses(reverted(known)) == ["ready", "reverted", "reverted"]


def test_a_candidate_bars_revert_and_archive_and_is_named() -> None:
    known = submitted(live(empty(), X), Y)
    for move in ("revert", "archive"):
        with pytest.raises(IllegalTransitionError, match="weekly@2 is a candidate"):
            MOVES[move](known, BEN)


def test_an_archived_label_plans_nothing_until_it_is_restored() -> None:
    archived = live(empty(), X).archive(actor=BEN, at=LATER)[0]
    assert archived.status == "archived"
    with pytest.raises(InputSetMissingError, match="is archived"):
        _ = archived.live_revision
    restored = archived.restore(actor=BEN, at=LATER)[0]
    assert (restored.status, restored.live_revision.number) == ("ready", 1)


def test_a_legacy_candidate_can_be_adopted_with_one_of_its_approvals() -> None:
    known = brought(empty(), X, source="legacy")
    adopted, event = known.adopt(1, X, actor=BEN, policy=ONE, at=LATER)
    assert (adopted.live, statuses(adopted), event.action) == (1, ["ready"], "adopt")
    half = known.adopt(1, X, actor=BEN, policy=TWO, at=LATER)[0]
    assert (half.live, statuses(half)) == (None, ["submitted"])
    assert said_yes(half, CID, policy=TWO).live == 1


def test_only_a_legacy_draft_is_adopted_and_never_by_who_brought_it() -> None:
    with pytest.raises(IllegalTransitionError, match="did not come from a legacy system"):
        brought(empty(), X).adopt(1, X, actor=BEN, policy=ONE, at=LATER)
    known = brought(empty(), X, source="legacy")
    with pytest.raises(FourEyesError):
        known.adopt(1, X, actor=AYA, policy=ONE, at=LATER)
    with pytest.raises(ConflictError):
        known.adopt(1, Y, actor=BEN, policy=ONE, at=LATER)
    with pytest.raises(IllegalTransitionError, match="submitted"):
        known.submit(1, actor=AYA, at=LATER)[0].adopt(1, X, actor=BEN, policy=ONE, at=LATER)
