"""``schedule.csv`` and ``carryover.csv``: what arrives and lies in stock, and what periods handed to each other."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from ...application.exchange import LevelReader
from ...domain.plans.series import SeriesRow

SCHEDULE = ("week", "sku", "scheduled_receipts", "on_hand_start", "on_hand_end")
CARRYOVER = (
    "family",
    "from_period",
    "to_period",
    "delta_demand",
    "delta_supply",
    "delta_backlog",
    "cap_norm",
    "headroom_prev",
    "headroom_next",
    "cap_norm_prev",
    "cap_norm_next",
)


async def schedule(read: LevelReader) -> AsyncIterator[str]:
    """One line per week and item of MRP; without open orders in the row, the planned receipt stands for them."""
    yield _text([SCHEDULE])
    async for batch in read("mrp"):
        yield _text(_scheduled(row) for row in batch)


async def carryover(header: Mapping[str, Any]) -> AsyncIterator[str]:
    """One line per carry-over that the header of ``sku_week_adjusted.json`` tells."""
    yield _text([CARRYOVER])
    for one in header.get("carryover", ()):
        metrics = one.get("metrics", {})
        fields = one | {f"delta_{name}": value for name, value in metrics.items()}
        yield _text([[fields.get(name) for name in CARRYOVER]])


def _scheduled(row: SeriesRow) -> list[object]:
    arriving = row.extra.get("scheduled_receipts", row.supply)
    return [
        row.time_bucket_key,
        row.item_key,
        None if arriving is None else float(arriving),
        row.inventory_open,
        row.inventory_close,
    ]


def _text(lines: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue()
