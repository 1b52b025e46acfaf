"""Pivots of plans as plain fields and as CSV, by the rules of ``presentation``."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from ..domain.plans.comparison import Bucket
from ..domain.plans.pivot import LevelOutline, PivotRow
from ..domain.shared.numbers import number_text
from .plans.pivot_plan import PivotPage

Fields = dict[str, Any]


def pivot_fields(page: PivotPage, *, level: str, measure: str) -> Fields:
    """Some rows of a pivot; ``values`` stand in the order of ``buckets``."""
    return {
        "version_id": page.version.version_id,
        "level": level,
        "measure": measure,
        "buckets": [{"time_bucket_type": kind, "time_bucket_key": key} for kind, key in page.buckets],
        "items": [_row_fields(row) for row in page.rows],
        "next_cursor": page.next_cursor,
    }


def _row_fields(row: PivotRow) -> Fields:
    return {"item_key": row.item, "item_name": row.item_name, "values": list(row.values), "total": row.total}


def outline_fields(outline: LevelOutline) -> Fields:
    """What a level comes to."""
    return {**outline._asdict(), "totals": dict(outline.totals)}


def bucket_headings(buckets: Sequence[Bucket]) -> list[str]:
    """The names of the columns: the keys of the buckets, with their types where keys alone are not unique."""
    keys = [key for _, key in buckets]
    return keys if len(set(keys)) == len(keys) else [f"{kind} {key}" for kind, key in buckets]


async def pivot_csv(pages: AsyncIterator[PivotPage]) -> AsyncGenerator[str, None]:
    """A pivot as CSV, header first, page by page; null is an empty cell."""
    headed = False
    async with aclosing(pages):  # type: ignore[type-var]
        async for page in pages:
            lines: list[Sequence[str | None]] = [_line(row) for row in page.rows]
            if not headed:
                lines.insert(0, ("item_key", "item_name", *bucket_headings(page.buckets), "total"))
                headed = True
            buffer = io.StringIO(newline="")
            csv.writer(buffer, lineterminator="\n").writerows(lines)
            yield buffer.getvalue()


def _line(row: PivotRow) -> Sequence[str | None]:
    numbers = (None if value is None else number_text(value) for value in (*row.values, row.total))
    return row.item, row.item_name, *numbers
