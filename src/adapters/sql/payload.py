"""The bulk of plans in SQL: series rows by the driver's fastest way, digests, KPIs, artifact headers."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Collection, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from sqlalchemy import Row, Table, delete, insert, select

from ...domain.plans.kpis import TOTAL, Kpi
from ...domain.plans.ports import BATCH_ROWS, PlanPayloadRepository, RowStamp
from ...domain.plans.series import (
    BucketDigest,
    LevelTotals,
    PlanSeries,
    SeriesKey,
    SeriesRow,
)
from ...domain.plans.series_filter import EVERY_ROW, SeriesFilter
from ...domain.shared.canonical import document
from ...domain.shared.ids import VersionId
from .filtering import wanted_rows
from .overlays import copy_rows
from .session import SqlSession
from .tables import PLAN_ARTIFACTS, PLAN_DIGESTS, PLAN_KPIS, PLAN_LEVEL_SUMMARIES, PLAN_SERIES

_COLUMNS = ", ".join(SeriesRow._fields)
_KEY = "time_bucket_type, time_bucket_key, item_key, location_key"
_HEADER = "header"
_AT_ONCE = 100


class SqlPlanPayloadRepository(PlanPayloadRepository):
    """The payload of the plans of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def write_rows(
        self,
        version_id: VersionId,
        level: str,
        batches: AsyncIterable[Sequence[SeriesRow]],
        stamp: RowStamp,
    ) -> int:
        """Keep the rows of a level that has none yet."""
        self._session.payloads_written.add(version_id)
        del level  # it stands in every row
        return await self._session.bulk_insert(PLAN_SERIES, _stamped(version_id, batches, stamp))

    async def save_series(self, series: PlanSeries, buckets: Sequence[BucketDigest]) -> None:
        """Keep count, digest, totals and bucket digests of a level just written."""
        self._session.payloads_written.add(series.version_id)
        await self._session.execute(
            insert(PLAN_LEVEL_SUMMARIES).values(
                version_id=series.version_id,
                level=series.level,
                row_count=series.row_count,
                digest=series.digest.hex(),
                **series.totals._asdict(),
            )
        )
        await self._insert_all(
            PLAN_DIGESTS,
            [
                (
                    series.version_id,
                    series.level,
                    bucket.time_bucket_type,
                    bucket.time_bucket_key,
                    bucket.digest.hex(),
                    bucket.row_count,
                )
                for bucket in buckets
            ],
        )

    async def remove_level(self, version_id: VersionId, level: str) -> None:
        """Forget the rows, digests and totals of a level."""
        self._session.payloads_written.add(version_id)
        for table in (PLAN_SERIES, PLAN_LEVEL_SUMMARIES, PLAN_DIGESTS):
            await self._session.execute(delete(table).where(table.c.version_id == version_id, table.c.level == level))

    async def clear_rows(self, version_id: VersionId) -> None:
        """Forget the rows of a version, and keep its digests, totals and KPIs."""
        await self._session.execute(delete(PLAN_SERIES).where(PLAN_SERIES.c.version_id == version_id))

    async def series(self, version_id: VersionId) -> list[PlanSeries]:
        """The levels of a version, in order of name."""
        return (await self.series_of([version_id])).get(version_id, [])

    async def series_of(self, version_ids: Sequence[VersionId]) -> dict[VersionId, list[PlanSeries]]:
        """The levels of several versions at once, each in order of name."""
        found: dict[VersionId, list[PlanSeries]] = {}
        for row in await self._session.rows(
            select(PLAN_LEVEL_SUMMARIES)
            .where(PLAN_LEVEL_SUMMARIES.c.version_id.in_(version_ids))
            .order_by(PLAN_LEVEL_SUMMARIES.c.version_id, PLAN_LEVEL_SUMMARIES.c.level)
        ):
            found.setdefault(row.version_id, []).append(
                PlanSeries(
                    version_id=row.version_id,
                    level=row.level,
                    row_count=row.row_count,
                    digest=bytes.fromhex(row.digest),
                    totals=LevelTotals(*(getattr(row, name) for name in LevelTotals._fields)),
                )
            )
        return found

    async def buckets(self, version_id: VersionId, level: str) -> list[BucketDigest]:
        """The bucket digests of a level, in key order."""
        columns = PLAN_DIGESTS.c
        rows = await self._session.rows(
            select(PLAN_DIGESTS)
            .where(columns.version_id == version_id, columns.level == level)
            .order_by(columns.time_bucket_type, columns.time_bucket_key)
        )
        return [
            BucketDigest(
                time_bucket_type=row.time_bucket_type,
                time_bucket_key=row.time_bucket_key,
                digest=bytes.fromhex(row.digest),
                row_count=row.row_count,
            )
            for row in rows
        ]

    async def rows(
        self, version_id: VersionId, level: str, only: SeriesFilter = EVERY_ROW
    ) -> AsyncGenerator[list[SeriesRow]]:
        """The wanted rows of a level in key order, in batches."""
        parameters: list[Any] = [version_id, level]
        condition = wanted_rows(only, parameters)
        sql = (
            f"SELECT {_COLUMNS} FROM {self._session.qualified(PLAN_SERIES)} "  # noqa: S608 (names of our own)
            f"WHERE version_id = :1 AND level = :2 {condition}ORDER BY {_KEY}"
        )
        async with aclosing(self._session.stream(sql, parameters, batch_rows=BATCH_ROWS)) as stream:
            async for batch in stream:
                yield list(map(SeriesRow._make, batch))

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
        parameters: list[Any] = [version_id, level]
        beyond = ""
        if after is not None:
            beyond = f"AND ({_KEY}) > (:3, :4, :5, :6) "
            parameters += after[1:]
        beyond += wanted_rows(only, parameters)
        sql = (
            f"SELECT {_COLUMNS} FROM {self._session.qualified(PLAN_SERIES)} "  # noqa: S608 (names of our own)
            f"WHERE version_id = :1 AND level = :2 {beyond}ORDER BY {_KEY} LIMIT {int(limit)}"
        )
        page: list[SeriesRow] = []
        async for batch in self._session.stream(sql, parameters, batch_rows=limit):
            page += map(SeriesRow._make, batch)
        return page

    async def rows_at(self, version_id: VersionId, keys: Collection[SeriesKey]) -> list[SeriesRow]:
        """The rows of these keys, in key order."""
        found: list[SeriesRow] = []
        for level in sorted({key[0] for key in keys}):
            wanted = sorted(key[1:] for key in keys if key[0] == level)
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                places = ", ".join(f"(:{n}, :{n + 1}, :{n + 2}, :{n + 3})" for n in range(3, 3 + 4 * len(part), 4))
                condition = f"({_KEY}) IN (VALUES {places})"
                found += await self._selected(version_id, level, condition, [text for key in part for text in key])
        return found

    async def rows_with_splits(
        self, version_id: VersionId, level: str, pairs: Collection[tuple[str, str]]
    ) -> list[SeriesRow]:
        """The rows of a level that have a share in one of these (period, family), in key order."""
        found: dict[SeriesKey, SeriesRow] = {}
        wanted = sorted(pairs)
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            condition = " OR ".join(f"splits_json LIKE :{n} ESCAPE '!'" for n in range(3, 3 + len(part)))
            rows = await self._selected(version_id, level, f"({condition})", [_like(pair) for pair in part])
            # LIKE of SQLite takes upper and lower case for the same.
            mine = set(part)
            found |= {row.key: row for row in rows if any((split.period, split.family) in mine for split in row.splits)}
        return [found[key] for key in sorted(found)]

    async def _selected(
        self, version_id: VersionId, level: str, condition: str, parameters: Sequence[str]
    ) -> list[SeriesRow]:
        sql = (
            f"SELECT {_COLUMNS} FROM {self._session.qualified(PLAN_SERIES)} "  # noqa: S608 (names of our own)
            f"WHERE version_id = :1 AND level = :2 AND {condition} ORDER BY {_KEY}"
        )
        stream = self._session.stream(sql, [version_id, level, *parameters], batch_rows=BATCH_ROWS)
        async with aclosing(stream):
            return [SeriesRow._make(row) async for batch in stream for row in batch]

    async def copy(self, version_id: VersionId, to: VersionId) -> None:
        """Give a version that has no payload yet all of another's, inside the database."""
        self._session.payloads_written.add(to)
        for table in (PLAN_SERIES, PLAN_LEVEL_SUMMARIES, PLAN_DIGESTS, PLAN_KPIS, PLAN_ARTIFACTS):
            await copy_rows(self._session, table, version_id, to)

    async def save_kpis(self, version_id: VersionId, kpis: Sequence[Kpi]) -> None:
        """Replace the stored KPIs of a version."""
        self._session.payloads_written.add(version_id)
        await self._session.execute(delete(PLAN_KPIS).where(PLAN_KPIS.c.version_id == version_id))
        await self._insert_all(PLAN_KPIS, [(version_id, *kpi.key, kpi.value, kpi.unit) for kpi in kpis])

    async def kpis(self, version_id: VersionId) -> list[Kpi]:
        """The stored KPIs of a version, in key order."""
        columns = PLAN_KPIS.c
        rows = await self._session.rows(
            select(PLAN_KPIS)
            .where(columns.version_id == version_id)
            .order_by(columns.metric, columns.bucket_type, columns.bucket_key)
        )
        return [_kpi(row) for row in rows]

    async def total_kpis_of(self, version_ids: Sequence[VersionId]) -> dict[VersionId, list[Kpi]]:
        """The stored KPIs of the whole horizon of several versions at once, each in key order."""
        columns = PLAN_KPIS.c
        found: dict[VersionId, list[Kpi]] = {}
        for row in await self._session.rows(
            select(PLAN_KPIS)
            .where(columns.version_id.in_(version_ids), columns.bucket_type == TOTAL)
            .order_by(columns.version_id, columns.metric, columns.bucket_key)
        ):
            found.setdefault(row.version_id, []).append(_kpi(row))
        return found

    async def save_headers(self, version_id: VersionId, headers: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace what the version's artifacts say besides rows, by artifact name."""
        self._session.payloads_written.add(version_id)
        columns = PLAN_ARTIFACTS.c
        await self._session.execute(
            delete(PLAN_ARTIFACTS).where(columns.version_id == version_id, columns.kind == _HEADER)
        )
        await self._insert_all(
            PLAN_ARTIFACTS, [(version_id, name, _HEADER, document(dict(header))) for name, header in headers.items()]
        )

    async def headers(self, version_id: VersionId) -> dict[str, dict[str, Any]]:
        """What the version's artifacts say besides rows, by artifact name."""
        columns = PLAN_ARTIFACTS.c
        rows = await self._session.rows(
            select(PLAN_ARTIFACTS)
            .where(columns.version_id == version_id, columns.kind == _HEADER)
            .order_by(columns.name)
        )
        return {row.name: json.loads(row.json_text) for row in rows}

    async def _insert_all(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            await self._session.bulk_insert(table, _one(rows))


def _kpi(row: Row[Any]) -> Kpi:
    return Kpi(
        metric=row.metric,
        bucket_type=row.bucket_type,
        bucket_key=row.bucket_key,
        value=row.value,
        unit=row.unit,
    )


def _like(pair: tuple[str, str]) -> str:
    text = document(list(pair)).removesuffix("]")
    for sign in "!%_":
        text = text.replace(sign, f"!{sign}")
    return f"%{text},%"


async def _one(rows: Sequence[Sequence[Any]]) -> AsyncIterator[Sequence[Sequence[Any]]]:
    yield rows


async def _stamped(
    version_id: VersionId, batches: AsyncIterable[Sequence[SeriesRow]], stamp: RowStamp
) -> AsyncIterator[list[tuple[Any, ...]]]:
    async for rows in batches:
        yield stamped(version_id, rows, stamp)


def stamped(version_id: VersionId, rows: Sequence[SeriesRow], stamp: RowStamp) -> list[tuple[Any, ...]]:
    """The rows as their table has them, in the order of its columns."""
    tail = (stamp.config_version_id, stamp.scenario_id, stamp.source_run_id)
    return [(version_id, *row, *tail) for row in rows]
