"""Pivots: one measure of a level, an item a row and a bucket a column; and what each level comes to."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from ..errors import InvalidRequestError
from ..shared.ids import VersionId
from ..shared.natural_order import natural_key
from .comparison import Bucket
from .kpis import ServiceFigures
from .series import MEASURES
from .series_filter import SeriesFilter


class PivotCell(NamedTuple):
    """What the wanted rows of one item in one bucket come to over all locations; null where none has the measure."""

    item: str
    item_name: str | None
    bucket: Bucket
    value: float | None


class PivotRow(NamedTuple):
    """One item: a value for each bucket of the pivot, null where there is none, and the sum of them."""

    item: str
    item_name: str | None
    values: tuple[float | None, ...]
    total: float | None


class LevelOutline(NamedTuple):
    """What a level comes to: how many rows, buckets, items and locations, and the sums of its measures.

    A measure that no row has is left out of ``totals``, which are in the order of the columns.
    """

    level: str
    rows: int
    buckets: int
    items: int
    locations: int
    totals: Mapping[str, float]


class PlanPivotRepository(Protocol):
    """Turns and adds up the rows of plans where they lie."""

    async def items(self, version_id: VersionId, level: str, only: SeriesFilter) -> list[str]:
        """The items that wanted rows of a level are about, each once, in any order."""
        ...

    async def cells(
        self, version_id: VersionId, level: str, measure: str, items: Collection[str], only: SeriesFilter
    ) -> list[PivotCell]:
        """The wanted rows of these items, added up by item and bucket, in any order.

        Sums are equal within rounding in every store.
        """
        ...

    async def service(self, version_id: VersionId, level: str) -> ServiceFigures:
        """What ``service_figures`` says of all rows of a level; sums are equal within rounding in every store."""
        ...

    async def outlines(self, version_id: VersionId) -> list[LevelOutline]:
        """What each level of a version comes to, in order of level; equal within rounding in every store."""
        ...


def check_measure(name: str) -> str:
    """The name itself.

    Raises:
        InvalidRequestError: no series row has such a measure.
    """
    if name not in MEASURES:
        raise InvalidRequestError(f"{name[:80]!r} is no measure.", remedy=f"There are {', '.join(MEASURES)}.")
    return name


def in_natural_order(buckets: Iterable[Bucket]) -> list[Bucket]:
    """Buckets by type, then as people count: ``M2`` before ``M10``."""
    return sorted(buckets, key=lambda bucket: (bucket[0], natural_key(bucket[1])))


def pivot_rows(items: Sequence[str], buckets: Sequence[Bucket], cells: Iterable[PivotCell]) -> list[PivotRow]:
    """A row for each item in the order given, with its cells in their columns."""
    places = {bucket: place for place, bucket in enumerate(buckets)}
    values: dict[str, list[float | None]] = {item: [None] * len(buckets) for item in items}
    names: dict[str, str | None] = {}
    for cell in cells:
        values[cell.item][places[cell.bucket]] = cell.value
        names[cell.item] = names.get(cell.item) or cell.item_name
    return [PivotRow(item, names.get(item), tuple(values[item]), _sum(values[item])) for item in items]


def _sum(values: Iterable[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return math.fsum(present) if present else None
