"""What is spread adds up to what was to be spread, whatever the weights and the rounding."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.errors import InvalidRequestError
from planvault.domain.plans.editing.distribution import Rounding, RoundMode, spread
from planvault.domain.plans.editing.overlay import rescaled

amounts = st.floats(min_value=-1e9, max_value=1e9).map(lambda value: round(value, 6) + 0.0)
weights = st.lists(st.floats(min_value=-10, max_value=1e6), min_size=1, max_size=30)
steps = st.sampled_from([0.01, 0.1, 0.25, 1.0, 5.0, 12.0])
roundings = st.none() | st.builds(Rounding, step=steps, mode=st.sampled_from(RoundMode))


@given(amounts, weights, roundings)
def test_nothing_is_lost_and_nothing_comes_from_nowhere(
    total: float, fair: list[float], rounding: Rounding | None
) -> None:
    total = max(-1e6, min(1e6, total)) if rounding is not None else total
    parts = spread(total, fair, rounding)
    assert len(parts) == len(fair)
    assert math.fsum(parts) == total


@given(st.integers(0, 100_000), weights, steps, st.sampled_from(RoundMode))
def test_rounded_parts_are_steps_but_for_the_one_that_takes_the_rest(
    steps_in_all: int, fair: list[float], step: float, mode: RoundMode
) -> None:
    parts = spread(float(steps_in_all * Fraction(str(step))), fair, Rounding(step=step, mode=mode))
    odd = [part for part in parts if abs(part / step - round(part / step)) > 1e-6]
    assert odd == []
    assert all(part >= 0 for part in parts)


def test_parts_follow_the_weights() -> None:
    assert spread(100, [1, 3]) == [25, 75]
    assert spread(90, [0, 0, 0]) == [30, 30, 30]
    assert spread(10, [-5, 5]) == [0, 10]
    assert spread(10, []) == []
    assert spread(10, [1, 1, 1], Rounding(step=1)) == [4, 3, 3]
    assert spread(10.5, [1, 1], Rounding(step=1, mode=RoundMode.FLOOR)) == [5.5, 5]
    assert spread(10, [3, 3, 1], Rounding(step=1, mode=RoundMode.CEIL)) == [4, 4, 2]
    assert spread(1, [1, 1], Rounding(step=5)) == [1, 0]


@given(st.lists(amounts, min_size=1, max_size=6), amounts)
def test_rescaled_parts_add_up(parts: list[float], total: float) -> None:
    assert math.fsum(rescaled(parts, total)) == total


def test_a_step_is_a_positive_number() -> None:
    for step in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(InvalidRequestError, match="above 0"):
            Rounding(step=step)
