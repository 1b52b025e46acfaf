"""Pivots in memory."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from ...domain.plans.comparison import values_of
from ...domain.plans.kpis import ServiceFigures, service_figures
from ...domain.plans.pivot import LevelOutline, PivotCell, PlanPivotRepository
from ...domain.plans.series import MEASURES, SeriesRow
from ...domain.plans.series_filter import SeriesFilter
from ...domain.shared.ids import VersionId, folded
from .state import MemoryState


class MemoryPlanPivotRepository(PlanPivotRepository):
    """Turns and adds up the rows of plans of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._state = state

    async def items(self, version_id: VersionId, level: str, only: SeriesFilter) -> list[str]:
        """The items that wanted rows of a level are about, each once."""
        return list(dict.fromkeys(row.item_key for row in self._wanted(version_id, level, only)))

    async def cells(
        self, version_id: VersionId, level: str, measure: str, items: Collection[str], only: SeriesFilter
    ) -> list[PivotCell]:
        """The wanted rows of these items, added up by item and bucket."""
        chosen, groups = set(items), dict[tuple[str, tuple[str, str]], list[SeriesRow]]()
        for row in self._wanted(version_id, level, only):
            if row.item_key in chosen:
                groups.setdefault((row.item_key, (row.time_bucket_type, row.time_bucket_key)), []).append(row)
        return [
            PivotCell(
                item,
                max((row.item_name for row in rows if row.item_name is not None), default=None),
                bucket,
                _sums(rows, (measure,)).get(measure),
            )
            for (item, bucket), rows in groups.items()
        ]

    async def service(self, version_id: VersionId, level: str) -> ServiceFigures:
        """What ``service_figures`` says of all rows of a level."""
        return service_figures(self._state.rows.get((folded(version_id), level), ()))

    async def outlines(self, version_id: VersionId) -> list[LevelOutline]:
        """What each level of a version comes to, in order of level."""
        key = folded(version_id)
        levels = sorted((level, rows) for (version, level), rows in self._state.rows.items() if version == key)
        return [
            LevelOutline(
                level=level,
                rows=len(rows),
                buckets=len({row.key[1:3] for row in rows}),
                items=len({row.item_key for row in rows}),
                locations=len({row.location_key for row in rows}),
                totals=_sums(rows, MEASURES),
            )
            for level, rows in levels
            if rows
        ]

    def _wanted(self, version_id: VersionId, level: str, only: SeriesFilter) -> Iterator[SeriesRow]:
        return (row for row in self._state.rows.get((folded(version_id), level), ()) if only.wants(row))


def _sums(rows: Collection[SeriesRow], measures: Collection[str]) -> dict[str, float]:
    columns = zip(*(values_of(row, list(measures)) for row in rows), strict=True)
    present = {
        name: [value for value in column if value is not None] for name, column in zip(measures, columns, strict=True)
    }
    return {name: math.fsum(values) for name, values in present.items() if values}
