"""Overlays: the values that replace those of cells, and rows as they are with them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..series import FIRST_MEASURE, MEASURES, SeriesRow, Split, splits_text
from .cells import SPREAD, Cell, RowKey, row_key

Share = tuple[str, str, float]


class OverrideOrigin(StrEnum):
    """How an override came to be: somebody's edit, or what an edit spread to."""

    EDIT = "edit"
    ROLL_UP = "roll-up"
    DISTRIBUTION = "distribution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A value that stands in a cell instead of the base value; never a difference.

    ``shares`` say how much of it belongs to which (period, family), where a distribution set that; they add up to it.
    """

    cell: Cell
    value: float
    origin: OverrideOrigin = OverrideOrigin.EDIT
    shares: tuple[Share, ...] = ()
    author: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A row, or one cell of it, that edits leave alone."""

    row: RowKey
    field: str | None = None
    actor: str
    locked_at: datetime

    @property
    def text(self) -> str:
        """The key of what is locked."""
        return self.row.text if self.field is None else self.row.cell(self.field).text


@dataclass(slots=True)
class Overlay:
    """The overrides, locks and weights of a version, by cell and row."""

    overrides: dict[Cell, Override] = field(default_factory=dict)
    locks: dict[tuple[RowKey, str | None], Lock] = field(default_factory=dict)
    weights: dict[RowKey, float] = field(default_factory=dict)

    def is_locked(self, cell: Cell) -> bool:
        """Whether the cell, or the whole row, is locked."""
        return (cell.row, None) in self.locks or (cell.row, cell.field) in self.locks

    def of_row(self, key: RowKey) -> dict[str, Override]:
        """The overrides of a row, by field."""
        found = {}
        for name in MEASURES:
            override = self.overrides.get(key.cell(name))
            if override is not None:
                found[name] = override
        return found

    def effective(self, row: SeriesRow) -> SeriesRow:
        """The row with its overrides: values, and the splits that add up to them."""
        found = self.of_row(row_key(row))
        return row if not found else overlaid(row, found)

    def signed(self) -> dict[str, Any]:
        """What of it approval signs, as ``PlanContent`` takes it: by row, field and value only."""
        return {
            "overrides": [(cell.row.text, cell.field, override.value) for cell, override in self.overrides.items()],
            "locks": [(row.text, field) for row, field in self.locks],
            "weights": [(row.text, weight) for row, weight in self.weights.items()],
        }


def overlaid(row: SeriesRow, overrides: Mapping[str, Override]) -> SeriesRow:
    """A row with values in the place of its own, and its splits with them."""
    values: dict[str, Any] = {name: override.value for name, override in overrides.items()}
    changed = row._replace(**values)
    parts = [override for name, override in overrides.items() if name in SPREAD]
    if not parts or not row.splits:
        return changed
    splits = row.splits
    for override in parts:
        splits = _with_shares(splits, override)
    return changed._replace(splits_json=splits_text(splits))


def _with_shares(splits: Sequence[Split], override: Override) -> tuple[Split, ...]:
    name = override.cell.field
    if override.shares:
        by_pair = {(period, family): value for period, family, value in override.shares}
        shares = [by_pair.get((split.period, split.family), getattr(split, name)) for split in splits]
    else:
        shares = rescaled([getattr(split, name) for split in splits], override.value)
    return tuple(Split(**{**split._asdict(), name: share}) for split, share in zip(splits, shares, strict=True))


def rescaled(parts: Sequence[float], total: float) -> list[float]:
    """The parts in their proportions, adding up exactly to ``total``; equal parts where there are no proportions."""
    before = math.fsum(parts)
    if before == 0 or not math.isfinite(before):
        scaled = [total / len(parts)] * len(parts)
    else:
        scaled = [part * (total / before) for part in parts]
    return exactly(scaled, total)


def exactly(parts: Sequence[float], total: float) -> list[float]:
    """The parts, the largest of them corrected so that they add up to ``total`` (``math.fsum``).

    Parts of both signs may each be larger than the total; then a smaller one takes what the largest cannot.
    """
    found = list(parts)
    for place in sorted(range(len(found)), key=lambda place: -abs(found[place])):
        found[place] = math.fsum([total, *(-part for other, part in enumerate(found) if other != place)])
        if math.fsum(found) == total:
            break
    return found


def measure(row: SeriesRow, name: str) -> float | None:
    """A measure of a row by its name."""
    value: Any = row[FIRST_MEASURE + MEASURES.index(name)]
    return None if value is None else float(value)


def overlay_of(
    overrides: Iterable[Override], locks: Iterable[Lock] = (), weights: Mapping[RowKey, float] | None = None
) -> Overlay:
    """The overlay of these."""
    return Overlay(
        overrides={override.cell: override for override in overrides},
        locks={(lock.row, lock.field): lock for lock in locks},
        weights=dict(weights or {}),
    )
