from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.adapters.engine.rounding import Rounding, distribute_decimal, distribute_int, rounded


def test_the_largest_fraction_takes_the_whole_residue() -> None:
    ratios = [5, 7, 7, 7, 5]

    assert distribute_int([60 * ratio / 31 for ratio in ratios], 60) == [12, 13, 13, 13, 9]


def test_a_residue_that_its_cap_cannot_take_goes_to_the_next_largest_fraction() -> None:
    assert distribute_int([1.9, 1.6, 1.1], 6, [2, 3, 5]) == [2, 3, 1]


def test_equal_fractions_keep_their_order() -> None:
    assert distribute_int([2.5, 2.5, 2.5], 8) == [4, 2, 2]


def test_what_is_too_much_is_taken_from_the_smallest_fraction_first() -> None:
    assert distribute_int([3.9, 3.1, 3.5], 7) == [3, 1, 3]


def test_caps_below_the_target_bound_the_sum() -> None:
    assert distribute_int([5.0, 5.0], 10, [2, 3]) == [2, 3]


def test_negative_values_count_as_nothing() -> None:
    assert distribute_int([-4.0, 2.0], 2) == [0, 2]


@pytest.mark.parametrize(("mode", "expected"), [("none", 2.345679), ("int", 2.0), ("dec1", 2.3), ("dec2", 2.35)])
def test_each_round_mode_cuts_to_its_decimals(mode: str, expected: float) -> None:
    assert Rounding(mode).number(2.3456789) == expected


@pytest.mark.parametrize(("value", "expected"), [(0.5, 0.0), (1.5, 2.0), (2.5, 2.0)])
def test_halves_round_to_even(value: float, expected: float) -> None:
    assert Rounding("int").number(value) == expected


def test_no_number_is_a_negative_zero() -> None:
    assert math.copysign(1.0, rounded(-1e-9)) == 1.0


def test_decimal_parts_leave_the_residue_to_the_last() -> None:
    assert distribute_decimal([10 / 3] * 3, 10.0, 1) == [3.3, 3.3, 3.4]


def test_a_residue_below_nothing_is_taken_from_the_parts_before_the_last() -> None:
    assert distribute_decimal([0.06] * 5, 0.3, 1) == [0.1, 0.1, 0.1, 0.0, 0.0]


def test_a_residue_above_the_last_cap_goes_to_the_parts_before_it() -> None:
    parts = distribute_decimal([0.35] * 4, 1.4, 1, caps=[0.4, 0.4, 0.4, 0.3])

    assert parts == [0.3, 0.4, 0.4, 0.3]


@given(st.lists(st.tuples(st.floats(-5, 1e6), st.integers(0, 10**6)), min_size=1, max_size=20), st.integers(0, 10**6))
def test_whole_parts_sum_to_the_target_as_far_as_caps_allow(pairs: list[tuple[float, int]], target: int) -> None:
    values, caps = [value for value, _ in pairs], [cap for _, cap in pairs]

    parts = distribute_int(values, target, caps)

    assert sum(parts) == min(target, sum(caps))
    assert all(0 <= part <= cap for part, cap in zip(parts, caps, strict=True))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.integers(0, 10**7), st.sampled_from([1, 2, 6]))
def test_decimal_parts_sum_to_the_total_and_are_never_negative(weights: list[float], units: int, digits: int) -> None:
    total = rounded(units / 10**digits, digits)
    whole = sum(weights) or 1.0

    parts = distribute_decimal([total * weight / whole for weight in weights], total, digits)

    assert rounded(math.fsum(parts), digits) == total
    assert min(parts) >= 0
