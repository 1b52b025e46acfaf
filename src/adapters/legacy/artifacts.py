"""The legacy-shaped artifacts of a stored plan: its levels written as the legacy system's files.

Rows come in key order, numbers as Python's ``json`` writes them, one row per line.  What a level does not hold is
null.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any

from ...application.exchange import ArtifactRenderer, LevelReader
from ...domain.errors import NotFoundError
from ...domain.plans.series import SeriesRow
from .reconciliation import reconciliation_log
from .report import report

Header = Mapping[str, Any]
Fields = Mapping[str, Any]

AGGREGATE = "aggregate.json"
SKU_WEEK = "sku_week.json"
MRP = "mrp.json"
PLAN_FINAL = "plan_final.json"
LOG = "reconciliation_log.json"
REPORT = "report.csv"

SCHEMA = "agg-1.0"
NO_CUTOVER = {"cutover_date": None, "recon_window_days": None, "anchor_policy": None}
BOUNDARY_FIELDS = ("boundary_period", "boundary_index", "boundary_size", "in_window_pre", "in_window_post")

_NEEDS = {
    AGGREGATE: {"aggregate"},
    MRP: {"mrp"},
    PLAN_FINAL: {"mrp_final", "weekly_summary"},
    LOG: {"aggregate", "det"},
    REPORT: {"det", "mrp_final", "weekly_summary"},
    SKU_WEEK: {"det"},
}


class LegacyArtifactRenderer(ArtifactRenderer):
    """Writes ``aggregate.json``, ``sku_week.json``, ``mrp.json``, ``plan_final.json``, the log and the report."""

    def names(self, levels: Iterable[str]) -> list[str]:
        """The artifacts that a plan with these levels has, in order of name."""
        present = set(levels)
        return sorted(name for name, needed in _NEEDS.items() if needed <= present)

    def render(self, name: str, read: LevelReader, headers: Mapping[str, Mapping[str, Any]]) -> AsyncIterator[str]:
        """The text of an artifact, a piece per batch of rows; a level that ``read`` gives nothing of has no rows.

        The log takes ``version_id`` from its header.

        Raises:
            NotFoundError: there is no artifact of that name.
        """
        header = headers.get(name, {})
        if name == AGGREGATE:
            return _document(_head(header), _rows(read("aggregate"), _aggregate))
        if name == SKU_WEEK:
            return _document(_head(header), _rows(read("det"), _sku_week))
        if name == MRP:
            return _document(_head(header), _rows(read("mrp"), _mrp))
        if name == PLAN_FINAL:
            return _plan_final(header, read)
        if name == LOG:
            return reconciliation_log(header, read)
        if name == REPORT:
            return report(read)
        raise NotFoundError("artifact", name, remedy=f"There are {', '.join(sorted(_NEEDS))}.")


def _head(header: Header) -> dict[str, Any]:
    return {
        "schema_version": header.get("schema_version", SCHEMA),
        "note": header.get("note"),
        "inputs_summary": header.get("inputs_summary", {}),
    }


async def _plan_final(header: Header, read: LevelReader) -> AsyncIterator[str]:
    head = _head(header) | {
        "reconcile_params": header.get("reconcile_params", NO_CUTOVER),
        "weekly_summary": [_week(row) async for batch in read("weekly_summary") for row in batch],
        "boundary_summary": header.get("boundary_summary"),
    }
    async for piece in _document(head, _rows(read("mrp_final"), _mrp_final)):
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
