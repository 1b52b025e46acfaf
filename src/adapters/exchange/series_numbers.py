"""Numbers in CSV: decimal text that a spreadsheet shows as it is."""

from __future__ import annotations

import re
from decimal import Decimal

from ...domain.shared.numbers import NumberTextError, number_text, parse_number

_LONGEST = 350  # characters: 5e-324 written out has 326
_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def plain_number(value: float) -> str:
    """The shortest decimal text without an exponent that reads back as the same float64."""
    text = number_text(value).removesuffix(".0")
    return f"{Decimal(text):f}" if "e" in text else text


def read_number(text: str) -> float:
    """The number that a plain decimal text writes; also a longer one that ``plain_number`` writes for a float64.

    Raises:
        NumberTextError: as ``parse_number``.
    """
    try:
        return parse_number(text)
    except NumberTextError:
        # Longer than 17 digits, but exactly what is written for a float64: nothing is lost by reading it.
        if len(text) <= _LONGEST and _DECIMAL.fullmatch(text) and _writes(text):
            return float(text)
        raise


def _writes(text: str) -> bool:
    try:
        return plain_number(float(text)) == text
    except OverflowError:
        return False
