"""The order in which people list names with numbers in them: ``M1``, ``M2``, ``M10``."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"([0-9]+)")


def natural_key(text: str) -> tuple[list[tuple[str, int]], str]:
    """A key to sort by: runs of digits compare as numbers, all else by code point; no two texts are equal."""
    pieces = _DIGITS.split(text)
    return [("", int(piece)) if place % 2 else (piece, 0) for place, piece in enumerate(pieces)], text
