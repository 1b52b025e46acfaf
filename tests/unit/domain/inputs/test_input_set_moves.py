from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from planvault.domain.access.actor import Role
from planvault.domain.errors import (
    ForbiddenError,
    IllegalTransitionError,
)
from planvault.domain.inputs.event import input_set_stream
from planvault.domain.inputs.input_set import InputSet
from planvault.domain.inputs.revision import RevisionStatus
from planvault.testing.builders import BEN, an_actor
from planvault.testing.clocks import NOON
from tests.unit.domain.inputs.stages import (
    CID,
    LATER,
    MOVES,
    ONE,
    X,
    Y,
    brought,
    empty,
    live,
    rejected,
    reverted,
    submitted,
)

STATES: dict[str, Callable[[], InputSet]] = {
    "draft": lambda: brought(empty(), X),
    "submitted": lambda: submitted(empty(), X),
    "ready": lambda: live(empty(), X),
    "rejected": lambda: rejected(submitted(empty(), X)),
    "superseded before approval": lambda: brought(brought(empty(), X), Y),
    "superseded by the next": lambda: live(live(empty(), X), Y),
    "reverted": lambda: reverted(live(empty(), X)),
    "archived": lambda: live(empty(), X).archive(actor=BEN, at=LATER)[0],
}
ALLOWED = {
    "draft": {"bring", "submit", "reject"},
    "submitted": {"bring", "approve", "reject"},
    "ready": {"bring", "revert", "archive"},
    "rejected": {"bring", "archive"},
    "superseded before approval": {"bring"},
    "superseded by the next": {"bring", "revert", "archive"},
    "reverted": {"bring", "archive"},
    "archived": {"restore"},
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("state", STATES)
def test_each_state_allows_its_moves_and_refuses_the_others(state: str, move: str) -> None:
    known = STATES[state]()
    if move in ALLOWED[state]:
        after, *_, event = MOVES[move](known, CID)
        assert after != known
        assert (event.action, event.actor, event.label) == ("import" if move == "bring" else move, CID, "weekly")
    else:
        with pytest.raises(IllegalTransitionError):
            MOVES[move](known, CID)


ROLES = {
    "bring": ("ready", Role.PLANNER),
    "submit": ("draft", Role.PLANNER),
    "approve": ("submitted", Role.APPROVER),
    "revert": ("ready", Role.APPROVER),
    "archive": ("ready", Role.APPROVER),
    "restore": ("archived", Role.APPROVER),
    "adopt": ("draft", Role.APPROVER),
}


@pytest.mark.parametrize(("move", "state", "role"), [(move, *needs) for move, needs in ROLES.items()])
def test_a_move_needs_its_role_and_no_other_helps(move: str, state: str, role: Role) -> None:
    known = STATES[state]()
    with pytest.raises(ForbiddenError, match=f"lacks the role {role}"):
        MOVES[move](known, an_actor("kim", *(set(Role) - {role})))
    if move != "adopt":
        MOVES[move](known, an_actor("kim", role))


@pytest.mark.parametrize(
    ("state", "expected"),
    [(state, state in {"ready", "superseded by the next", "reverted", "archived"}) for state in STATES],
)
def test_a_set_knows_which_revisions_were_live_once(state: str, expected: bool) -> None:
    assert STATES[state]().was_live(1) is expected


ALLOWED_STATUS_MOVES = {
    ("draft", "submitted"),
    ("draft", "rejected"),
    ("draft", "superseded"),
    ("submitted", "ready"),
    ("submitted", "rejected"),
    ("submitted", "superseded"),
    ("ready", "superseded"),
    ("ready", "reverted"),
    ("superseded", "ready"),
}


@pytest.mark.parametrize("status", RevisionStatus)
@pytest.mark.parametrize("wanted", RevisionStatus)
def test_a_revision_moves_by_one_table(status: RevisionStatus, wanted: RevisionStatus) -> None:
    revision = replace(brought(empty(), X).revision(1), status=status)
    if (status, wanted) in ALLOWED_STATUS_MOVES:
        assert revision.moved_to(wanted).status is wanted
    else:
        with pytest.raises(IllegalTransitionError, match=f"weekly@1 is {status} and cannot become {wanted}"):
            revision.moved_to(wanted)


def test_events_of_a_label_used_again_go_to_another_stream() -> None:
    assert input_set_stream("Weekly", 1) == input_set_stream("weekly", 1) == "input_set/weekly/1"
    assert input_set_stream("weekly", 2) != input_set_stream("weekly", 1)


def test_a_draft_event_carries_revision_and_hash() -> None:
    _, event = submitted(empty(), X).approve(1, X, actor=BEN, policy=ONE, at=LATER, comment="seen")
    draft = event.draft()
    assert (draft.stream, draft.subject, draft.action) == ("input_set/weekly/1", "input_set/weekly", "approve")
    assert (draft.details["revision"], draft.details["content_hash"], draft.details["live"]) == (1, X, True)


def test_every_move_says_when_it_was() -> None:
    assert brought(empty(), X).updated_at == LATER
    assert empty().updated_at == NOON
