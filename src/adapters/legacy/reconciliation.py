"""``reconciliation_log.json`` and its tables: det rolled up to families and periods, against the aggregate."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from ...application.exchange import LevelReader
from ...domain.plans.reconciliation import (
    DELTA_COLUMNS,
    LARGEST_SHOWN,
    MEASURES,
    Delta,
    delta_fields,
    reconcile_levels,
    select,
    tolerance_of,
)

SCHEMA = "recon-aggdet-1.0"
TOLERANCE = {"abs": 1e-6, "rel": 1e-6}
MONTH_LENGTH = len("2026-11")
SIDES = {"before": "det", "after": "det_adjusted"}


async def reconciliation_log(header: Mapping[str, Any], read: LevelReader, det: str) -> AsyncIterator[str]:
    """The text of the log: one delta per (family, period), in that order, computed from the rows.

    ``det`` is the level held against the aggregate.  Cutover, tolerance and version id come from the header.
    """
    found = await reconcile_levels(read("aggregate"), read(det), tolerance_of(header))
    cutover = header.get("cutover", {"cutover_date": None, "recon_window_days": None, "anchor_policy": None})
    boundary = header.get("boundary_period") or (cutover.get("cutover_date") or "")[:MONTH_LENGTH] or None
    head = {
        "schema_version": header.get("schema_version", SCHEMA),
        "version_id": header.get("version_id"),
        "cutover": cutover,
        "inputs_summary": {
            "aggregate_rows": found.aggregate_rows,
            "det_rows": found.det_rows,
            "families": len({delta.family for delta in found.deltas}),
            "periods": len({delta.period for delta in found.deltas}),
        },
        "tolerance": header.get("tolerance", TOLERANCE),
        "summary": _summary(found.deltas, boundary),
    }
    yield f'{json.dumps(head, ensure_ascii=False)[:-1]}, "deltas": [\n'
    yield ",\n".join([json.dumps(_entry(delta, boundary), ensure_ascii=False) for delta in found.deltas])
    yield "\n]}\n"


async def reconciliation_table(
    header: Mapping[str, Any], read: LevelReader, sides: Iterable[str], *, violations_only: bool
) -> AsyncIterator[str]:
    """Deltas as CSV, before the adjustment and, if asked for, after it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ("label", *DELTA_COLUMNS))
    writer.writeheader()
    for side in sides:
        found = await reconcile_levels(read("aggregate"), read(SIDES[side]), tolerance_of(header))
        chosen = select(found.deltas, violations_only=violations_only)
        writer.writerows({"label": side} | delta_fields(delta) for delta in chosen)
    yield text.getvalue()


def _entry(delta: Delta, boundary: str | None) -> dict[str, Any]:
    fields = delta_fields(delta)
    return fields | {"boundary_period": True} if delta.period == boundary else fields


def _summary(deltas: Sequence[Delta], boundary: str | None) -> dict[str, Any]:
    """Violations are counted by measure, in the boundary period by row."""
    at = sorted((delta for delta in deltas if delta.period == boundary), key=lambda delta: -delta.largest)
    shown = ("family", "period", *(f"delta_{measure}" for measure in MEASURES), "ok")
    return {
        "rows": len(deltas),
        "tol_violations": sum(not gap.ok for delta in deltas for gap in delta.gaps),
        "max_abs_delta": _largest(deltas),
        "boundary": {
            "period": boundary,
            "violations": sum(not delta.ok for delta in at),
            "max_abs_delta": _largest(at),
            "top": [{name: delta_fields(delta)[name] for name in shown} for delta in at[:LARGEST_SHOWN]],
        },
    }


def _largest(deltas: Sequence[Delta]) -> dict[str, float]:
    return {
        measure: max((abs(delta.gaps[place].delta) for delta in deltas), default=0.0)
        for place, measure in enumerate(MEASURES)
    }
