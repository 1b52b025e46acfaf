"""Comparisons of plans as plain fields, by the rules of ``presentation``."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from ..domain.plans.comparison import Bucket, GroupTotals, RowChange, Values
from .plans.compare_plans import LevelComparison, PlanComparison

Fields = dict[str, Any]
_KEY = ("level", "time_bucket_type", "time_bucket_key", "item_key", "location_key")


def comparison_fields(comparison: PlanComparison) -> Fields:
    """How two versions differ: the digests, and each level with counts, totals, and buckets that come and go."""
    return {
        "before": _version(comparison, "before"),
        "after": _version(comparison, "after"),
        "equal": comparison.equal,
        "measures": list(comparison.material.measures),
        "levels": [_level(comparison, level) for level in comparison.levels],
    }


def _version(comparison: PlanComparison, which: str) -> Fields:
    version = comparison.before if which == "before" else comparison.after
    return {"version_id": version.version_id, "payload_digest": version.payload_digest}


def _level(comparison: PlanComparison, level: LevelComparison) -> Fields:
    return {
        "level": level.level,
        "equal": level.equal,
        "rows": {"before": level.rows_before, "after": level.rows_after},
        **level.counts._asdict(),
        "entering": [_bucket(bucket) for bucket in level.entering],
        "leaving": [_bucket(bucket) for bucket in level.leaving],
        "totals": _measures(comparison.material.measures, *level.totals) if level.totals[0] else {},
    }


def _bucket(bucket: Bucket) -> Fields:
    return {"time_bucket_type": bucket[0], "time_bucket_key": bucket[1]}


def _measures(names: Sequence[str], before: Values | None, after: Values | None) -> Fields:
    return {
        name: {
            "before": old,
            "after": new,
            "delta": None if old is None and new is None else (new or 0.0) - (old or 0.0),
        }
        for name, old, new in zip(names, before or (None,) * len(names), after or (None,) * len(names), strict=True)
    }


def row_change_fields(change: RowChange, measures: Sequence[str]) -> Fields:
    """A changed row: its key, what kind of change it is, and each measure before, after and by how much."""
    return {
        **dict(zip(_KEY, change.key, strict=True)),
        "change": change.kind,
        "measures": _measures(measures, change.before, change.after),
    }


def group_fields(group: GroupTotals, measures: Sequence[str]) -> Fields:
    """The sums of a group."""
    return {"group": group.group, "measures": _measures(measures, group.before, group.after)}


async def changes_csv(
    batches: AsyncIterator[Sequence[RowChange]], measures: Sequence[str]
) -> AsyncGenerator[str, None]:
    """The changes as CSV, header first, batch by batch."""
    columns = [f"{name}_{which}" for name in measures for which in ("before", "after")]
    lines: list[Sequence[object]] = [(*_KEY, "change", *columns)]
    async with aclosing(batches):  # type: ignore[type-var]
        async for batch in batches:
            yield _text([*lines, *(_line(change, len(measures)) for change in batch)])
            lines = []
    if lines:
        yield _text(lines)


def _line(change: RowChange, width: int) -> Sequence[object]:
    nothing: Values = (None,) * width
    before, after = change.before or nothing, change.after or nothing
    return (*change.key, change.kind, *(value for pair in zip(before, after, strict=True) for value in pair))


def _text(lines: Sequence[Sequence[object]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(lines)
    return buffer.getvalue()
