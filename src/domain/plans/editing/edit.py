"""One edit: what is asked for, what it spreads to, and what it changes in the end.

Values asked for are set first.  Then an aggregate value is spread over the det rows below it, and det values are
summed up into the aggregate rows above them.  Locked cells keep what they have, and so does every cell that was asked
for in the same edit: what they hold is subtracted from what is spread.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ...errors import CellLockedError, ConflictError
from ..series import SeriesRow, Split
from .cells import AGGREGATE, DET, SPREAD, Cell, RowKey, row_key
from .distribution import Distribution, WeightMode, spread
from .overlay import Overlay, Override, OverrideOrigin, Share, measure


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """What stood in a cell instead of the base value before and after; null where the base value stood."""

    cell: Cell
    before: Override | None
    after: Override | None


@dataclass(slots=True, kw_only=True)
class Edit:
    """An edit on its way: ``overlay`` is the one before it and becomes the one after it.

    ``base`` has the rows it is about: those asked for, all det rows of the periods and families concerned, and the
    aggregate rows of these.
    """

    overlay: Overlay
    base: Mapping[RowKey, SeriesRow]
    author: str
    at: datetime
    distribution: Distribution = field(default_factory=Distribution)
    asked: set[Cell] = field(default_factory=set)
    unmatched: set[RowKey] = field(default_factory=set)
    kept: set[Cell] = field(default_factory=set)
    _before: dict[Cell, Override | None] = field(default_factory=dict)
    _below: dict[RowKey, list[RowKey]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know which det rows lie below which aggregate row."""
        for key, row in self.base.items():
            if key.level == DET:
                for split in row.splits:
                    self._below.setdefault(above(key, split), []).append(key)

    # Steps ------------------------------------------------------------------------------------------------------------

    def set(self, cell: Cell, value: float | None) -> None:
        """Put a value into a cell, or take back what was put there.

        Raises:
            CellLockedError: the cell or its row is locked.
        """
        if self.overlay.is_locked(cell):
            raise locked(self.overlay, [cell])
        self.asked.add(cell)
        if value is None:
            self._put(cell, None)
        else:
            self._put(cell, self._override(cell, value, OverrideOrigin.EDIT))

    def restore(self, cell: Cell, value: float, origin: OverrideOrigin, shares: tuple[Share, ...]) -> None:
        """Put back what once stood in a cell, as it came to be."""
        self._put(cell, self._override(cell, value, origin, shares))

    def spread_down(self, cell: Cell) -> None:
        """Spread the value of an aggregate cell over the det rows below it.

        Raises:
            ConflictError: there is a rest to spread and no unlocked row to take it, or what is locked is more than
                the value; or stored weights are asked for and there are none.
        """
        rows = self._below.get(cell.row, [])
        if not rows:
            return
        free = [key for key in rows if not self._is_fixed(key.cell(cell.field))]
        fixed = math.fsum(self._part(key, cell.field, cell.row) for key in rows if key not in set(free))
        value = self.overlay.overrides[cell].value
        rest = math.fsum([value, -fixed])
        self._check_room(cell, free, fixed, rest)
        weights = [self._weight(key, cell) for key in free]
        for key, part in zip(free, spread(rest, weights, self.distribution.rounding), strict=True):
            self._put_part(key, cell, part)

    def take_back_spread(self, cell: Cell) -> None:
        """Take back what an aggregate cell once spread, and sum its rows up again."""
        touched = set()
        for key in self._below.get(cell.row, []):
            override = self.overlay.overrides.get(key.cell(cell.field))
            if override is not None and override.origin is OverrideOrigin.DISTRIBUTION:
                self._put(override.cell, None)
                touched.add(key)
        self.asked.discard(cell)
        self.roll_up(touched, [cell.field], also=[cell.row] if self._below.get(cell.row) else [])

    def roll_up(self, rows: Iterable[RowKey], fields: Sequence[str], *, also: Iterable[RowKey] = ()) -> None:
        """Sum the det rows up into the aggregate rows above these; where the sum is the base value, that stands."""
        targets = set(also)
        for key in rows:
            targets |= {above(key, split) for split in self.base[key].splits}
        for target in sorted(targets):
            if target not in self.base:
                self.unmatched.add(target)
                continue
            for name in fields:
                self._sum_up(target.cell(name))

    @property
    def changes(self) -> list[CellChange]:
        """The cells that are not as they were, in order of cell."""
        found = [
            CellChange(cell=cell, before=before, after=self.overlay.overrides.get(cell))
            for cell, before in sorted(self._before.items(), key=lambda item: item[0])
        ]
        return [change for change in found if _said(change.before) != _said(change.after)]

    # What they share --------------------------------------------------------------------------------------------------

    def _put(self, cell: Cell, override: Override | None) -> None:
        self._before.setdefault(cell, self.overlay.overrides.get(cell))
        if override is None:
            self.overlay.overrides.pop(cell, None)
        else:
            self.overlay.overrides[cell] = override

    def _override(self, cell: Cell, value: float, origin: OverrideOrigin, shares: tuple[Share, ...] = ()) -> Override:
        return Override(
            cell=cell, value=value + 0.0, origin=origin, shares=shares, author=self.author, updated_at=self.at
        )

    def _is_fixed(self, cell: Cell) -> bool:
        return cell in self.asked or self.overlay.is_locked(cell)

    def _splits(self, key: RowKey) -> Sequence[Split]:
        return self.overlay.effective(self.base[key]).splits

    def _part(self, key: RowKey, name: str, target: RowKey) -> float:
        """How much of a det row belongs to an aggregate row."""
        return math.fsum(getattr(split, name) for split in self._splits(key) if above(key, split) == target)

    def _weight(self, key: RowKey, cell: Cell) -> float:
        mode = self.distribution.weights
        if mode == WeightMode.EQUAL:
            return 1.0
        if mode == WeightMode.CURRENT or mode in SPREAD:
            return self._part(key, cell.field if mode == WeightMode.CURRENT else mode, cell.row)
        if mode == WeightMode.STORED:
            if key not in self.overlay.weights:
                raise ConflictError(
                    f"There is no stored weight for {key.text}.",
                    remedy="Store weights for every row below the cell, or spread by others: current, equal.",
                    row=key.text,
                )
            return self.overlay.weights[key]
        return measure(self.overlay.effective(self.base[key]), mode) or 0.0

    def _put_part(self, key: RowKey, target: Cell, part: float) -> None:
        shares = tuple(
            (split.period, split.family, part if above(key, split) == target.row else getattr(split, target.field))
            for split in self._splits(key)
        )
        value = math.fsum(share[2] for share in shares)
        cell = key.cell(target.field)
        self._put(cell, self._override(cell, value, OverrideOrigin.DISTRIBUTION, shares if len(shares) > 1 else ()))

    def _sum_up(self, cell: Cell) -> None:
        if self._is_fixed(cell):
            self.kept.add(cell)
            return
        total = math.fsum(self._part(key, cell.field, cell.row) for key in self._below.get(cell.row, ()))
        if measure(self.base[cell.row], cell.field) == total:
            self._put(cell, None)
        else:
            self._put(cell, self._override(cell, total, OverrideOrigin.ROLL_UP))

    def _check_room(self, cell: Cell, free: Sequence[RowKey], fixed: float, rest: float) -> None:
        value = self.overlay.overrides[cell].value
        if not free and rest:
            raise ConflictError(
                f"{cell.text} cannot become {value:g}: every row below it is locked or was edited with it.",
                remedy="Unlock a row, or edit without spreading (--no-auto).",
                cell=cell.text,
            )
        if fixed and rest * value < 0:
            raise ConflictError(
                f"{cell.text} cannot become {value:g}: what is locked below it comes to {fixed:g}.",
                remedy="Unlock rows, or choose a value that leaves room for what is locked.",
                cell=cell.text,
            )


def above(key: RowKey, split: Split) -> RowKey:
    """The aggregate row that a share of a det row belongs to; it lies at the same location."""
    return RowKey(AGGREGATE, split.period, split.family, key.location)


def pairs_of(rows: Iterable[SeriesRow]) -> set[tuple[str, str]]:
    """The (period, family) that rows of either level are about."""
    pairs: set[tuple[str, str]] = set()
    for row in rows:
        if row.level == AGGREGATE:
            pairs.add((row.time_bucket_key, row.item_key))
        pairs |= {(split.period, split.family) for split in row.splits}
    return pairs


def by_key(rows: Iterable[SeriesRow]) -> dict[RowKey, SeriesRow]:
    """The rows under their keys."""
    return {row_key(row): row for row in rows}


def locked(overlay: Overlay, cells: Sequence[Cell]) -> CellLockedError:
    """The refusal to edit cells that are locked; it names the first and counts all."""
    first = cells[0]
    lock = overlay.locks.get((first.row, None)) or overlay.locks[first.row, first.field]
    more = f" and {len(cells) - 1} more" if len(cells) > 1 else ""
    return CellLockedError(
        f"{first.text}{more} cannot be edited: {lock.text} was locked by {lock.actor}. Nothing was edited.",
        remedy="Unlock it first, or leave locked cells out (--skip-locked).",
        cell=first.text,
        count=len(cells),
    )


def _said(override: Override | None) -> tuple[float, tuple[Share, ...]] | None:
    return None if override is None else (override.value, override.shares)
