from __future__ import annotations

from planvault.domain.inputs.history import LabelPointer, PointingMove, moves_of
from planvault.testing.clocks import NOON


def move(action: str, *, live: bool | int | None = None, actor: str = "ben") -> PointingMove:
    return PointingMove(action=action, live=live, actor=actor, verification="asserted", comment=None)


def pointers(*lives: int | None) -> list[LabelPointer]:
    return [LabelPointer(sequence=number, live=live, since=NOON) for number, live in enumerate(lives, start=1)]


def test_each_pointer_has_the_move_that_left_it() -> None:
    moves = [
        move("import"),
        move("submit"),
        move("approve", live=False, actor="cid"),
        first := move("approve", live=True),
        move("archive"),
        taken_back := move("revert"),
        adopted := move("adopt", live=True),
        to_the_first := move("revert", live=1),
    ]
    assert moves_of(pointers(1, None, 2, 1), moves) == [first, taken_back, adopted, to_the_first]


def test_a_pointer_that_no_event_tells_of_has_no_move() -> None:
    last = move("approve", live=True)
    assert moves_of(pointers(1, 2), [last]) == [None, last]


def test_a_label_that_never_pointed_anywhere_has_no_moves() -> None:
    assert moves_of([], [move("import")]) == []
