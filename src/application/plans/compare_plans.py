"""Comparing plans: what two versions say differently, level by level and row by row."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from ...domain.errors import NotFoundError
from ...domain.plans.comparison import (
    Bucket,
    ChangeCounts,
    GroupTotals,
    Materiality,
    Rollup,
    RowChange,
    Values,
)
from ...domain.plans.series import BucketDigest, SeriesKey
from ...domain.plans.version import PlanVersion
from ...domain.shared.ids import VersionId, version_id
from ...domain.shared.paging import Page, check_limit, cursor_of, parse_cursor
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory

MOST_CHANGES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelComparison:
    """How one level of two versions differs; ``equal`` was told by its digests, without a look at any row.

    ``entering`` and ``leaving`` are buckets that only the second or only the first version has: their rows are in
    ``rows_before`` and ``rows_after`` and no changes.  ``totals`` are by measure, before and after.
    """

    level: str
    equal: bool
    rows_before: int
    rows_after: int
    counts: ChangeCounts
    entering: Sequence[Bucket] = ()
    leaving: Sequence[Bucket] = ()
    totals: tuple[Values, Values] = ((), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanComparison:
    """What lies between two versions; the first is the one before."""

    before: PlanVersion
    after: PlanVersion
    material: Materiality
    levels: Sequence[LevelComparison] = field(default=())

    @property
    def equal(self) -> bool:
        """Whether both hold the same rows and KPIs."""
        return self.before.payload_digest == self.after.payload_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePlans:
    """Compare stored plans where they lie: buckets with equal digests are never looked at."""

    unit_of_work: UnitOfWorkFactory

    async def __call__(self, before: str, after: str, material: Materiality) -> PlanComparison:
        """How two versions differ, by level in order of name.

        Raises:
            NotFoundError: there is no such version.
        """
        async with self.unit_of_work(read_only=True) as uow:
            old, new = (
                (await uow.plans.get(version_id(before))).require_rows(),
                (await uow.plans.get(version_id(after))).require_rows(),
            )
            ids = (old.version_id, new.version_id)
            compared = [await _level(uow, ids, level, material) for level in await levels_of(uow, ids)]
        return PlanComparison(before=old, after=new, material=material, levels=compared)

    async def changes(
        self, before: str, after: str, level: str, material: Materiality, *, limit: int, cursor: str | None
    ) -> Page[RowChange]:
        """Some changes of a level in the buckets that both versions have, in key order.

        Raises:
            NotFoundError: there is no such version, or neither has such a level.
            InvalidRequestError: limit or cursor are wrong.
        """
        check_limit(limit, maximum=MOST_CHANGES)
        name = f"changes/{level}"
        key = parse_cursor(cursor, name, str, str, str, str)
        start: SeriesKey | None = None if key is None else (level, str(key[0]), str(key[1]), str(key[2]), str(key[3]))
        async with self.unit_of_work(read_only=True) as uow:
            ids, buckets = await _both(uow, before, after, level)
            found = await uow.comparisons.changes(
                ids, level, material, buckets=buckets.looked_at, after=start, limit=limit + 1
            )
        more = len(found) > limit
        return Page(items=found[:limit], next_cursor=cursor_of(name, found[limit - 1].key[1:]) if more else None)

    async def largest(
        self, before: str, after: str, level: str, material: Materiality, *, top: int
    ) -> Sequence[RowChange]:
        """The changes of a level in which the first measure changed most, largest first.

        Raises:
            NotFoundError, InvalidRequestError: as ``changes``.
        """
        check_limit(top, maximum=MOST_CHANGES)
        async with self.unit_of_work(read_only=True) as uow:
            ids, buckets = await _both(uow, before, after, level)
            return await uow.comparisons.changes(
                ids, level, material, buckets=buckets.looked_at, limit=top, largest=True
            )

    async def stream(
        self, before: str, after: str, level: str, material: Materiality
    ) -> AsyncGenerator[Sequence[RowChange]]:
        """Every change of a level in key order, in batches; memory stays flat.

        Raises:
            NotFoundError: as ``changes``.
        """
        async with self.unit_of_work(read_only=True) as uow:
            ids, buckets = await _both(uow, before, after, level)
            batches = uow.comparisons.all_changes(ids, level, material, buckets=buckets.looked_at)
            async with aclosing(batches):
                async for batch in batches:
                    yield batch

    async def totals(
        self, before: str, after: str, level: str, by: Rollup, measures: Sequence[str]
    ) -> Sequence[GroupTotals]:
        """The sums of both versions by bucket, item or location, in order of group.

        Raises:
            NotFoundError: as ``changes``.
            InvalidRequestError: a measure is unknown.
        """
        checked = Materiality(measures=tuple(measures)).measures
        async with self.unit_of_work(read_only=True) as uow:
            ids, _ = await _both(uow, before, after, level)
            return await uow.comparisons.totals(ids, level, by, checked)


@dataclass(frozen=True, slots=True)
class _Buckets:
    """The buckets of a level in two versions, sorted."""

    differing: Sequence[Bucket] = ()
    entering: Sequence[Bucket] = ()
    leaving: Sequence[Bucket] = ()
    equal: Sequence[Bucket] = ()

    @property
    def looked_at(self) -> Sequence[Bucket] | None:
        """The buckets in which rows are compared; none says all of them, which is the cheaper question."""
        return self.differing if self.entering or self.leaving or self.equal or not self.differing else None


async def _buckets(uow: UnitOfWork, ids: tuple[VersionId, VersionId], level: str) -> _Buckets:
    old, new = _digests(await uow.payload.buckets(ids[0], level)), _digests(await uow.payload.buckets(ids[1], level))
    both = old.keys() & new.keys()
    return _Buckets(
        differing=sorted(bucket for bucket in both if old[bucket] != new[bucket]),
        entering=sorted(new.keys() - old.keys()),
        leaving=sorted(old.keys() - new.keys()),
        equal=sorted(bucket for bucket in both if old[bucket] == new[bucket]),
    )


def _digests(buckets: Sequence[BucketDigest]) -> dict[Bucket, bytes]:
    return {(bucket.time_bucket_type, bucket.time_bucket_key): bucket.digest for bucket in buckets}


async def _both(uow: UnitOfWork, before: str, after: str, level: str) -> tuple[tuple[VersionId, VersionId], _Buckets]:
    old, new = (
        (await uow.plans.get(version_id(before))).require_rows(),
        (await uow.plans.get(version_id(after))).require_rows(),
    )
    ids = (old.version_id, new.version_id)
    require_level(level, await levels_of(uow, ids), ids)
    return ids, await _buckets(uow, ids, level)


async def levels_of(uow: UnitOfWork, ids: tuple[VersionId, VersionId]) -> list[str]:
    """The levels that one version or the other has, in order of name."""
    known = await uow.payload.series_of(ids)
    return sorted({series.level for version in known.values() for series in version})


def require_level(level: str, levels: Sequence[str], ids: tuple[VersionId, VersionId]) -> None:
    """Let a level pass that is one of these.

    Raises:
        NotFoundError: it is not.
    """
    if level not in levels:
        raise NotFoundError(
            "level", f"{level} of {ids[0]} or {ids[1]}", remedy=f"There are: {', '.join(levels) or 'none'}."
        )


async def _level(
    uow: UnitOfWork, ids: tuple[VersionId, VersionId], level: str, material: Materiality
) -> LevelComparison:
    known = await uow.payload.series_of(ids)
    old, new = (next((series for series in known.get(version, ()) if series.level == level), None) for version in ids)
    equal = old is not None and new is not None and old.digest == new.digest
    buckets = _Buckets() if equal else await _buckets(uow, ids, level)
    counts = await uow.comparisons.change_counts(ids, level, material, buckets=buckets.looked_at)
    groups = [] if equal else await uow.comparisons.totals(ids, level, Rollup.LOCATION, material.measures)
    return LevelComparison(
        level=level,
        equal=equal,
        rows_before=0 if old is None else old.row_count,
        rows_after=0 if new is None else new.row_count,
        counts=counts,
        entering=buckets.entering,
        leaving=buckets.leaving,
        totals=(_added([group.before for group in groups]), _added([group.after for group in groups])),
    )


def _added(groups: Sequence[Values]) -> Values:
    sums = ([value for value in values if value is not None] for values in zip(*groups, strict=True))
    return tuple(math.fsum(values) if values else None for values in sums)
