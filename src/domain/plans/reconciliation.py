"""Reconciliation: det rolled up to families and periods, against the aggregate."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from .series import SeriesRow

MEASURES = ("demand", "supply", "backlog")
DIGITS = 6
LARGEST_SHOWN = 10
DELTA_COLUMNS = (
    "family",
    "period",
    *(f"{kind}_{measure}" for measure in MEASURES for kind in ("agg", "det", "delta", "rel", "ok")),
    "ok",
)

Cell = tuple[str, str]
_Batches = AsyncIterator[list[SeriesRow]]


class Tolerance(NamedTuple):
    """When two sides agree: within ``absolute``, or within ``relative`` of the larger side (of 1 at least)."""

    absolute: float = 1e-6
    relative: float = 1e-6


class Gap(NamedTuple):
    """One measure of one family in one period from both sides, at 6 decimals; ``delta`` is det less aggregate."""

    aggregate: float
    det: float
    delta: float
    relative: float
    ok: bool


class Delta(NamedTuple):
    """One family in one period: the gaps of demand, supply and backlog."""

    family: str
    period: str
    gaps: tuple[Gap, Gap, Gap]

    @property
    def ok(self) -> bool:
        """Whether all measures agree."""
        return all(gap.ok for gap in self.gaps)

    @property
    def largest(self) -> float:
        """The largest difference of any measure."""
        return max(abs(gap.delta) for gap in self.gaps)

    @property
    def largest_relative(self) -> float:
        """The largest relative difference of any measure."""
        return max(gap.relative for gap in self.gaps)


class DeltaOrder(StrEnum):
    """How deltas are sorted: by their largest relative or absolute difference."""

    REL_DESC = "rel_desc"
    REL_ASC = "rel_asc"
    ABS_DESC = "abs_desc"
    ABS_ASC = "abs_asc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """All deltas in order of family and period; the counts are of rows of the aggregate and of splits of det."""

    deltas: Sequence[Delta]
    aggregate_rows: int
    det_rows: int

    @property
    def violations(self) -> int:
        """How many measures disagree."""
        return sum(not gap.ok for delta in self.deltas for gap in delta.gaps)


@dataclass(slots=True)
class _Sums:
    """Measures by (family, period), to be summed exactly."""

    cells: dict[Cell, tuple[list[float], list[float], list[float]]] = field(default_factory=dict)
    rows: int = 0

    def add(self, cell: Cell, measures: Sequence[float | None]) -> None:
        self.rows += 1
        for values, measure in zip(self.cells.setdefault(cell, ([], [], [])), measures, strict=True):
            values.append(measure or 0.0)

    def of(self, cell: Cell) -> tuple[float, ...]:
        return tuple(math.fsum(values) for values in self.cells.get(cell, ([], [], [])))


async def reconcile_levels(aggregate: _Batches, det: _Batches, tolerance: Tolerance) -> Reconciliation:
    """Hold the rows of det against those of the aggregate; a row of det without splits belongs to no family."""
    planned, rolled = _Sums(), _Sums()
    async for batch in aggregate:
        for row in batch:
            planned.add((row.item_key, row.time_bucket_key), (row.demand, row.supply, row.backlog))
    loose = 0
    async for batch in det:
        for row in batch:
            splits = row.splits
            loose += not splits
            for period, family, *measures in splits:
                rolled.add((family, period), measures)
    cells = sorted(planned.cells.keys() | rolled.cells.keys())
    return Reconciliation(
        deltas=[_delta(cell, planned.of(cell), rolled.of(cell), tolerance) for cell in cells],
        aggregate_rows=planned.rows,
        det_rows=rolled.rows + loose,
    )


def _delta(cell: Cell, planned: Sequence[float], rolled: Sequence[float], tolerance: Tolerance) -> Delta:
    demand, supply, backlog = (_gap(one, other, tolerance) for one, other in zip(planned, rolled, strict=True))
    return Delta(*cell, (demand, supply, backlog))


def _gap(aggregate: float, det: float, tolerance: Tolerance) -> Gap:
    apart = det - aggregate
    relative = abs(apart) / max(abs(aggregate), abs(det), 1.0)
    agrees = abs(apart) <= tolerance.absolute or relative <= tolerance.relative
    return Gap(_rounded(aggregate), _rounded(det), _rounded(apart), _rounded(relative), agrees)


def select(
    deltas: Sequence[Delta], *, violations_only: bool = False, order: DeltaOrder | None = None, limit: int | None = None
) -> Sequence[Delta]:
    """Some of the deltas; without an order by family and period, and equal ones keep that order."""
    chosen = [delta for delta in deltas if not (violations_only and delta.ok)]
    if order is not None:
        by_relative = order in {DeltaOrder.REL_DESC, DeltaOrder.REL_ASC}
        chosen.sort(
            key=lambda delta: delta.largest_relative if by_relative else delta.largest,
            reverse=order in {DeltaOrder.REL_DESC, DeltaOrder.ABS_DESC},
        )
    return chosen[:limit]


def delta_fields(delta: Delta) -> dict[str, Any]:
    """A delta under the field names of the legacy log."""
    fields: dict[str, Any] = {"family": delta.family, "period": delta.period}
    for measure, gap in zip(MEASURES, delta.gaps, strict=True):
        fields[f"agg_{measure}"] = gap.aggregate
        fields[f"det_{measure}"] = gap.det
        fields[f"delta_{measure}"] = gap.delta
        fields[f"rel_{measure}"] = gap.relative
        fields[f"ok_{measure}"] = gap.ok
    fields["ok"] = delta.ok
    return fields


def tolerance_of(header: Mapping[str, Any]) -> Tolerance:
    """The tolerance that a log's header tells."""
    told = header.get("tolerance")
    return Tolerance() if told is None else Tolerance(told["abs"], told["rel"])


def _rounded(value: float) -> float:
    return round(value, DIGITS) + 0.0
