"""``reconciliation_log.json``: det rolled up to families and periods, against the aggregate."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator, Mapping
from typing import Any

from ...application.exchange import LevelReader

SCHEMA = "recon-aggdet-1.0"
MEASURES = ("demand", "supply", "backlog")
TOLERANCE = {"abs": 1e-6, "rel": 1e-6}
DIGITS = 6
LARGEST_SHOWN = 10
MONTH_LENGTH = len("2026-11")

Cell = tuple[str, str]
Sums = dict[Cell, tuple[list[float], list[float], list[float]]]
Delta = dict[str, Any]


async def reconciliation_log(header: Mapping[str, Any], read: LevelReader) -> AsyncIterator[str]:
    """The text of the log: one delta per (family, period), in that order, computed from the rows.

    Cutover, tolerance and version id come from the header.
    """
    aggregate, aggregate_rows = await _aggregate(read)
    det, det_rows = await _det(read)
    tolerance = header.get("tolerance", TOLERANCE)
    cutover = header.get("cutover", {"cutover_date": None, "recon_window_days": None, "anchor_policy": None})
    boundary = header.get("boundary_period") or (cutover.get("cutover_date") or "")[:MONTH_LENGTH] or None
    cells = sorted(aggregate.keys() | det.keys())
    deltas = [_delta(cell, aggregate, det, tolerance, boundary) for cell in cells]
    head = {
        "schema_version": header.get("schema_version", SCHEMA),
        "version_id": header.get("version_id"),
        "cutover": cutover,
        "inputs_summary": {
            "aggregate_rows": aggregate_rows,
            "det_rows": det_rows,
            "families": len({family for family, _ in cells}),
            "periods": len({period for _, period in cells}),
        },
        "tolerance": tolerance,
        "summary": _summary(deltas, boundary),
    }
    yield f'{json.dumps(head, ensure_ascii=False)[:-1]}, "deltas": [\n'
    yield ",\n".join([json.dumps(delta, ensure_ascii=False) for delta in deltas])
    yield "\n]}\n"


async def _aggregate(read: LevelReader) -> tuple[Sums, int]:
    sums: Sums = {}
    count = 0
    async for batch in read("aggregate"):
        count += len(batch)
        for row in batch:
            _add(sums, (row.item_key, row.time_bucket_key), (row.demand, row.supply, row.backlog))
    return sums, count


async def _det(read: LevelReader) -> tuple[Sums, int]:
    sums: Sums = {}
    count = 0
    async for batch in read("det"):
        for row in batch:
            splits = row.splits
            count += len(splits) or 1
            for period, family, *measures in splits:
                _add(sums, (family, period), measures)
    return sums, count


def _add(sums: Sums, cell: Cell, measures: Any) -> None:
    kept = sums.setdefault(cell, ([], [], []))
    for values, measure in zip(kept, measures, strict=True):
        values.append(measure or 0.0)


def _delta(cell: Cell, aggregate: Sums, det: Sums, tolerance: Mapping[str, float], boundary: str | None) -> Delta:
    family, period = cell
    delta: Delta = {"family": family, "period": period}
    nothing: tuple[list[float], list[float], list[float]] = ([], [], [])
    sides = zip(MEASURES, aggregate.get(cell, nothing), det.get(cell, nothing), strict=True)
    for measure, planned, rolled in sides:
        one, other = math.fsum(planned), math.fsum(rolled)
        apart = other - one
        relative = abs(apart) / max(abs(one), abs(other), 1.0)
        delta[f"agg_{measure}"] = _rounded(one)
        delta[f"det_{measure}"] = _rounded(other)
        delta[f"delta_{measure}"] = _rounded(apart)
        delta[f"rel_{measure}"] = _rounded(relative)
        delta[f"ok_{measure}"] = abs(apart) <= tolerance["abs"] or relative <= tolerance["rel"]
    delta["ok"] = all(delta[f"ok_{measure}"] for measure in MEASURES)
    if period == boundary:
        delta["boundary_period"] = True
    return delta


def _summary(deltas: list[Delta], boundary: str | None) -> dict[str, Any]:
    """Violations are counted by measure, in the boundary period by row."""
    at = sorted(
        (delta for delta in deltas if delta["period"] == boundary),
        key=lambda delta: max(abs(delta[f"delta_{measure}"]) for measure in MEASURES),
        reverse=True,
    )
    shown = ("family", "period", *(f"delta_{measure}" for measure in MEASURES), "ok")
    return {
        "rows": len(deltas),
        "tol_violations": sum(not delta[f"ok_{measure}"] for delta in deltas for measure in MEASURES),
        "max_abs_delta": _largest(deltas),
        "boundary": {
            "period": boundary,
            "violations": sum(not delta["ok"] for delta in at),
            "max_abs_delta": _largest(at),
            "top": [{name: delta[name] for name in shown} for delta in at[:LARGEST_SHOWN]],
        },
    }


def _largest(deltas: list[Delta]) -> dict[str, float]:
    return {measure: max((abs(delta[f"delta_{measure}"]) for delta in deltas), default=0.0) for measure in MEASURES}


def _rounded(value: float) -> float:
    return round(value, DIGITS) + 0.0
