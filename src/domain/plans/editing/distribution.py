"""Distribution: spreading the value of an aggregate cell over det rows, so that what is spread adds up to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from ...errors import InvalidRequestError
from ...shared.numbers import number_text
from .overlay import exactly


class WeightMode(StrEnum):
    """By what a value is spread; any other name is that of a measure."""

    CURRENT = "current"
    EQUAL = "equal"
    STORED = "stored"


class RoundMode(StrEnum):
    """How parts are rounded to a step before the rest is placed."""

    NEAREST = "nearest"
    FLOOR = "floor"
    CEIL = "ceil"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """Parts are multiples of ``step``, but for one that takes what is less than a step."""

    step: float
    mode: RoundMode = RoundMode.NEAREST

    def __post_init__(self) -> None:
        """A step is a positive finite number."""
        if not (math.isfinite(self.step) and self.step > 0):
            raise InvalidRequestError("A rounding step has to be a number above 0.", field="step")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How an edit of an aggregate cell reaches det: by which weights, and rounded how."""

    weights: str = WeightMode.CURRENT
    rounding: Rounding | None = None


def spread(total: float, weights: Sequence[float], rounding: Rounding | None = None) -> list[float]:
    """Parts of ``total`` in the proportion of the weights; their sum (``math.fsum``) is ``total`` exactly.

    Weights below 0 count as 0; where all are 0 the parts are equal.  Rounded parts are multiples of the step, and the
    rest goes by whole steps to the largest weights, what is less than a step to the largest of all.
    """
    if not weights:
        return []
    fair = [max(0.0, weight) for weight in weights]
    whole = math.fsum(fair)
    shares = [weight / whole for weight in fair] if whole > 0 else [1 / len(fair)] * len(fair)
    parts = [total * share for share in shares]
    if rounding is not None:
        parts = _rounded(total, parts, shares, rounding)
    return exactly(parts, total)


def _rounded(total: float, parts: Sequence[float], shares: Sequence[float], rounding: Rounding) -> list[float]:
    # As decimals: 0.1 is a tenth here, so that 3 steps of 0.1 are 0.3.
    step = Fraction(number_text(rounding.step))
    counts = [_steps(Fraction(part) / step, rounding.mode) for part in parts]
    missing = _steps(Fraction(total) / step, RoundMode.FLOOR) - sum(counts)
    order = sorted(range(len(counts)), key=lambda place: (-shares[place], place))
    turn = 0
    while missing:
        place = order[turn % len(order)]
        turn += 1
        if missing > 0:
            counts[place], missing = counts[place] + 1, missing - 1
        elif counts[place] > 0 or total < 0:
            counts[place], missing = counts[place] - 1, missing + 1
        elif turn > len(order) and not any(counts):
            break
    return [float(count * step) for count in counts]


def _steps(number: Fraction, mode: RoundMode) -> int:
    if mode is RoundMode.FLOOR:
        return math.floor(number)
    return math.ceil(number) if mode is RoundMode.CEIL else round(number)
