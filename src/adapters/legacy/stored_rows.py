"""Series as the legacy system's own tables hold them, and how they differ from its artifacts."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...domain.errors import InvalidRequestError
from ...domain.plans.series import MEASURES, TEXT_COLUMNS, SeriesRow, Split, series_row

COLUMNS = (
    *TEXT_COLUMNS,
    "cutover_flag",
    "window_index",
    *(name for name in MEASURES if name != "supply_received"),
    "extra_json",
)
SUMS = ("demand", "supply", "backlog")
# What no writer of the legacy system ever filled: its 0 stands for nothing.
_NEVER_FILLED = ("prod_qty", "ship_qty", "cost_total")
_AGREES = 1e-6
_DOUBLED = "Receipts after levelling were stored in the place of supply, twice for a week that lies in two months."
_FELL_BACK = "Where the adjusted receipt is 0, the one before levelling was stored."


def stored_levels(records: Iterable[Sequence[Any]]) -> dict[str, list[SeriesRow]]:
    """Levels from rows of ``plan_series`` (``COLUMNS``), each in key order.

    Raises:
        InvalidRequestError: a row breaks its rule, or a key stands twice; the sentence names it.
    """
    levels: dict[str, list[SeriesRow]] = {}
    for record in records:
        row = _row(dict(zip(COLUMNS, record, strict=True)))
        levels.setdefault(row.level, []).append(row)
    for rows in levels.values():
        rows.sort(key=lambda row: row.key)
    return levels


def _row(fields: dict[str, Any]) -> SeriesRow:
    where = f"plan_series {fields['level']} {fields['time_bucket_key']} {fields['item_key']}"
    for name in _NEVER_FILLED:
        fields[name] = fields[name] or None
    fields["cutover_flag"] = int(bool(fields["cutover_flag"]))
    try:
        row = series_row({name: value for name, value in fields.items() if value is not None and value != ""})
    except InvalidRequestError as error:
        raise InvalidRequestError(f"{where}: {error.message}", source="plan_series") from error
    return row if not row.level.startswith("det") else _with_split(row)


def _with_split(row: SeriesRow) -> SeriesRow:
    """The row with its one split, where it lies in one period and one family."""
    extra = row.extra
    period, family = extra.get("period"), extra.get("family")
    if not (period and family) or extra.get("periods") or extra.get("families"):
        return row
    split = Split(str(period), str(family), row.demand or 0.0, row.supply or 0.0, row.backlog or 0.0)
    return row._replace(splits_json=json.dumps([split], ensure_ascii=False, separators=(",", ":")))


def differences(
    stored: Mapping[str, Sequence[float]], levels: Mapping[str, Sequence[SeriesRow]], *, levelled: bool
) -> list[dict[str, Any]]:
    """Where the sums of stored levels (row count, then ``SUMS``) are not those of the artifacts, and why if known."""
    found: list[dict[str, Any]] = []
    for level, figures in sorted(stored.items()):
        rows = levels.get(level)
        if rows is None:
            continue
        taken = [float(len(rows)), *(math.fsum(getattr(row, name) or 0.0 for row in rows) for name in SUMS)]
        for name, before, after in zip(("rows", *SUMS), figures, taken, strict=True):
            if abs((before or 0.0) - after) > _AGREES:
                why = _why(level, name, levelled=levelled)
                found.append({"level": level, "figure": name, "stored": before, "taken": after, "why": why})
    return found


def kpi_differences(
    stored: Mapping[tuple[str, str, str], float], taken: Mapping[tuple[str, str, str], float]
) -> list[dict[str, Any]]:
    """Where stored KPIs are not those of the artifacts, in key order."""
    return [
        {"kpi": " ".join(key), "stored": before, "taken": taken[key]}
        for key, before in sorted(stored.items())
        if key in taken and abs(before - taken[key]) > _AGREES
    ]


def _why(level: str, name: str, *, levelled: bool) -> str | None:
    if level in {"aggregate", "det"} and name in {"supply", "backlog"} and levelled:
        return _DOUBLED
    return _FELL_BACK if level == "mrp_final" and name == "supply" else None
