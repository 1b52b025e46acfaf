"""Totals of the levels of a plan, stored or just made by an engine, and as they are with what lies over them."""

from __future__ import annotations

import math
from collections.abc import AsyncIterable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from ...domain.plans.comparison import Values, values_of
from ...domain.plans.digests import exact_parts
from ...domain.plans.editing.cells import Cell, RowKey, row_key
from ...domain.plans.editing.overlay import Overlay, measure
from ...domain.plans.explanation import Totals
from ...domain.plans.series import LevelTotals, SeriesKey, SeriesRow
from ...domain.shared.ids import VersionId
from ..engine import RunningEngine
from ..unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which totals are wanted, and the keys of the rows over which something lies."""

    levels: tuple[str, ...]
    measures: tuple[str, ...]
    edited: frozenset[SeriesKey] = frozenset()

    @classmethod
    def of(cls, levels: Sequence[str], measures: Sequence[str], overlays: Iterable[Overlay]) -> Wanted:
        """These totals, with any of these overlays over the rows."""
        keys = {cell.row.series_key for overlay in overlays for cell in overlay.overrides if cell.level in levels}
        return cls(levels=tuple(levels), measures=tuple(measures), edited=frozenset(keys))


@dataclass(slots=True, kw_only=True)
class Measured:
    """The totals of some rows by level, and those of the rows over which something lies."""

    wanted: Wanted
    totals: dict[str, Values] = field(default_factory=dict)
    rows: dict[RowKey, SeriesRow] = field(default_factory=dict)

    def with_overlay(self, overlay: Overlay) -> Totals:
        """The totals with the values that stand over cells; an override without a row plays no part."""
        changes: dict[tuple[str, str], list[float]] = {}
        for cell, override in overlay.overrides.items():
            row = self.rows.get(cell.row)
            if row is not None:
                changes.setdefault((cell.level, cell.field), []).append(override.value - _base(row, cell))
        return {
            level: tuple(
                _changed(total, changes.get((level, name)))
                for name, total in zip(self.wanted.measures, self.totals.get(level, self._nothing), strict=True)
            )
            for level in self.wanted.levels
        }

    @property
    def _nothing(self) -> Values:
        return (None,) * len(self.wanted.measures)

    async def take(self, level: str, batches: AsyncIterable[Sequence[SeriesRow]]) -> None:
        """Add up the rows of a level as they pass, and keep those over which something lies."""
        names = self.wanted.measures
        sums: list[list[float] | None] = [None] * len(names)
        async for rows in batches:
            for place, values in enumerate(zip(*(values_of(row, names) for row in rows), strict=True)):
                present = [value for value in values if value is not None]
                if present:
                    sums[place] = exact_parts([*(sums[place] or ()), *present])
            if self.wanted.edited:
                self.keep(row for row in rows if row.key in self.wanted.edited)
        self.totals[level] = tuple(None if parts is None else math.fsum(parts) for parts in sums)

    def keep(self, rows: Iterable[SeriesRow]) -> None:
        """Keep rows over which something lies."""
        for row in rows:
            self.rows[row_key(row)] = row


async def measured_run(engine: RunningEngine, wanted: Wanted) -> Measured:
    """What an engine made; nothing of it is kept."""
    measured = Measured(wanted=wanted)
    async for level, batches in engine.levels():
        if level in wanted.levels:
            await measured.take(level, batches)
    return measured


async def measured_plan(uow: UnitOfWork, version_id: VersionId, wanted: Wanted) -> Measured:
    """What is stored; rows are read only for measures whose totals are not."""
    measured = Measured(wanted=wanted)
    for series in await uow.payload.series(version_id):
        if series.level not in wanted.levels:
            continue
        if set(wanted.measures) <= set(LevelTotals._fields):
            measured.totals[series.level] = tuple(getattr(series.totals, name) for name in wanted.measures)
        else:
            async with aclosing(uow.payload.rows(version_id, series.level)) as batches:
                await measured.take(series.level, batches)
    measured.keep(await uow.payload.rows_at(version_id, wanted.edited))
    return measured


def _base(row: SeriesRow, cell: Cell) -> float:
    return measure(row, cell.field) or 0.0


def _changed(total: float | None, changes: list[float] | None) -> float | None:
    return total if changes is None else math.fsum([total or 0.0, *changes])
