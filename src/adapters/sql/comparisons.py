"""Comparing plans inside the database: joins over the key, so that equal rows never leave it."""

# ruff: noqa: S608 (names of tables and columns are our own; values are parameters)

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from ...domain.plans.comparison import Bucket, ChangeCounts, GroupTotals, Materiality, Rollup, RowChange
from ...domain.plans.ports import BATCH_ROWS, PlanComparisonRepository
from ...domain.plans.series import SeriesKey
from ...domain.shared.ids import VersionId
from .session import SqlSession
from .tables import PLAN_SERIES

_KEY = ("time_bucket_type", "time_bucket_key", "item_key", "location_key")
_REAL = "DOUBLE PRECISION"
_COLUMN = {Rollup.BUCKET: "time_bucket_key", Rollup.ITEM: "item_key", Rollup.LOCATION: "location_key"}


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions, a level and the buckets in which rows are looked at."""

    before: VersionId
    after: VersionId
    level: str
    buckets: Sequence[Bucket] | None
    material: Materiality


class _Query:
    """One statement over both versions, with its parameters in the order of their numbers."""

    def __init__(self, session: SqlSession, compared: Compared) -> None:
        self.parameters: list[Any] = [compared.before, compared.after, compared.level]
        self._table = session.qualified(PLAN_SERIES)
        self._measures = compared.material.measures
        self._buckets = ""
        if compared.buckets is not None:
            self._buckets = ", ".join(f"({self.holding(kind)}, {self.holding(key)})" for kind, key in compared.buckets)
        self._bounds = "" if compared.material.counts_everything else self._bounded(compared.material)

    def holding(self, value: Any) -> str:
        """The place of one more parameter."""
        self.parameters.append(value)
        return f":{len(self.parameters)}"

    def _bounded(self, material: Materiality) -> str:
        absolute = f"CAST({self.holding(material.absolute)} AS {_REAL})"
        relative = f"CAST({self.holding(material.relative)} AS {_REAL})"
        sizes = []
        for number in range(len(self._measures)):
            old, new = f"coalesce(a{number}, 0)", f"coalesce(b{number}, 0)"
            size = f"abs({new} - {old})"
            bounds = (absolute, f"{relative} * abs({old})", f"{relative} * abs({new})")
            sizes.append("(" + " AND ".join(f"{size} > {bound}" for bound in bounds) + ")")
        return " WHERE " + " OR ".join(sizes)

    def changes(self) -> str:
        """A table of changes: key, kind, measures before (a0 …) and after (b0 …)."""
        table, count = self._table, range(len(self._measures))
        old = ", ".join(f"a.{name} AS a{number}" for number, name in enumerate(self._measures))
        new = ", ".join(f"b.{name} AS b{number}" for number, name in enumerate(self._measures))
        no_old = ", ".join(f"CAST(NULL AS {_REAL}) AS a{number}" for number in count)
        no_new = ", ".join(f"CAST(NULL AS {_REAL}) AS b{number}" for number in count)
        differs = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in self._measures)
        same = " AND ".join(f"a.{name} = b.{name}" for name in ("level", *_KEY))
        both = (
            f"SELECT {_keys('a')}, 'changed' AS kind, {old}, {new} FROM {table} a "
            f"JOIN {table} b ON b.version_id = :2 AND {same} WHERE {self._within('a', 1)} AND ({differs})"
        )
        gone = (
            f"SELECT {_keys('a')}, 'removed' AS kind, {old}, {no_new} FROM {table} a "
            f"WHERE {self._within('a', 1)} AND NOT EXISTS (SELECT 1 FROM {table} b WHERE b.version_id = :2 AND {same})"
        )
        come = (
            f"SELECT {_keys('b')}, 'added' AS kind, {no_old}, {new} FROM {table} b "
            f"WHERE {self._within('b', 2)} AND NOT EXISTS (SELECT 1 FROM {table} a WHERE a.version_id = :1 AND {same})"
        )
        return f"SELECT * FROM ({both} UNION ALL {gone} UNION ALL {come}) AS found{self._bounds}"

    def _within(self, alias: str, version: int) -> str:
        within = f"{alias}.version_id = :{version} AND {alias}.level = :3"
        if not self._buckets:
            return within
        return f"{within} AND ({alias}.time_bucket_type, {alias}.time_bucket_key) IN (VALUES {self._buckets})"


def _keys(alias: str) -> str:
    return ", ".join(f"{alias}.{name} AS {name}" for name in _KEY)


class SqlPlanComparisonRepository(PlanComparisonRepository):
    """Compares plans of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def changes(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        *,
        buckets: Collection[Bucket] | None,
        after: SeriesKey | None = None,
        limit: int,
        largest: bool = False,
    ) -> list[RowChange]:
        """Changes in key order after a key, or the largest."""
        if buckets is not None and not buckets:
            return []
        query = self._query(versions, level, material, buckets)
        key = ", ".join(_KEY)
        beyond = ""
        if after is not None and not largest:
            beyond = f" WHERE ({key}) > ({', '.join(query.holding(part) for part in after[1:])})"
        order = f"abs(coalesce(b0, 0) - coalesce(a0, 0)) DESC, {key}" if largest else key
        sql = f"SELECT * FROM ({query.changes()}) AS changes{beyond} ORDER BY {order} LIMIT {int(limit)}"
        width = len(material.measures)
        return [_change(level, row, width) for row in await self._all(sql, query.parameters)]

    async def all_changes(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        *,
        buckets: Collection[Bucket] | None,
    ) -> AsyncGenerator[list[RowChange]]:
        """Every change in key order, in batches."""
        if buckets is not None and not buckets:
            return
        query = self._query(versions, level, material, buckets)
        sql, width = f"SELECT * FROM ({query.changes()}) AS changes ORDER BY {', '.join(_KEY)}", len(material.measures)
        async with aclosing(self._session.stream(sql, query.parameters, batch_rows=BATCH_ROWS)) as stream:
            async for batch in stream:
                yield [_change(level, row, width) for row in batch]

    def _query(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        buckets: Collection[Bucket] | None,
    ) -> _Query:
        known = None if buckets is None else sorted(buckets)
        return _Query(self._session, Compared(*versions, level, known, material))

    async def change_counts(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        *,
        buckets: Collection[Bucket] | None,
    ) -> ChangeCounts:
        """How many changes of each kind there are."""
        if buckets is not None and not buckets:
            return ChangeCounts()
        query = self._query(versions, level, material, buckets)
        sql = f"SELECT kind, count(*) FROM ({query.changes()}) AS changes GROUP BY kind"
        return ChangeCounts(**{row[0]: row[1] for row in await self._all(sql, query.parameters)})

    async def totals(
        self, versions: tuple[VersionId, VersionId], level: str, by: Rollup, measures: Sequence[str]
    ) -> list[GroupTotals]:
        """The sums of both versions by group, in order of group."""
        column, table, width = _COLUMN[by], self._session.qualified(PLAN_SERIES), len(measures)
        sums = ", ".join(
            f"sum(CASE WHEN version_id = :{version} THEN {name} END)" for version in (1, 2) for name in measures
        )
        sql = (
            f"SELECT {column}, {sums} FROM {table} WHERE version_id IN (:1, :2) AND level = :3 "
            f"GROUP BY {column} ORDER BY {column}"
        )
        rows = await self._all(sql, [*versions, level])
        return [GroupTotals(row[0], tuple(row[1 : 1 + width]), tuple(row[1 + width :])) for row in rows]

    async def _all(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        async with aclosing(self._session.stream(sql, parameters, batch_rows=BATCH_ROWS)) as stream:
            return [row async for batch in stream for row in batch]


def _change(level: str, row: Any, width: int) -> RowChange:
    kind, start = row[len(_KEY)], len(_KEY) + 1
    before, after = tuple(row[start : start + width]), tuple(row[start + width : start + 2 * width])
    key = (level, row[0], row[1], row[2], row[3])
    return RowChange(key, None if kind == "added" else before, None if kind == "removed" else after)
