"""Amounts that add up, whatever the totals are."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.inputs.parting import InputPart
from planvault.domain.plans.explanation import Amounts, Cause, growth, is_nothing, remainder

TOTALS = st.floats(allow_nan=False, allow_infinity=False) | st.none()
TWO = st.tuples(TOTALS, TOTALS)


@given(TWO, TWO, st.lists(TWO))
def test_parts_and_what_is_left_are_the_whole_without_a_rest(
    before: tuple[float | None, ...], after: tuple[float | None, ...], alone: list[tuple[float | None, ...]]
) -> None:
    whole = growth({"det": before}, {"det": after})
    parts: list[Amounts] = [growth({"det": before}, {"det": values}) for values in alone]
    left = remainder(whole, parts)
    for place, amount in enumerate(whole["det"]):
        assert sum((part["det"][place] for part in parts), left["det"][place]) == amount
    assert is_nothing(remainder(whole, [*parts, left]))


def test_a_total_is_the_number_that_it_shows() -> None:
    assert growth({"det": (0.1, None)}, {"det": (0.3, 5.0)}) == {"det": (Fraction(1, 5), Fraction(5))}
    assert not is_nothing({"det": (Fraction(0), Fraction(1, 10**30))})


def test_parts_of_inputs_are_causes_in_the_same_order() -> None:
    assert [Cause(part) for part in InputPart] == list(Cause)[: len(InputPart)]
