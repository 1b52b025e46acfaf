"""The stage ``allocate``: families to SKUs by mix, periods to weeks by calendar."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...domain.inputs.content import InputContent
from ...domain.plans.series import Split
from .aggregate import FamilyPeriod
from .calendar import Calendar
from .rounding import Rounding

Shares = tuple[tuple[str, ...], tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """What every SKU is asked for and supplied in every week.

    ``weeks`` are the weeks of the plan in order of time.  ``splits`` holds, by SKU (in order of code) and by the
    week's position, the shares of the periods and families, in that order.
    """

    weeks: list[str]
    splits: dict[str, dict[int, list[Split]]]

    @property
    def cells(self) -> int:
        """How many (period, family, SKU, week) there are: the rows of the legacy ``sku_week.json``."""
        return sum(len(parts) for by_week in self.splits.values() for parts in by_week.values())

    def demand(self, sku: str) -> list[float]:
        """The SKU's demand by week."""
        demand = [0.0] * len(self.weeks)
        for week, parts in self.splits[sku].items():
            demand[week] = parts[0].demand if len(parts) == 1 else math.fsum(part.demand for part in parts)
        return demand


def mix(inputs: InputContent) -> dict[str, Shares]:
    """The SKUs of each family in order of code, and their shares, which sum to 1.

    Shares of one SKU from several dates on are added up, for the engine knows no dates of mixes.  A family whose
    shares are all 0 has no mix.
    """
    by_family: dict[str, dict[str, float]] = {}
    for row in inputs.rows("mix_shares"):
        by_sku = by_family.setdefault(row.family_code, {})
        by_sku[row.sku_code] = by_sku.get(row.sku_code, 0.0) + max(0.0, row.share)
    shares: dict[str, Shares] = {}
    for family, by_sku in by_family.items():
        total = sum(by_sku.values())
        if total > 0:
            skus = tuple(sorted(by_sku))
            shares[family] = skus, tuple(by_sku[sku] / total for sku in skus)
    return shares


def allocate(
    cells: Sequence[FamilyPeriod], mixes: Mapping[str, Shares], calendar: Calendar, rounding: Rounding
) -> Allocation:
    """Spread each (period, family) over the SKUs of its mix and the weeks of its period, losing nothing.

    A family without a mix is planned as a SKU of its own name.  Supply never exceeds demand, in no cell.
    (The legacy system's arithmetic, stage allocate.)
    """
    weeks = calendar.plan_weeks({cell.period for cell in cells})
    position = {week: index for index, week in enumerate(weeks)}
    splits: dict[str, dict[int, list[Split]]] = {}
    for cell in cells:
        codes, ratios = calendar.shares(cell.period)
        positions = [position[code] for code in codes]
        skus, shares = mixes.get(cell.family, ((cell.family,), (1.0,)))
        demands = rounding.parts([cell.demand * share for share in shares], cell.demand)
        supplies = rounding.parts([cell.supply * share for share in shares], cell.supply, demands)
        for sku, demand, supply in zip(skus, demands, supplies, strict=True):
            asked = rounding.parts([demand * ratio for ratio in ratios], demand)
            given = asked
            if supply != demand:
                given = rounding.parts([supply * ratio for ratio in ratios], supply, asked)
            by_week = splits.setdefault(sku, {})
            for index, one, other in zip(positions, asked, given, strict=True):
                part = Split(cell.period, cell.family, one, other, rounding.number(one - other))
                by_week.setdefault(index, []).append(part)
    return Allocation(weeks=weeks, splits={sku: splits[sku] for sku in sorted(splits)})
