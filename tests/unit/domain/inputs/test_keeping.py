from __future__ import annotations

from dataclasses import replace

import pytest

from planvault.domain.access.actor import Actor, Role
from planvault.domain.errors import ConflictError, ForbiddenError, FourEyesError, IllegalTransitionError, NotFoundError
from planvault.domain.inputs.input_set import InputSet, new_input_set
from planvault.domain.inputs.keeping import LabelTombstone
from planvault.domain.shared.ids import Label, VersionId
from planvault.testing.builders import AYA, BEN, an_actor
from planvault.testing.clocks import NOON
from tests.unit.domain.inputs.stages import (
    CID,
    DAN,
    LATER,
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
    submitted,
)
from tests.unit.domain.inputs.test_input_set_moves import STATES

OPERATOR = an_actor("olga", Role.OPERATOR)


def plans(*names: str) -> list[VersionId]:
    return [VersionId(name) for name in names]


@pytest.mark.parametrize("state", STATES)
def test_a_label_can_be_deleted_whatever_its_standing(state: str) -> None:
    known = STATES[state]()
    tombstone, event = known.delete(actor=OPERATOR, at=LATER, plans=[], comment="no longer used")
    assert tombstone == LabelTombstone(
        label=Label("weekly"), generation=1, next_number=known.next_number, deleted_at=LATER
    )
    draft = event.draft()
    assert (draft.stream, draft.action, draft.comment) == ("input_set/weekly/1", "delete", "no longer used")
    assert draft.details == {
        "revision": None,
        "content_hash": None,
        "generation": 1,
        "revisions": len(known.revisions),
        "content_hashes": [X, Y][: len(known.revisions)],
        "next_number": known.next_number,
    }


def test_only_an_operator_deletes() -> None:
    with pytest.raises(ForbiddenError, match="lacks the role operator"):
        live(empty(), X).delete(actor=an_actor("kim", *(set(Role) - {Role.OPERATOR})), at=LATER, plans=[])


@pytest.mark.parametrize(
    ("referring", "says"),
    [
        (plans("v1"), "weekly cannot be deleted: v1 was made from it"),
        (plans("v2", "v1"), "v2, v1 were made from it"),
        (plans(*"abcde"), "a, b, c, d, e were made from it"),
        (plans(*"abcdef"), "a, b, c, d, e and others were made from it"),
    ],
)
def test_a_label_that_plans_refer_to_is_kept(referring: list[VersionId], says: str) -> None:
    with pytest.raises(ConflictError, match=says) as caught:
        live(empty(), X).delete(actor=OPERATOR, at=LATER, plans=referring)
    assert caught.value.remedy == "Archive it instead: planvault inputs archive weekly."
    assert caught.value.params == {"label": "weekly", "plans": referring[:5]}


def test_the_next_life_of_a_label_goes_on_with_its_numbers() -> None:
    tombstone, _ = live(live(empty(), X), Y).delete(actor=OPERATOR, at=LATER, plans=[])
    again = brought(new_input_set(Label("Weekly"), config_version_id=2, at=LATER, tombstone=tombstone), X, CID)
    assert (again.generation, again.candidate, again.next_number) == (2, 3, 4)
    assert again.authors_of(3) == {"cid"}
    live_again = said_yes(again.submit(3, actor=CID, at=LATER)[0], AYA)
    assert (live_again.live, live_again.revision(3).replaced) == (3, None)
    assert reverted(live_again).live is None
    with pytest.raises(NotFoundError, match="Weekly@1"):
        live_again.revision(1)
    second, event = live_again.delete(actor=OPERATOR, at=LATER, plans=[])
    assert (second.generation, second.next_number, event.draft().stream) == (2, 4, "input_set/weekly/2")


def test_contents_are_named_once_in_order_of_their_first_revision() -> None:
    assert live(live(live(empty(), Y), X), Y).content_hashes == (Y, X)


def test_a_revert_can_name_what_it_takes_back() -> None:
    known = live(live(live(empty(), X), Y), Z)
    after, _ = known.revert(3, actor=BEN, at=LATER)
    assert after.live == 2
    with pytest.raises(IllegalTransitionError, match="weekly@3 is reverted and not live"):
        after.revert(3, actor=BEN, at=LATER)
    with pytest.raises(NotFoundError, match="weekly@9"):
        after.revert(9, actor=BEN, at=LATER)
    assert after.revert(2, actor=BEN, at=LATER)[0].live == 1


def test_what_is_live_is_reverted_and_not_rejected() -> None:
    with pytest.raises(IllegalTransitionError, match="weekly@1 is live") as caught:
        live(empty(), X).reject(1, actor=BEN, at=LATER, comment="no", policy=ONE)
    assert caught.value.remedy == "Take it back: planvault inputs revert weekly@1."


AWAITED: dict[str, tuple[InputSet, str]] = {
    "a draft waits for nobody": (brought(empty(), X), ""),
    "submitted, for all but its author": (submitted(empty(), X), "ben cid dan"),
    "not for the author of what it builds on": (submitted(brought(live(empty(), X), Y, CID), Z), "ben dan"),
    "for an author of what is live already": (submitted(live(empty(), X, author=CID, approver=AYA), Y), "ben cid dan"),
    "not for who brought that content once": (
        submitted(live(live(empty(), X, author=DAN), Y), X, AYA),
        "ben cid",
    ),
    "not for who said yes": (said_yes(submitted(empty(), X), CID, policy=TWO), "ben dan"),
    "live waits for nobody": (live(empty(), X), ""),
    "rejected waits for nobody": (rejected(submitted(empty(), X)), ""),
    "archived waits for nobody": (live(empty(), X).archive(actor=BEN, at=NOON)[0], ""),
}


@pytest.mark.parametrize("case", AWAITED)
def test_a_candidate_waits_for_whoever_could_approve_it(case: str) -> None:
    known, names = AWAITED[case]
    assert [name for name in ("aya", "ben", "cid", "dan") if known.awaits(name.upper(), ONE)] == names.split()
    for name in ("aya", "ben", "cid", "dan"):
        assert could_approve(known, name) is (name in names.split()), name


def could_approve(known: InputSet, name: str) -> bool:
    try:
        said_yes(known, Actor.asserted(name))
    except (FourEyesError, IllegalTransitionError):
        return False
    return True


def test_where_authors_may_approve_a_candidate_waits_for_them_too() -> None:
    assert submitted(empty(), X).awaits("aya", replace(ONE, allow_self_approval=True))
