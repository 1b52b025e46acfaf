from __future__ import annotations

from collections.abc import Sequence

import pytest

from planvault.domain.shared.events import Checkpoint
from planvault.domain.storage.rebuild import LeftOut, Positions, used_checkpoints, used_positions
from planvault.testing.clocks import NOON


@pytest.mark.parametrize(
    ("found", "mirrored", "used"),
    [
        ([], 0, Positions(last=0, missing=[], beyond=0)),
        ([1, 2, 3], 3, Positions(last=3, missing=[], beyond=0)),
        ([1, 2, 3, 4], 3, Positions(last=4, missing=[], beyond=0)),
        ([3, 1, 2, 5, 6], 3, Positions(last=3, missing=[], beyond=2)),
        ([1, 2, 3, 4, 6], 3, Positions(last=4, missing=[], beyond=1)),
        ([1, 3], 3, Positions(last=3, missing=[2], beyond=0)),
        ([1, 2], 3, Positions(last=2, missing=[3], beyond=0)),
        ([1, 2, 4], 3, Positions(last=4, missing=[3], beyond=0)),
        ([2], 0, Positions(last=0, missing=[], beyond=1)),
    ],
)
def test_events_are_used_up_to_where_the_mirror_was_whole_and_on_without_a_gap(
    found: Sequence[int], mirrored: int, used: Positions
) -> None:
    assert used_positions(found, mirrored) == used


def test_a_checkpoint_over_events_that_are_left_out_is_left_out() -> None:
    taken = [
        Checkpoint(
            number=number,
            position=position,
            stream_count=1,
            recorded_at=NOON,
            reason="test",
            previous_hash="",
            hash="",
        )
        for number, position in ((1, 4), (2, 9))
    ]
    assert used_checkpoints(taken, 9) == taken
    assert used_checkpoints(taken, 8) == taken[:1]


def test_what_is_left_out_says_its_kind_name_and_reason() -> None:
    assert LeftOut(kind="label", name="weekly", reason="It is gone.").line == "label weekly: It is gone."
