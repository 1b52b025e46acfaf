"""``report.csv``: how the weeks' capacity is used, and how the finished goods are served."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import AsyncIterator

from ...application.exchange import LevelReader
from ...domain.plans.kpis import fill_rate
from ...domain.plans.series import SeriesRow

COLUMNS = (
    "type",
    "week",
    "capacity",
    "original_load",
    "adjusted_load",
    "utilization",
    "spill_in",
    "spill_out",
    "demand",
    "supply_plan",
    "fill_rate",
)
DIGITS = 6

Line = tuple[object, ...]


async def report(read: LevelReader, suffix: str = "") -> AsyncIterator[str]:
    """The text of the report: a ``capacity`` line per week, then a ``service`` line per week.

    Service is over the finished goods, which are the SKUs of det: gross requirement, and what arrives as open
    orders and adjusted orders.  Stock on hand plays no part.  ``suffix`` ends the names of the levels.
    """
    yield _text([COLUMNS])
    async for batch in read(f"weekly_summary{suffix}"):
        yield _text([_capacity(row) for row in batch])
    goods = {row.item_key async for batch in read(f"det{suffix}") for row in batch}
    demands: dict[str, list[float]] = {}
    supplies: dict[str, list[float]] = {}
    async for batch in read(f"mrp_final{suffix}"):
        for row in batch:
            if row.item_key in goods:
                week = row.time_bucket_key
                arriving = (row.supply or 0.0) + float(row.extra.get("scheduled_receipts") or 0.0)
                demands.setdefault(week, []).append(row.demand or 0.0)
                supplies.setdefault(week, []).append(arriving)
    yield _text([_service(week, math.fsum(demands[week]), math.fsum(supplies[week])) for week in sorted(demands)])


def _capacity(row: SeriesRow) -> Line:
    capacity, adjusted = row.capacity_used or 0.0, row.supply or 0.0
    used = adjusted / capacity if capacity > 0 else 0.0
    numbers = (capacity, row.demand or 0.0, adjusted, used, row.spill_in or 0.0, row.spill_out or 0.0)
    return ("capacity", row.time_bucket_key, *map(_rounded, numbers), "", "", "")


def _service(week: str, demand: float, supply: float) -> Line:
    return (
        "service",
        week,
        *[""] * 6,
        _rounded(demand),
        _rounded(supply),
        _rounded(fill_rate(supply, demand)),
    )


def _text(lines: list[Line]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue()


def _rounded(value: float) -> float:
    return round(value, DIGITS) + 0.0
