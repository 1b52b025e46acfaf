"""The payload of plans wherever it lies: rows from the primary, everything else from the ledger's own tables.

Digests, totals, KPIs and headers stay in the tables in every mode: they are few, lists and comparisons ask for those of
many plans at once, and a folder that was altered is known by them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from ...domain.plans.comparison import Bucket
from ...domain.plans.kpis import Kpi
from ...domain.plans.ports import PlanPayloadRepository, RowStamp
from ...domain.plans.series import BucketDigest, PlanSeries, SeriesKey, SeriesRow
from ...domain.plans.series_filter import EVERY_ROW, SeriesFilter
from ...domain.shared.ids import VersionId
from ...domain.storage.ports import StorageRepository
from ..plans.row_comparisons import RowComparisons
from ..plans.row_pivots import RowPivots
from ..unit_of_work import Payloads, PlacesPayloads
from .folders import PayloadFolders
from .placed_comparisons import PlacedComparisons, PlacedPivots
from .placed_rows import PlacedRows, stamp_of
from .shadow_read import ShadowRead


def nobody_compares(read: ShadowRead) -> None:
    """Let it pass."""
    del read


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacePayloads(PlacesPayloads):
    """Lets units of work read rows from folders where files are the primary of the store.

    What was read to its end is offered to be compared.
    """

    folders: PayloadFolders | None
    offer: Callable[[ShadowRead], None] = nobody_compares

    def __call__(self, tables: Payloads, storage: StorageRepository) -> Payloads:
        """The repositories of one unit of work; folders are opened when they are first needed."""
        placed = PlacedRows(tables.payload, storage, self.folders)
        payload = PlacedPayload(tables.payload, placed, offer=self.offer)
        return Payloads(
            payload=payload,
            comparisons=PlacedComparisons(tables.comparisons, RowComparisons(payload.rows_in), placed),
            pivots=PlacedPivots(tables.pivots, RowPivots(payload), placed),
            close=placed.close,
        )


class PlacedPayload(PlanPayloadRepository):
    """Reads rows from where they lie, and writes to the tables; what is written is filed before the commit."""

    def __init__(
        self,
        tables: PlanPayloadRepository,
        placed: PlacedRows,
        *,
        offer: Callable[[ShadowRead], None] = nobody_compares,
    ) -> None:
        """Read through these."""
        self._tables = tables
        self._placed = placed
        self._offer = offer

    async def write_rows(
        self,
        version_id: VersionId,
        level: str,
        batches: AsyncIterable[Sequence[SeriesRow]],
        stamp: RowStamp,
    ) -> int:
        """Keep the rows of a level that has none yet."""
        await self._placed.written(version_id)
        return await self._tables.write_rows(version_id, level, batches, stamp)

    async def save_series(self, series: PlanSeries, buckets: Sequence[BucketDigest]) -> None:
        """Keep count, digest, totals and bucket digests of a level just written."""
        await self._placed.written(series.version_id)
        await self._tables.save_series(series, buckets)

    async def remove_level(self, version_id: VersionId, level: str) -> None:
        """Forget the rows, digests and totals of a level."""
        await self._placed.written(version_id)
        await self._tables.remove_level(version_id, level)

    async def clear_rows(self, version_id: VersionId) -> None:
        """Forget the rows of a version in the tables."""
        await self._tables.clear_rows(version_id)

    async def series(self, version_id: VersionId) -> list[PlanSeries]:
        """The levels of a version, in order of name."""
        return await self._tables.series(version_id)

    async def series_of(self, version_ids: Sequence[VersionId]) -> dict[VersionId, list[PlanSeries]]:
        """The levels of several versions at once, each in order of name."""
        return await self._tables.series_of(version_ids)

    async def buckets(self, version_id: VersionId, level: str) -> list[BucketDigest]:
        """The bucket digests of a level, in key order."""
        return await self._tables.buckets(version_id, level)

    async def rows(
        self, version_id: VersionId, level: str, only: SeriesFilter = EVERY_ROW
    ) -> AsyncGenerator[list[SeriesRow]]:
        """The wanted rows of a level in key order, in batches."""
        folder = await self._placed.folder(version_id)
        if folder is None:
            source = self._tables.rows(version_id, level, only)
        elif only.is_open:
            source = folder.rows(level)
        else:
            source = _wanted(folder.rows(level, within=lambda bucket: only.wants_bucket(bucket[1])), only)
        async with aclosing(source) as batches:
            async for batch in batches:
                yield batch
        self._offered(ShadowRead(version_id=version_id, level=level, only=only))

    async def rows_in(
        self, version_id: VersionId, level: str, buckets: Collection[Bucket] | None
    ) -> AsyncGenerator[list[SeriesRow]]:
        """The rows of a level in these buckets, or all, in key order, in batches."""
        folder = await self._placed.folder(version_id)
        wanted = None if buckets is None else frozenset(buckets)
        if folder is not None:
            source = folder.rows(level, within=None if wanted is None else wanted.__contains__)
        else:
            source = self._tables.rows(version_id, level)
        async with aclosing(source) as batches:
            async for batch in batches:
                rows = batch if wanted is None else [row for row in batch if row.key[1:3] in wanted]
                if rows:
                    yield rows

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
        self._offered(ShadowRead(version_id=version_id, level=level, only=only, after=after, limit=limit))
        folder = await self._placed.folder(version_id)
        if folder is None:
            return await self._tables.page(version_id, level, after=after, limit=limit, only=only)
        found: list[SeriesRow] = []
        source = folder.rows(level, after=after, within=lambda bucket: only.wants_bucket(bucket[1]))
        async with aclosing(_wanted(source, only)) as batches:
            async for batch in batches:
                found += batch
                if len(found) >= limit:
                    break
        return found[:limit]

    async def rows_at(self, version_id: VersionId, keys: Collection[SeriesKey]) -> list[SeriesRow]:
        """The rows of these keys, in key order."""
        if await self._placed.folder(version_id) is None:
            return await self._tables.rows_at(version_id, keys)
        wanted, found = set(keys), list[SeriesRow]()
        for level in sorted({key[0] for key in wanted}):
            buckets = {(key[1], key[2]) for key in wanted if key[0] == level}
            async with aclosing(self.rows_in(version_id, level, buckets)) as batches:
                async for batch in batches:
                    found += [row for row in batch if row.key in wanted]
        return found

    async def rows_with_splits(
        self, version_id: VersionId, level: str, pairs: Collection[tuple[str, str]]
    ) -> list[SeriesRow]:
        """The rows of a level that have a share in one of these (period, family), in key order."""
        folder = await self._placed.folder(version_id)
        if folder is None:
            return await self._tables.rows_with_splits(version_id, level, pairs)
        wanted, found = set(pairs), list[SeriesRow]()
        async with aclosing(folder.rows(level)) as batches:
            async for batch in batches:
                found += [row for row in batch if any((one.period, one.family) in wanted for one in row.splits)]
        return found

    async def copy(self, version_id: VersionId, to: VersionId) -> None:
        """Give a version that has no payload yet all of another's."""
        folder = await self._placed.folder(version_id)
        await self._placed.written(to)
        if folder is None:
            await self._tables.copy(version_id, to)
            return
        for series in folder.series:
            await self._tables.write_rows(to, series.level, folder.rows(series.level), stamp_of(folder))
        for series in await self.series(version_id):
            await self._tables.save_series(replace(series, version_id=to), await self.buckets(version_id, series.level))
        await self._tables.save_kpis(to, await self.kpis(version_id))
        await self._tables.save_headers(to, await self.headers(version_id))

    def _offered(self, read: ShadowRead) -> None:
        if not self._placed.is_written(read.version_id):
            self._offer(read)

    async def save_kpis(self, version_id: VersionId, kpis: Sequence[Kpi]) -> None:
        """Replace the stored KPIs of a version."""
        await self._placed.written(version_id)
        await self._tables.save_kpis(version_id, kpis)

    async def kpis(self, version_id: VersionId) -> list[Kpi]:
        """The stored KPIs of a version, in key order."""
        return await self._tables.kpis(version_id)

    async def total_kpis_of(self, version_ids: Sequence[VersionId]) -> dict[VersionId, list[Kpi]]:
        """The stored KPIs of the whole horizon of several versions at once, each in key order."""
        return await self._tables.total_kpis_of(version_ids)

    async def save_headers(self, version_id: VersionId, headers: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep what the version's artifacts say besides rows, by artifact name."""
        await self._placed.written(version_id)
        await self._tables.save_headers(version_id, headers)

    async def headers(self, version_id: VersionId) -> dict[str, dict[str, Any]]:
        """What the version's artifacts say besides rows, by artifact name."""
        return await self._tables.headers(version_id)


async def _wanted(source: AsyncGenerator[list[SeriesRow]], only: SeriesFilter) -> AsyncGenerator[list[SeriesRow]]:
    async with aclosing(source) as batches:
        async for batch in batches:
            if rows := [row for row in batch if only.wants(row)]:
                yield rows
