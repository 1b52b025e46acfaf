"""How a difference is spread over the rows of a period: by weight first, then by what room they have left."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .calendar import DAYS_OF_A_WEEK
from .parameters import AGG_FAR, BLEND, Parameters
from .rounding import OUTPUT_DIGITS, distribute_decimal, rounded

SPLIT_NEXT = 0.8
FAR_SPLIT_NEXT = 0.2
_SCALE = 1_000_000
_TOLERANCE = 1e-9


def spread(values: Sequence[float], amount: float, weights: Sequence[float], ratio: float | None) -> list[float]:
    """What each row gets of ``amount``, at 6 decimals; less in all than ``amount`` where the rows have no room for it.

    Each row takes its weight's share as far as its limit allows; what that leaves goes to all rows in proportion to
    the room that they still have.  A limit is ``ratio`` of the row's value (none for a value of 0, nor without a
    ratio), and the value itself where it falls, so that nothing becomes negative.
    """
    sign = 1.0 if amount > 0 else -1.0
    wanted = abs(amount)
    limits = [_limit(value, wanted, ratio, falling=amount < 0) for value in values]
    placed = rounded(min(wanted, math.fsum(limits)))
    if not placed:
        return [0.0] * len(values)
    total = math.fsum(weights)
    parts = [min(limit, weight / total * placed) for weight, limit in zip(weights, limits, strict=True)]
    rest = placed - math.fsum(parts)
    if rest > _TOLERANCE:
        rooms = [limit - part for limit, part in zip(limits, parts, strict=True)]
        room = math.fsum(rooms)
        parts = [part + rest * own / room for part, own in zip(parts, rooms, strict=True)]
    return [sign * part + 0.0 for part in distribute_decimal(parts, placed, OUTPUT_DIGITS, limits)]


def _limit(value: float, wanted: float, ratio: float | None, *, falling: bool) -> float:
    """How far a row may move; a finite limit has 6 decimals and is never rounded up."""
    limit = wanted if ratio is None or not value else min(wanted, abs(value) * ratio)
    if falling:
        limit = min(limit, max(0.0, value))
    return math.floor(limit * _SCALE + _TOLERANCE * _SCALE) / _SCALE


def row_weights(weeks: Sequence[int], centre: int | None, parameters: Parameters) -> list[float]:
    """The weights of a period's rows, which come in order of their ``weeks``.

    ``DET_near`` rises to the last row, ``AGG_far`` falls from the first, ``blend`` is a triangle around the week of the
    cutover date.  A reconciliation window keeps to as many rows at the end, at the start, or around the centre as it
    has weeks; outside of it the weight is 0.
    """
    count = len(weeks)
    window = count
    if parameters.recon_window_days is not None:
        window = max(1, min(count, math.ceil(parameters.recon_window_days / DAYS_OF_A_WEEK)))
    if parameters.anchor_policy == BLEND:
        reach = count if parameters.recon_window_days is None else (window - 1) // 2 + 1
        middle = _middle(weeks, centre)
        return [float(max(0, reach - abs(place - middle))) for place in range(count)]
    rising = [float(max(0, place + 1 - (count - window))) for place in range(count)]
    return rising[::-1] if parameters.anchor_policy == AGG_FAR else rising


def _middle(weeks: Sequence[int], centre: int | None) -> int:
    """The middle row of the week nearest to the centre; of the whole period without one."""
    if centre is None:
        return (len(weeks) - 1) // 2
    nearest = min(weeks, key=lambda week: (abs(week - centre), week))
    rows = [place for place, week in enumerate(weeks) if week == nearest]
    return rows[(len(rows) - 1) // 2]
