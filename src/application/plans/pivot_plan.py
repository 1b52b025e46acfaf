"""Plans as tables: a measure by item and bucket, and what each level comes to."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from ...domain.plans.comparison import Bucket
from ...domain.plans.pivot import LevelOutline, PivotRow, check_measure, in_natural_order, pivot_rows
from ...domain.plans.series_filter import SeriesFilter
from ...domain.plans.version import PlanVersion
from ...domain.shared.ids import version_id
from ...domain.shared.natural_order import natural_key
from ...domain.shared.paging import check_limit, cursor_of, parse_cursor
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .read_plans import with_level

_ITEMS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PivotRequest:
    """Which measure of which level of a version, and which of its rows."""

    version_id: str
    level: str
    measure: str
    only: SeriesFilter

    def __post_init__(self) -> None:
        """A measure is one that series rows have."""
        check_measure(self.measure)


@dataclass(frozen=True, slots=True, kw_only=True)
class PivotPage:
    """Some rows of a pivot under its buckets, which are the same on every page."""

    version: PlanVersion
    buckets: Sequence[Bucket]
    rows: Sequence[PivotRow]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PivotPlan:
    """Turn stored rows into tables; they are added up in the store, over all locations that are wanted.

    Buckets are those of the level within the filter's range, also where the wanted rows have none of them.  Buckets
    and items come in natural order: ``M2`` before ``M10``.
    """

    unit_of_work: UnitOfWorkFactory

    async def page(self, request: PivotRequest, *, limit: int, cursor: str | None) -> PivotPage:
        """The rows of some items.

        Raises:
            NotFoundError: there is no such version, or it has no such level.
            InvalidRequestError: limit or cursor are wrong.
        """
        check_limit(limit)
        name = f"pivot/{request.level}"
        after = parse_cursor(cursor, name, str)
        async with self.unit_of_work(read_only=True) as uow:
            version = await with_level(uow, request.version_id, request.level)
            items = await _items(uow, version, request)
            if after is not None:
                start = natural_key(str(after[0]))
                items = [item for item in items if natural_key(item) > start]
            buckets = await _buckets(uow, version, request)
            rows = await _rows(uow, version, request, buckets, items[:limit])
        more = cursor_of(name, [items[limit - 1]]) if len(items) > limit else None
        return PivotPage(version=version, buckets=buckets, rows=rows, next_cursor=more)

    async def stream(self, request: PivotRequest) -> AsyncGenerator[PivotPage]:
        """Every row, some at a time and at least one page; memory holds the keys of the items and a page.

        Raises:
            NotFoundError: there is no such version, or it has no such level.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = await with_level(uow, request.version_id, request.level)
            items = await _items(uow, version, request)
            buckets = await _buckets(uow, version, request)
            for start in range(0, max(1, len(items)), _ITEMS_AT_ONCE):
                rows = await _rows(uow, version, request, buckets, items[start : start + _ITEMS_AT_ONCE])
                yield PivotPage(version=version, buckets=buckets, rows=rows)

    async def outlines(self, wanted: str) -> Sequence[LevelOutline]:
        """What each level comes to, in order of level; counted and added up from the rows.

        Raises:
            NotFoundError: there is no such version.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = (await uow.plans.get(version_id(wanted))).require_rows()
            return await uow.pivots.outlines(version.version_id)


async def _items(uow: UnitOfWork, version: PlanVersion, request: PivotRequest) -> list[str]:
    return sorted(await uow.pivots.items(version.version_id, request.level, request.only), key=natural_key)


async def _buckets(uow: UnitOfWork, version: PlanVersion, request: PivotRequest) -> list[Bucket]:
    known = await uow.payload.buckets(version.version_id, request.level)
    first, last = request.only.bucket_from, request.only.bucket_to
    return in_natural_order(
        (bucket.time_bucket_type, bucket.time_bucket_key)
        for bucket in known
        if (first is None or bucket.time_bucket_key >= first) and (last is None or bucket.time_bucket_key <= last)
    )


async def _rows(
    uow: UnitOfWork, version: PlanVersion, request: PivotRequest, buckets: Sequence[Bucket], items: Sequence[str]
) -> list[PivotRow]:
    cells = await uow.pivots.cells(version.version_id, request.level, request.measure, items, request.only)
    return pivot_rows(items, buckets, cells)
