"""Turning and adding up plans row by row, wherever their rows lie: for stores that cannot group them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import aclosing

from ...domain.plans.comparison import Bucket, values_of
from ...domain.plans.kpis import ServiceFigures, service_figures
from ...domain.plans.pivot import LevelOutline, PivotCell, PlanPivotRepository
from ...domain.plans.ports import PlanPayloadRepository
from ...domain.plans.series import MEASURES, SeriesRow
from ...domain.plans.series_filter import EVERY_ROW, SeriesFilter
from ...domain.shared.ids import VersionId


class RowPivots(PlanPivotRepository):
    """Reads the wanted rows once; memory grows with what comes out."""

    def __init__(self, payload: PlanPayloadRepository) -> None:
        """Turn the rows of this payload."""
        self._payload = payload

    async def items(self, version_id: VersionId, level: str, only: SeriesFilter) -> list[str]:
        """The items that wanted rows of a level are about, each once."""
        found: dict[str, None] = {}
        async with aclosing(self._payload.rows(version_id, level, only)) as batches:
            async for batch in batches:
                found |= dict.fromkeys(row.item_key for row in batch)
        return list(found)

    async def cells(
        self, version_id: VersionId, level: str, measure: str, items: Collection[str], only: SeriesFilter
    ) -> list[PivotCell]:
        """The wanted rows of these items, added up by item and bucket."""
        chosen, found = set(items), dict[tuple[str, Bucket], PivotCell]()
        async with aclosing(self._payload.rows(version_id, level, only)) as batches:
            async for batch in batches:
                for row in batch:
                    if row.item_key in chosen:
                        bucket = (row.time_bucket_type, row.time_bucket_key)
                        known = found.get((row.item_key, bucket), PivotCell(row.item_key, None, bucket, None))
                        found[row.item_key, bucket] = _with(known, row, measure)
        return list(found.values())

    async def service(self, version_id: VersionId, level: str) -> ServiceFigures:
        """What ``service_figures`` says of all rows of a level."""
        figures = ServiceFigures()
        async with aclosing(self._payload.rows(version_id, level)) as batches:
            async for batch in batches:
                figures = figures.plus(service_figures(batch))
        return figures

    async def outlines(self, version_id: VersionId) -> list[LevelOutline]:
        """What each level of a version comes to, in order of level."""
        outlines = [await self._outline(version_id, series.level) for series in await self._payload.series(version_id)]
        return [outline for outline in outlines if outline.rows]

    async def _outline(self, version_id: VersionId, level: str) -> LevelOutline:
        rows, items, locations, buckets = 0, set[str](), set[str](), set[Bucket]()
        totals = dict[str, float | None].fromkeys(MEASURES)
        async with aclosing(self._payload.rows(version_id, level, EVERY_ROW)) as batches:
            async for batch in batches:
                rows += len(batch)
                for row in batch:
                    items.add(row.item_key)
                    locations.add(row.location_key)
                    buckets.add((row.time_bucket_type, row.time_bucket_key))
                    for name, value in zip(MEASURES, values_of(row, MEASURES), strict=True):
                        if value is not None:
                            totals[name] = (totals[name] or 0.0) + value
        return LevelOutline(
            level=level,
            rows=rows,
            buckets=len(buckets),
            items=len(items),
            locations=len(locations),
            totals={name: value for name, value in totals.items() if value is not None},
        )


def _with(cell: PivotCell, row: SeriesRow, measure: str) -> PivotCell:
    """A cell with one more row added."""
    (value,) = values_of(row, (measure,))
    names = [name for name in (cell.item_name, row.item_name) if name is not None]
    return cell._replace(
        item_name=max(names, default=None),
        value=cell.value if value is None else (cell.value or 0.0) + value,
    )
