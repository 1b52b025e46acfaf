"""Looking at edited plans: what lies over them, and rows and KPIs as they are with it."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import NamedTuple

from ...domain.errors import NotFoundError
from ...domain.plans.editing.cells import AGGREGATE, EDITABLE, Cell, row_key
from ...domain.plans.editing.overlay import Overlay, Override, measure
from ...domain.plans.kpis import DET, Kpi, ServiceFigures, base_kpis, derived_kpis, service_figures
from ...domain.plans.series import PlanSeries, SeriesKey, SeriesRow
from ...domain.plans.version import PlanVersion, plan_stream
from ...domain.shared.events import Event, EventFilter
from ...domain.shared.ids import version_id
from ...domain.shared.paging import Page, check_limit, cursor_of, parse_cursor
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .read_plans import MOST_ROWS, figures_of, with_level


class EffectiveRow(NamedTuple):
    """A row as it is with its overrides, and as it is stored."""

    row: SeriesRow
    base: SeriesRow

    @property
    def edited(self) -> bool:
        """Whether an override stands in it."""
        return self.row != self.base


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlaidPlan:
    """A version with what lies over it; ``detached`` overrides stand in rows that the version no longer has."""

    version: PlanVersion
    overlay: Overlay
    detached: Sequence[Override]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEdits:
    """Look at what was edited."""

    unit_of_work: UnitOfWorkFactory

    async def overlay(self, wanted: str) -> OverlaidPlan:
        """Everything that lies over a version.

        Raises:
            NotFoundError: there is no such version.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = await uow.plans.get(version_id(wanted))
            overlay = await uow.overlays.load(version.version_id)
            rows = {cell.row.series_key for cell in overlay.overrides}
            found = {row_key(row) for row in await uow.payload.rows_at(version.version_id, rows)}
        detached = [override for cell, override in overlay.overrides.items() if cell.row not in found]
        return OverlaidPlan(version=version, overlay=overlay, detached=detached)

    async def rows(self, wanted: str, level: str) -> AsyncGenerator[Sequence[EffectiveRow]]:
        """Every row of a level in key order, in batches; memory holds the overlay and a batch.

        Raises:
            NotFoundError: there is no such version, or it has no such level.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = await with_level(uow, wanted, level)
            overlay = await _overlay_of(uow, version, level)
            async with aclosing(uow.payload.rows(version.version_id, level)) as batches:
                async for batch in batches:
                    yield [EffectiveRow(overlay.effective(row), row) for row in batch]

    async def page(self, wanted: str, level: str, *, limit: int, cursor: str | None) -> Page[EffectiveRow]:
        """Some rows of a level in key order.

        Raises:
            NotFoundError: there is no such version, or it has no such level.
            InvalidRequestError: limit or cursor are wrong.
        """
        check_limit(limit, maximum=MOST_ROWS)
        name = f"effective/{level}"
        key = parse_cursor(cursor, name, str, str, str, str)
        after: SeriesKey | None = None if key is None else (level, str(key[0]), str(key[1]), str(key[2]), str(key[3]))
        async with self.unit_of_work(read_only=True) as uow:
            version = await with_level(uow, wanted, level)
            overlay = await _overlay_of(uow, version, level)
            rows = await uow.payload.page(version.version_id, level, after=after, limit=limit + 1)
        items = [EffectiveRow(overlay.effective(row), row) for row in rows[:limit]]
        more = len(rows) > limit
        return Page(items=items, next_cursor=cursor_of(name, rows[limit - 1].key[1:]) if more else None)

    async def events(self, wanted: str, *, limit: int, cursor: str | None) -> Page[Event]:
        """What happened to a version, newest first; the events of a deleted one are still there.

        Raises:
            NotFoundError: nothing ever happened to such a version.
            InvalidRequestError: limit or cursor are wrong.
        """
        check_limit(limit)
        chosen = version_id(wanted)
        name, stream = f"events/{plan_stream(chosen)}", EventFilter(stream=plan_stream(chosen))
        key = parse_cursor(cursor, name, int)
        async with self.unit_of_work(read_only=True) as uow:
            before = None if key is None else int(key[0])
            found = await uow.events.newest(stream, before=before, limit=limit + 1)
            if not found and before is None:
                raise NotFoundError("plan version", chosen)
        more = len(found) > limit
        return Page(items=found[:limit], next_cursor=cursor_of(name, [found[limit - 1].position]) if more else None)

    async def kpis(self, wanted: str) -> Sequence[Kpi]:
        """The KPIs that follow from rows as they are with their overrides, in key order.

        Raises:
            NotFoundError: there is no such version.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = (await uow.plans.get(version_id(wanted))).require_rows()
            overlay = await uow.overlays.load(version.version_id)
            levels = {series.level: series for series in await uow.payload.series(version.version_id)}
            aggregate: list[SeriesRow] = []
            async for batch in uow.payload.rows(version.version_id, AGGREGATE):
                aggregate += [overlay.effective(row) for row in batch]
            figures = await figures_of(uow, version, levels)
            if figures["service"] is not None:
                figures["service"] = await _with_edits(uow, version, figures["service"], overlay)
            for level in set(EDITABLE) & levels.keys():
                levels[level] = await _with_totals(uow, levels[level], overlay)
        stored = base_kpis(aggregate) if aggregate else []
        return sorted([*stored, *derived_kpis(levels, **figures)], key=lambda kpi: kpi.key)


async def _overlay_of(uow: UnitOfWork, version: PlanVersion, level: str) -> Overlay:
    return await uow.overlays.load(version.version_id) if level in EDITABLE else Overlay()


async def _with_totals(uow: UnitOfWork, series: PlanSeries, overlay: Overlay) -> PlanSeries:
    """The level with the totals that its overrides make of it."""
    cells = [cell for cell in overlay.overrides if cell.level == series.level]
    rows = await uow.payload.rows_at(series.version_id, {cell.row.series_key for cell in cells})
    base = {row_key(row): row for row in rows}
    totals = series.totals._asdict()
    for name in totals:
        changes = [_change(overlay, base[cell.row], cell) for cell in cells if cell.field == name and cell.row in base]
        if changes:
            totals[name] = math.fsum([totals[name] or 0.0, *changes])
    return replace(series, totals=series.totals._replace(**totals))


async def _with_edits(
    uow: UnitOfWork, version: PlanVersion, service: ServiceFigures, overlay: Overlay
) -> ServiceFigures:
    """The figures of det with what its overrides make of the rows in which they stand."""
    edited = {cell.row.series_key for cell in overlay.overrides if cell.level == DET}
    rows = await uow.payload.rows_at(version.version_id, edited)
    changed = service_figures(overlay.effective(row) for row in rows)
    return service.plus(service_figures(rows), times=-1).plus(changed)


def _change(overlay: Overlay, row: SeriesRow, cell: Cell) -> float:
    return overlay.overrides[cell].value - (measure(row, cell.field) or 0.0)
