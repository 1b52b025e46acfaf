"""The stage ``aggregate``: what each family is supplied in each period, within the pooled capacity."""

from __future__ import annotations

import math
from typing import NamedTuple

from ...domain.inputs.content import InputContent
from .rounding import Rounding


class FamilyPeriod(NamedTuple):
    """One family in one period: units asked for, supplied and left over; ``capacity`` is the whole period's."""

    period: str
    family: str
    demand: float
    supply: float
    backlog: float
    capacity: float


def pooled_capacity(inputs: InputContent) -> dict[str, float]:
    """The capacity of each period, over all resources."""
    by_period: dict[str, list[float]] = {}
    for row in inputs.rows("capacity_buckets"):
        by_period.setdefault(row.period, []).append(row.capacity)
    return {period: math.fsum(capacities) for period, capacities in by_period.items()}


def aggregate(inputs: InputContent, rounding: Rounding) -> list[FamilyPeriod]:
    """Every (period, family) that has a demand, in that order.

    Capacity that covers the demand of a period supplies it; otherwise every family is cut in the same proportion.
    Neither backlog nor unused capacity is carried into the next period.
    (The legacy system's arithmetic, stage aggregate.)
    """
    demands: dict[str, dict[str, float]] = {}
    for row in inputs.rows("family_demands"):
        demands.setdefault(row.period, {})[row.family_code] = row.demand
    capacities = pooled_capacity(inputs)
    cells: list[FamilyPeriod] = []
    for period in sorted(demands):
        cells += _period(period, demands[period], capacities.get(period, 0.0), rounding)
    return cells


def _period(period: str, demands: dict[str, float], capacity: float, rounding: Rounding) -> list[FamilyPeriod]:
    families = sorted(demands)
    asked = [demands[family] for family in families]
    total = math.fsum(asked)
    supplies = [demand * capacity / total for demand in asked] if capacity < total else asked
    rounded = [rounding.number(demand) for demand in asked]
    if rounding.whole:
        target = min(int(capacity), int(sum(rounded)))
        supplied = rounding.parts(supplies, target, rounded)
    else:
        supplied = [rounding.number(supply) for supply in supplies]
    pooled = rounding.number(capacity)
    return [
        FamilyPeriod(period, family, demand, supply, rounding.number(demand - supply), pooled)
        for family, demand, supply in zip(families, rounded, supplied, strict=True)
    ]
