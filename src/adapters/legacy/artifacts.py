"""The legacy-shaped artifacts of a stored plan: its levels written as the legacy system's files.

Rows come in key order, numbers as Python's ``json`` writes them, one row per line.  What a level does not hold is
null.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...application.exchange import ArtifactRenderer, LevelReader
from ...domain.errors import NotFoundError
from ...domain.plans.series import SeriesRow
from .reconciliation import SIDES, reconciliation_log, reconciliation_table
from .report import report
from .tables import carryover, schedule

Header = Mapping[str, Any]
Writer = Callable[[Mapping[str, Header], LevelReader], AsyncIterator[str]]
Fields = Mapping[str, Any]

SCHEMA = "agg-1.0"
NO_CUTOVER = {"cutover_date": None, "recon_window_days": None, "anchor_policy": None}
BOUNDARY_FIELDS = ("boundary_period", "boundary_index", "boundary_size", "in_window_pre", "in_window_post")


def _made_by(suffix: str) -> dict[str, tuple[set[str], Writer]]:
    """The artifacts that follow from det, with or without its adjustment."""
    det, mrp, final, weekly = (f"{name}{suffix}" for name in ("det", "mrp", "mrp_final", "weekly_summary"))
    sku_week = f"sku_week{suffix}.json"
    log = f"reconciliation_log{suffix}.json"
    plan_final = f"plan_final{suffix}.json"
    return {
        sku_week: (
            {det},
            lambda headers, read: _document(
                _head(headers.get(sku_week, {})) | _carried(headers.get(sku_week, {})), _rows(read(det), _sku_week)
            ),
        ),
        f"mrp{suffix}.json": (
            {mrp},
            lambda headers, read: _document(_head(headers.get(f"mrp{suffix}.json", {})), _rows(read(mrp), _mrp)),
        ),
        plan_final: (
            {final, weekly},
            lambda headers, read: _plan_final(headers.get(plan_final, {}), read, final, weekly),
        ),
        log: (
            {"aggregate", det},
            lambda headers, read: reconciliation_log(headers.get(log, {}), read, det),
        ),
        f"report{suffix}.csv": ({det, final, weekly}, lambda _, read: report(read, suffix)),
    }


def _table(name: str, sides: Sequence[str]) -> dict[str, tuple[set[str], Writer]]:
    """A table of deltas, and the one of those that break the tolerance."""
    needs = {"aggregate", *(SIDES[side] for side in sides)}

    def writer(*, violations_only: bool) -> Writer:
        return lambda headers, read: reconciliation_table(
            headers.get("reconciliation_log.json", {}), read, sides, violations_only=violations_only
        )

    return {
        f"reconciliation_{name}.csv": (needs, writer(violations_only=False)),
        f"reconciliation_violations_{name}.csv": (needs, writer(violations_only=True)),
    }


_ARTIFACTS: dict[str, tuple[set[str], Writer]] = {
    "aggregate.json": (
        {"aggregate"},
        lambda headers, read: _document(_head(headers.get("aggregate.json", {})), _rows(read("aggregate"), _aggregate)),
    ),
    **_made_by(""),
    **_made_by("_adjusted"),
    **_table("before", ["before"]),
    **_table("compare", ["before", "after"]),
    "schedule.csv": ({"mrp"}, lambda _, read: schedule(read)),
    "carryover.csv": ({"det_adjusted"}, lambda headers, _: carryover(headers.get("sku_week_adjusted.json", {}))),
}


class LegacyArtifactRenderer(ArtifactRenderer):
    """Writes the legacy system's files: plan stages, reconciliation, report, schedule; adjusted ones beside them."""

    def names(self, levels: Iterable[str]) -> list[str]:
        """The artifacts that a plan with these levels has, in order of name."""
        present = set(levels)
        return sorted(name for name, (needed, _) in _ARTIFACTS.items() if needed <= present)

    def render(self, name: str, read: LevelReader, headers: Mapping[str, Mapping[str, Any]]) -> AsyncIterator[str]:
        """The text of an artifact, a piece per batch of rows; a level that ``read`` gives nothing of has no rows.

        The log takes ``version_id`` from its header.

        Raises:
            NotFoundError: there is no artifact of that name.
        """
        if name not in _ARTIFACTS:
            raise NotFoundError("artifact", name, remedy=f"There are {', '.join(sorted(_ARTIFACTS))}.")
        _, write = _ARTIFACTS[name]
        return write(headers, read)


def _head(header: Header) -> dict[str, Any]:
    return {
        "schema_version": header.get("schema_version", SCHEMA),
        "note": header.get("note"),
        "inputs_summary": header.get("inputs_summary", {}),
    }


def _carried(header: Header) -> dict[str, Any]:
    """What the adjustment says of itself; nothing where there was none."""
    told = ("cutover", "carryover", "carryover_summary", "unplaced")
    return {name: header[name] for name in told if name in header}


async def _plan_final(header: Header, read: LevelReader, final: str, weekly: str) -> AsyncIterator[str]:
    head = _head(header) | {
        "reconcile_params": header.get("reconcile_params", NO_CUTOVER),
        "weekly_summary": [_week(row) async for batch in read(weekly) for row in batch],
        "boundary_summary": header.get("boundary_summary"),
    }
    async for piece in _document(head, _rows(read(final), _mrp_final)):
        yield piece


async def _document(head: Mapping[str, Any], rows: AsyncIterator[str]) -> AsyncIterator[str]:
    """A JSON object with the fields of ``head`` and, last, ``rows``."""
    yield f'{_json(head)[:-1]}, "rows": ['
    separator = "\n"
    async for piece in rows:
        yield separator + piece
        separator = ",\n"
    yield "\n]}\n"


async def _rows(
    batches: AsyncIterator[list[SeriesRow]], fields: Callable[[SeriesRow], Iterator[Fields]]
) -> AsyncIterator[str]:
    async for batch in batches:
        lines = [_json(written) for row in batch for written in fields(row)]
        if lines:
            yield ",\n".join(lines)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _aggregate(row: SeriesRow) -> Iterator[Fields]:
    yield {
        "family": row.item_key,
        "period": row.time_bucket_key,
        "demand": row.demand,
        "supply": row.supply,
        "backlog": row.backlog,
        "capacity_total": row.extra.get("capacity_total"),
    }


def _sku_week(row: SeriesRow) -> Iterator[Fields]:
    """One row per split; a row without splits is one row of no family and period."""
    parts = row.splits or ((None, None, row.demand, row.supply, row.backlog),)
    for period, family, demand, supply, backlog in parts:
        yield {
            "family": family,
            "period": period,
            "sku": row.item_key,
            "week": row.time_bucket_key,
            "demand": demand,
            "supply": supply,
            "supply_plan": supply,
            "backlog": backlog,
        }


def _mrp(row: SeriesRow) -> Iterator[Fields]:
    yield _item_week(row, row.extra, row.supply)


def _mrp_final(row: SeriesRow) -> Iterator[Fields]:
    extra = row.extra
    yield _item_week(row, extra, extra.get("planned_order_receipt")) | {
        "planned_order_release_adj": extra.get("planned_order_release_adj"),
        "planned_order_receipt_adj": extra.get("planned_order_receipt_adj", row.supply),
    }


def _item_week(row: SeriesRow, extra: Mapping[str, Any], receipt: float | None) -> dict[str, Any]:
    return {
        "item": row.item_key,
        "sku": row.item_key,
        "week": row.time_bucket_key,
        "gross_req": row.demand,
        "scheduled_receipts": extra.get("scheduled_receipts"),
        "on_hand_start": row.inventory_open,
        "net_req": row.backlog,
        "planned_order_receipt": receipt,
        "planned_order_release": extra.get("planned_order_release"),
        "lt_weeks": extra.get("lt_weeks"),
        "lot": extra.get("lot"),
        "moq": extra.get("moq"),
        "on_hand_end": row.inventory_close,
    }


def _week(row: SeriesRow) -> Fields:
    extra = row.extra
    week = {
        "week": row.time_bucket_key,
        "capacity": row.capacity_used,
        "original_load": row.demand,
        "carried_slack_in": extra.get("carried_slack_in"),
        "spill_in": row.spill_in,
        "adjusted_load": row.supply,
        "spill_out": row.spill_out,
        "slack_carry_out": extra.get("slack_carry_out"),
    }
    week |= {name: extra[name] for name in BOUNDARY_FIELDS if name in extra}
    return week if row.boundary_zone is None else week | {"zone": row.boundary_zone}
