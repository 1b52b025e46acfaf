"""Numbers in CSV: decimal text that a spreadsheet shows as it is."""

from __future__ import annotations

from decimal import Decimal

from ...domain.shared.numbers import number_text


def plain_number(value: float) -> str:
    """The shortest decimal text without an exponent that reads back as the same float64."""
    text = number_text(value).removesuffix(".0")
    return f"{Decimal(text):f}" if "e" in text else text
