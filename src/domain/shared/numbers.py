"""Numbers: finite float64, read strictly, written as the shortest text that reads back equal."""

from __future__ import annotations

import math
import re

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_SHORTHAND = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+")
SIGNIFICANT_DIGITS = 17
EXACT_INTEGERS = 2**53
_CERTAINLY_EXACT = 15  # characters: neither 17 digits nor 2^53 fit into so few


class NumberTextError(ValueError):
    """A text that is no number planvault keeps; the message says why."""


def parse_number(text: str) -> float:
    """The number that a plain decimal text writes.

    ASCII digits, one optional sign and one optional point; no exponent, no thousands separator, no full-width
    digits: a planner who meant one of these is told so instead of being given another number.

    Raises:
        NumberTextError: not a plain decimal number, more than 17 significant digits, or an integer beyond 2^53.
    """
    if not _DECIMAL.fullmatch(text):
        raise NumberTextError(_why_not(text))
    if len(text) > _CERTAINLY_EXACT:
        _check_digits(text)
    return float(text) + 0.0


def _check_digits(text: str) -> None:
    whole, _, fraction = text.lstrip("+-").partition(".")
    digits = (whole + fraction.rstrip("0")).lstrip("0")
    if not fraction.strip("0"):
        digits = whole.lstrip("0")
        if len(digits) > SIGNIFICANT_DIGITS or int(digits or "0") > EXACT_INTEGERS:
            raise NumberTextError("is an integer beyond 2^53, which a float64 cannot keep exactly")
    elif len(digits) > SIGNIFICANT_DIGITS:
        raise NumberTextError(f"has {len(digits)} significant digits; at most {SIGNIFICANT_DIGITS} are kept")


def _why_not(text: str) -> str:
    if _SHORTHAND.fullmatch(text):
        return "is written with an exponent; write it out"
    if text.strip().lower().lstrip("+-") in {"nan", "inf", "infinity"}:
        return "is not a finite number"
    if "," in text:
        return "is not a number (a comma? write 1200.5, without thousands separators)"
    if any(char.isdigit() and not char.isascii() for char in text):
        return "is not a number (full-width digits? write 0 to 9)"
    if re.fullmatch(r"[+-]?[0-9OolI.]+", text):
        return "is not a number (a letter O or l among the digits?)"
    return "is not a number"


def finite(value: float) -> float:
    """The value as a float64, ``-0.0`` as ``0.0``.

    Raises:
        ValueError: it is NaN, infinite, a bool, or an integer beyond 2^53.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("is not a number")  # noqa: TRY004 (callers report one kind of refusal)
    if isinstance(value, int) and abs(value) > EXACT_INTEGERS:
        raise ValueError("is an integer beyond 2^53, which a float64 cannot keep exactly")
    number = float(value) + 0.0
    if not math.isfinite(number):
        raise ValueError("is not a finite number")
    return number


def number_text(value: float) -> str:
    """The shortest text that reads back as the same float64; whole numbers below 2^53 without a point."""
    if value == int(value) and abs(value) < EXACT_INTEGERS:
        return str(int(value))
    return repr(value)
