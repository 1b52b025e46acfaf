"""The stage ``levels``: det rolled up to families and periods, and held against the aggregate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...domain.plans.receipts import received_by_split
from .aggregate import FamilyPeriod
from .allocate import Allocation
from .parameters import Parameters
from .rounding import rounded

COMPARED = ("demand", "supply", "backlog")

Cell = tuple[str, str]


class RolledUp(NamedTuple):
    """What det holds of one family in one period."""

    demand: float
    supply: float
    backlog: float
    received: float


def roll_up(allocation: Allocation, receipts: Mapping[str, Sequence[float]]) -> dict[Cell, RolledUp]:
    """The sums of det by (period, family); every receipt is counted once, also in a week of two periods."""
    demand: dict[Cell, list[float]] = {}
    supply: dict[Cell, list[float]] = {}
    backlog: dict[Cell, list[float]] = {}
    received: dict[Cell, list[float]] = {}
    for sku, by_week in allocation.splits.items():
        receipt = receipts[sku]
        for week, splits in by_week.items():
            for split, part in zip(splits, received_by_split(receipt[week], splits), strict=True):
                cell = split[:2]
                if cell not in demand:
                    demand[cell], supply[cell], backlog[cell], received[cell] = [], [], [], []
                demand[cell].append(split[2])
                supply[cell].append(split[3])
                backlog[cell].append(split[4])
                received[cell].append(part)
    return {
        cell: RolledUp(
            math.fsum(demand[cell]), math.fsum(supply[cell]), math.fsum(backlog[cell]), math.fsum(received[cell])
        )
        for cell in demand
    }


def compare(cells: Sequence[FamilyPeriod], sums: Mapping[Cell, RolledUp], parameters: Parameters) -> dict[str, object]:
    """How far det and aggregate lie apart, as the summary of the reconciliation log.

    A difference holds when it is within ``tol_abs``, or within ``tol_rel`` of the larger side (of 1 at least).
    """
    violations = 0
    largest = dict.fromkeys(COMPARED, 0.0)
    for cell in cells:
        rolled = sums[cell.period, cell.family]
        for measure in COMPARED:
            aggregate, det = getattr(cell, measure), getattr(rolled, measure)
            delta = abs(rounded(det - aggregate))
            largest[measure] = max(largest[measure], delta)
            relative = delta / max(abs(aggregate), abs(det), 1.0)
            violations += delta > parameters.tol_abs and relative > parameters.tol_rel
    return {"rows": len(cells), "tol_violations": violations, "max_abs_delta": largest}
