"""Rounding: how quantities are cut to the round mode, and how a total is shared out without losing any of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

INTEGER = "int"
DIGITS = {"none": 6, INTEGER: 0, "dec1": 1, "dec2": 2}
OUTPUT_DIGITS = 6


def rounded(value: float, digits: int = OUTPUT_DIGITS) -> float:
    """The value at so many decimals, halves to even, never ``-0.0``."""
    return round(value, digits) + 0.0


def distribute_int(values: Sequence[float], target: int, caps: Sequence[float] | None = None) -> list[int]:
    """Whole parts of ``target`` near ``values``, in their order, none above its cap (``target`` where none is given).

    Each part begins at the whole of its value.  What is missing goes to the largest fraction, as much of it as its
    cap allows, then to the next; ties keep their order.  What is too much is taken from the smallest fraction first.
    This is the legacy rule, and not the method of largest remainders: 60 over 5/31, 7/31, 7/31, 7/31, 5/31 gives
    12, 13, 13, 13, 9.  The parts sum to ``target`` when the caps allow it, else to the sum of the caps.
    """
    limits = [target] * len(values) if caps is None else [int(cap) for cap in caps]
    positive = [max(0.0, value) for value in values]
    parts = [min(math.floor(value), limit) for value, limit in zip(positive, limits, strict=True)]
    missing = target - sum(parts)
    if not missing:
        return parts
    fractions = [value - math.floor(value) for value in positive]
    by_fraction = sorted(range(len(parts)), key=fractions.__getitem__, reverse=missing > 0)
    for index in by_fraction:
        step = max(-parts[index], missing) if missing < 0 else min(limits[index] - parts[index], missing)
        parts[index] += step
        missing -= step
        if not missing:
            break
    return parts


def distribute_decimal(
    values: Sequence[float], total: float, digits: int, caps: Sequence[float] | None = None
) -> list[float]:
    """Parts of ``total`` at so many decimals, in the order of ``values``; ``total`` and ``caps`` have no more.

    Each part is its value rounded; the residue goes to the last part.  Where that would leave 0..cap, the parts
    before it take what is left, from the end on, so that no part is negative and none exceeds its cap.
    """
    limits = [math.inf] * len(values) if caps is None else caps
    parts = [min(rounded(value, digits), limit) for value, limit in zip(values, limits, strict=True)]
    residue = rounded(total - math.fsum(parts), digits)
    for index in range(len(parts) - 1, -1, -1):
        if not residue:
            break
        part = rounded(min(max(parts[index] + residue, 0.0), limits[index]), digits)
        residue = rounded(residue - (part - parts[index]), digits)
        parts[index] = part
    return parts


class Rounding:
    """One round mode: ``none`` (6 decimals), ``int``, ``dec1`` or ``dec2``."""

    def __init__(self, mode: str) -> None:
        """Take the mode by its name."""
        self.mode = mode
        self.digits = DIGITS[mode]
        self.whole = mode == INTEGER

    def number(self, value: float) -> float:
        """The value as this mode writes it."""
        return rounded(value, self.digits)

    def parts(self, values: Sequence[float], total: float, caps: Sequence[float] | None = None) -> list[float]:
        """``total`` shared out near ``values``, within ``caps``; ``total`` is a number of this mode."""
        if self.whole:
            return [float(part) for part in distribute_int(values, int(total), caps)]
        return distribute_decimal(values, total, self.digits, caps)
