from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.shared.numbers import NumberTextError, finite, number_text, parse_number

floats = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0.0),
        ("-0", 0.0),
        ("+1.50", 1.5),
        ("007", 7.0),
        ("5.", 5.0),
        (".5", 0.5),
        ("-.25", -0.25),
        ("1200.5", 1200.5),
        ("9007199254740992", 2.0**53),
        ("-9007199254740992", -(2.0**53)),
        ("9007199254740992.000", 2.0**53),
        ("0.12345678901234567", 0.12345678901234567),
        ("1234567890123456.7", 1234567890123456.7),
        ("0000000000000000000000001", 1.0),
        ("1.50000000000000000000000", 1.5),
        ("0.00000000000000000000001", 1e-23),
    ],
)
def test_a_plain_decimal_is_read(text: str, value: float) -> None:
    assert parse_number(text) == value
    assert math.copysign(1.0, parse_number(text)) == math.copysign(1.0, value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a number"),
        (".", "not a number"),
        ("-", "not a number"),
        (" 1", "not a number"),
        ("1 ", "not a number"),
        ("1\n", "not a number"),
        ("1_000", "not a number"),
        ("0x10", "not a number"),
        ("--1", "not a number"),
        ("1.2.3", "not a number"),
        ("1/2", "not a number"),
        ("abc", "not a number"),
        ("1,234", "comma"),
        ("1,5", "comma"),
        ("▲100", "not a number"),
        ("(100)", "not a number"),
        ("\uff11\uff12\uff13", "full-width"),
        ("12\uff13", "full-width"),
        ("\u0661", "full-width"),
        ("1e3", "exponent"),
        ("-2.5E-7", "exponent"),
        ("nan", "finite"),
        ("-Infinity", "finite"),
        ("INF", "finite"),
        ("1O0", "letter O or l"),
        ("l2", "letter O or l"),
        ("9007199254740993", "2\\^53"),
        ("-9007199254740993.0", "2\\^53"),
        ("123456789012345678", "2\\^53"),
        ("0.123456789012345678", "18 significant digits"),
        ("12345678901234567.8", "18 significant digits"),
        ("9" * 5000, "2\\^53"),
        ("9" * 5000 + ".5", "5001 significant digits"),
    ],
    ids=lambda text: text[:30],
)
def test_any_other_text_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(NumberTextError, match=why):
        parse_number(text)


@given(floats)
def test_the_text_of_a_number_reads_back_as_the_same_number(value: float) -> None:
    assert float(number_text(value)) == value


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_whole_numbers_are_written_without_a_point_and_are_read_again(value: int) -> None:
    assert number_text(float(value)) == str(value)
    assert parse_number(number_text(value)) == value


@given(floats.filter(lambda value: "e" not in repr(value) and abs(value) <= 2**53))
def test_what_is_written_without_an_exponent_is_read_again(value: float) -> None:
    assert parse_number(number_text(value)) == value


@given(floats, floats)
def test_different_numbers_have_different_texts(one: float, other: float) -> None:
    assert (number_text(one) == number_text(other)) == (one == other)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, False, 2**53 + 1, -(2**53) - 1, "1", None])
def test_only_finite_exact_numbers_are_kept(value: float) -> None:
    with pytest.raises(ValueError, match=r"number|integer"):
        finite(value)


def test_minus_zero_becomes_zero_and_integers_become_floats() -> None:
    assert math.copysign(1.0, finite(-0.0)) == 1.0
    assert type(finite(2**53)) is float
