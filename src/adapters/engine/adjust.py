"""The stage ``adjust``: det of the cutover period brought to the aggregate, and what that leaves carried over."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ...domain.plans.series import Split
from .aggregate import FamilyPeriod
from .allocate import Allocation
from .levels import COMPARED, Cell
from .parameters import AGG_FAR, Parameters
from .rounding import OUTPUT_DIGITS, rounded
from .spreading import FAR_SPLIT_NEXT, SPLIT_NEXT, row_weights, spread

Measures = tuple[float, float, float]


class CarryOver(NamedTuple):
    """What one family's cutover period hands to a neighbour: demand, supply and backlog, as the neighbour took it.

    ``headrooms`` are those of the period before and after, when the choice was theirs.
    """

    family: str
    from_period: str
    to_period: str
    amounts: Measures
    headrooms: tuple[float, float] | None = None


class Unplaced(NamedTuple):
    """What found a place neither in the cutover period nor beside it."""

    family: str
    period: str
    amounts: Measures


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """The adjusted cells of det, and what the cutover period could not take; ``before`` and ``after`` lie beside it."""

    allocation: Allocation
    before: str | None = None
    after: str | None = None
    carried: list[CarryOver] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)


class _Place(NamedTuple):
    week: int
    sku: str
    part: int


def adjust(
    cells: Sequence[FamilyPeriod], allocation: Allocation, period: str, centre: int | None, parameters: Parameters
) -> Adjustment:
    """Spread what det lacks of the aggregate in ``period`` over its cells, family by family and measure by measure.

    ``centre`` is the position of the cutover date's week.  Every unit of a difference is spread, carried over to a
    neighbour or reported as unplaced.  No cell falls below 0, and none changes by more than ``max_adjust_ratio``
    of itself, save those that are 0.  (After the legacy system's anchor adjustment; ADR 28 says where it differs.)
    """
    splits = {sku: {week: list(parts) for week, parts in by_week.items()} for sku, by_week in allocation.splits.items()}
    before, after = _neighbours(cells, splits, period)
    places = _places(splits, {period, before, after})
    wanted = {(cell.period, cell.family): cell for cell in cells}
    work = _Work(splits, places, wanted, (before, after), parameters)
    adjusted = Adjustment(allocation=Allocation(weeks=allocation.weeks, splits=splits), before=before, after=after)
    for cell in cells:
        if cell.period == period and places.get((period, cell.family)):
            work.settle(cell, centre, adjusted)
    return adjusted


class _Work:
    """The cells of det while they are adjusted."""

    def __init__(
        self,
        splits: dict[str, dict[int, list[Split]]],
        places: Mapping[Cell, list[_Place]],
        wanted: Mapping[Cell, FamilyPeriod],
        neighbours: tuple[str | None, str | None],
        parameters: Parameters,
    ) -> None:
        self._splits = splits
        self._places = places
        self._wanted = wanted
        self._before, self._after = neighbours
        self._parameters = parameters

    def settle(self, cell: FamilyPeriod, centre: int | None, adjusted: Adjustment) -> None:
        """Adjust one family in the cutover period, and carry over what is left."""
        own = (cell.period, cell.family)
        gaps = self._gaps(own)
        if self._holds(cell, gaps):
            return
        places = self._places[own]
        weights = row_weights([place.week for place in places], centre, self._parameters)
        left = self._change(own, gaps, weights)
        for neighbour, amounts, headrooms in self._shared(own, left):
            target = (neighbour, cell.family)
            over = self._change(target, amounts, [1.0] * len(self._places[target]))
            taken = _minus(amounts, over)
            left = _minus(left, taken)
            if any(taken):
                adjusted.carried.append(CarryOver(cell.family, cell.period, neighbour, taken, headrooms))
        if any(left):
            adjusted.unplaced.append(Unplaced(cell.family, cell.period, left))

    def _gaps(self, cell: Cell) -> Measures:
        """What det lacks of the aggregate; negative where it has too much."""
        wanted = self._wanted[cell]
        parts = [self._part(place) for place in self._places[cell]]
        return _three([getattr(wanted, name) - math.fsum(getattr(part, name) for part in parts) for name in COMPARED])

    def _holds(self, cell: FamilyPeriod, gaps: Measures) -> bool:
        """Whether every measure is within tolerance; relative ones count from the largest demand or supply."""
        sides = [abs(side) for wanted, gap in zip(cell[2:4], gaps, strict=False) for side in (wanted, wanted - gap)]
        largest = max(*sides, 1.0)
        tolerated = max(self._parameters.tol_abs, self._parameters.tol_rel * largest)
        return all(abs(gap) <= tolerated for gap in gaps)

    def _change(self, cell: Cell, amounts: Measures, weights: Sequence[float]) -> Measures:
        """Spread amounts over a cell's rows; what they cannot take."""
        places = self._places[cell]
        columns: list[list[float]] = []
        left: list[float] = []
        for name, amount in zip(COMPARED, amounts, strict=True):
            values = [getattr(self._part(place), name) for place in places]
            adds = spread(values, amount, weights, self._parameters.max_adjust_ratio)
            columns.append([rounded(value + add) for value, add in zip(values, adds, strict=True)])
            left.append(amount - math.fsum(adds))
        for place, demand, supply, backlog in zip(places, *columns, strict=True):
            part = self._part(place)
            self._splits[place.sku][place.week][place.part] = Split(part.period, part.family, demand, supply, backlog)
        return _three(left)

    def _shared(self, own: Cell, left: Measures) -> list[tuple[str, Measures, tuple[float, float] | None]]:
        """Which neighbours are asked to take how much."""
        way = self._parameters.carryover
        family = own[1]
        before, after = (
            name if name is not None and (name, family) in self._places else None
            for name in (self._before, self._after)
        )
        if not any(left) or way == "none":
            return []
        if way == "both":
            on = _three([amount * split_next(self._parameters) for amount in left])
            pairs = [(before, _minus(left, on)), (after, on)]
            return [(name, amounts, None) for name, amounts in pairs if name is not None]
        headrooms = None
        if way == "auto":
            headrooms = self._headroom(before, family, left), self._headroom(after, family, left)
            forward = headrooms[1] > headrooms[0]
            if headrooms[0] == headrooms[1]:
                forward = self._parameters.anchor_policy != AGG_FAR
            chosen = (after or before) if forward else (before or after)
        else:
            chosen = before if way == "prev" else after
        return [] if chosen is None else [(chosen, left, headrooms)]

    def _headroom(self, period: str | None, family: str, left: Measures) -> float:
        """How much a neighbour lacks in the direction of what is left, over all measures."""
        if period is None:
            return 0.0
        gaps = zip(self._gaps((period, family)), left, strict=True)
        return rounded(math.fsum(abs(gap) for gap, amount in gaps if gap * amount > 0))

    def _part(self, place: _Place) -> Split:
        return self._splits[place.sku][place.week][place.part]


def split_next(parameters: Parameters) -> float:
    """The share of what is carried over that goes to the period after, where both take some."""
    if parameters.carryover_split is not None:
        return parameters.carryover_split
    return FAR_SPLIT_NEXT if parameters.anchor_policy == AGG_FAR else SPLIT_NEXT


def _places(splits: Mapping[str, Mapping[int, Sequence[Split]]], periods: set[str | None]) -> dict[Cell, list[_Place]]:
    """Where the cells of these periods lie, by (period, family), in order of week and SKU."""
    places: dict[Cell, list[_Place]] = {}
    for sku, by_week in splits.items():
        for week, parts in by_week.items():
            for number, part in enumerate(parts):
                if part.period in periods:
                    places.setdefault((part.period, part.family), []).append(_Place(week, sku, number))
    for found in places.values():
        found.sort()
    return places


def _neighbours(
    cells: Sequence[FamilyPeriod], splits: Mapping[str, Mapping[int, Sequence[Split]]], period: str
) -> tuple[str | None, str | None]:
    """The planned periods before and after, in order of time."""
    first = dict.fromkeys((cell.period for cell in cells), math.inf)
    for by_week in splits.values():
        for week, parts in by_week.items():
            for part in parts:
                first[part.period] = min(first[part.period], week)
    order = sorted(first, key=lambda name: (first[name], name))
    if period not in order:
        return None, None
    place = order.index(period)
    return (order[place - 1] if place else None), (order[place + 1] if place + 1 < len(order) else None)


def _minus(amounts: Measures, others: Measures) -> Measures:
    return _three([amount - other for amount, other in zip(amounts, others, strict=True)])


def _three(values: Sequence[float]) -> Measures:
    demand, supply, backlog = (rounded(value, OUTPUT_DIGITS) for value in values)
    return demand, supply, backlog
