"""The bulk of plans in memory."""

from __future__ import annotations

import bisect
import json
from collections.abc import AsyncGenerator, AsyncIterable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...domain.plans.comparison import Bucket
from ...domain.plans.kpis import TOTAL, Kpi
from ...domain.plans.ports import BATCH_ROWS, PlanPayloadRepository, RowStamp
from ...domain.plans.series import BucketDigest, PlanSeries, SeriesKey, SeriesRow
from ...domain.plans.series_filter import EVERY_ROW, SeriesFilter
from ...domain.shared.canonical import document
from ...domain.shared.ids import VersionId, folded
from .state import MemoryState


class MemoryPlanPayloadRepository(PlanPayloadRepository):
    """The payload of the plans of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self.written: set[VersionId] = set()
        self._state = state

    async def write_rows(
        self,
        version_id: VersionId,
        level: str,
        batches: AsyncIterable[Sequence[SeriesRow]],
        stamp: RowStamp,
    ) -> int:
        """Keep the rows of a level that has none yet."""
        self.written.add(version_id)
        del stamp  # the version's provenance says the same
        rows = tuple([row async for batch in batches for row in batch])
        self._state.rows[folded(version_id), level] = rows
        return len(rows)

    async def save_series(self, series: PlanSeries, buckets: Sequence[BucketDigest]) -> None:
        """Keep count, digest, totals and bucket digests of a level just written."""
        self.written.add(series.version_id)
        key = folded(series.version_id), series.level
        self._state.series[key] = series
        self._state.buckets[key] = tuple(buckets)

    async def remove_level(self, version_id: VersionId, level: str) -> None:
        """Forget the rows, digests and totals of a level."""
        self.written.add(version_id)
        for kept in (self._state.rows, self._state.series, self._state.buckets):
            kept.pop((folded(version_id), level), None)

    async def clear_rows(self, version_id: VersionId) -> None:
        """Forget the rows of a version, and keep its digests, totals and KPIs."""
        for key in [key for key in self._state.rows if key[0] == folded(version_id)]:
            del self._state.rows[key]

    async def series(self, version_id: VersionId) -> list[PlanSeries]:
        """The levels of a version, in order of name."""
        key = folded(version_id)
        kept = sorted((level, series) for (version, level), series in self._state.series.items() if version == key)
        return [replace(series, version_id=version_id) for _, series in kept]

    async def series_of(self, version_ids: Sequence[VersionId]) -> dict[VersionId, list[PlanSeries]]:
        """The levels of several versions at once, each in order of name."""
        found = {version_id: await self.series(version_id) for version_id in version_ids}
        return {version_id: levels for version_id, levels in found.items() if levels}

    async def buckets(self, version_id: VersionId, level: str) -> list[BucketDigest]:
        """The bucket digests of a level, in key order."""
        return list(self._state.buckets.get((folded(version_id), level), ()))

    async def rows(
        self, version_id: VersionId, level: str, only: SeriesFilter = EVERY_ROW
    ) -> AsyncGenerator[list[SeriesRow]]:
        """The wanted rows of a level in key order, in batches."""
        rows = self._wanted(version_id, level, only)
        for start in range(0, len(rows), BATCH_ROWS):
            yield list(rows[start : start + BATCH_ROWS])

    async def rows_in(
        self, version_id: VersionId, level: str, buckets: Collection[Bucket] | None
    ) -> AsyncGenerator[list[SeriesRow]]:
        """The rows of a level in these buckets, or all, in key order, in batches."""
        async for batch in self.rows(version_id, level):
            yield batch if buckets is None else [row for row in batch if row.key[1:3] in buckets]

    async def page(
        self,
        version_id: VersionId,
        level: str,
        *,
        after: SeriesKey | None,
        limit: int,
        only: SeriesFilter = EVERY_ROW,
    ) -> list[SeriesRow]:
        """At most ``limit`` wanted rows of a level after a key, in key order."""
        rows = self._wanted(version_id, level, only)
        start = 0 if after is None else bisect.bisect_right(rows, after, key=lambda row: row.key)
        return list(rows[start : start + limit])

    def _wanted(self, version_id: VersionId, level: str, only: SeriesFilter) -> Sequence[SeriesRow]:
        rows: Sequence[SeriesRow] = self._state.rows.get((folded(version_id), level), ())
        return rows if only.is_open else [row for row in rows if only.wants(row)]

    async def rows_at(self, version_id: VersionId, keys: Collection[SeriesKey]) -> list[SeriesRow]:
        """The rows of these keys, in key order."""
        wanted = set(keys)
        rows = (self._state.rows.get((folded(version_id), level), ()) for level in sorted({key[0] for key in keys}))
        return [row for level in rows for row in level if row.key in wanted]

    async def rows_with_splits(
        self, version_id: VersionId, level: str, pairs: Collection[tuple[str, str]]
    ) -> list[SeriesRow]:
        """The rows of a level that have a share in one of these (period, family), in key order."""
        wanted = set(pairs)
        rows = self._state.rows.get((folded(version_id), level), ())
        return [row for row in rows if any((split.period, split.family) in wanted for split in row.splits)]

    async def copy(self, version_id: VersionId, to: VersionId) -> None:
        """Give a version that has no payload yet all of another's."""
        self.written.add(to)
        old, new = folded(version_id), folded(to)
        for series in await self.series(version_id):
            self._state.rows[new, series.level] = self._state.rows.get((old, series.level), ())
            self._state.series[new, series.level] = replace(series, version_id=to)
            self._state.buckets[new, series.level] = self._state.buckets.get((old, series.level), ())
        self._state.kpis[new] = self._state.kpis.get(old, ())
        self._state.headers[new] = self._state.headers.get(old, {})

    async def save_kpis(self, version_id: VersionId, kpis: Sequence[Kpi]) -> None:
        """Replace the stored KPIs of a version."""
        self.written.add(version_id)
        self._state.kpis[folded(version_id)] = tuple(sorted(kpis, key=lambda kpi: kpi.key))

    async def kpis(self, version_id: VersionId) -> list[Kpi]:
        """The stored KPIs of a version, in key order."""
        return list(self._state.kpis.get(folded(version_id), ()))

    async def total_kpis_of(self, version_ids: Sequence[VersionId]) -> dict[VersionId, list[Kpi]]:
        """The stored KPIs of the whole horizon of several versions at once, each in key order."""
        found = {
            version_id: [kpi for kpi in await self.kpis(version_id) if kpi.bucket_type == TOTAL]
            for version_id in version_ids
        }
        return {version_id: kpis for version_id, kpis in found.items() if kpis}

    async def save_headers(self, version_id: VersionId, headers: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace what the version's artifacts say besides rows, by artifact name."""
        self.written.add(version_id)
        self._state.headers[folded(version_id)] = {
            name: json.loads(document(dict(header))) for name, header in headers.items()
        }

    async def headers(self, version_id: VersionId) -> dict[str, dict[str, Any]]:
        """What the version's artifacts say besides rows, by artifact name."""
        kept = self._state.headers.get(folded(version_id), {})
        return {name: kept[name] for name in sorted(kept)}
