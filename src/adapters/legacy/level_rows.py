"""Levels from the legacy system's artifacts: the same rows that a plan made here would have (ADR 17, 27)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ...domain.errors import InvalidRequestError
from ...domain.plans.receipts import received_by_split
from ...domain.plans.series import KEY_LENGTH, SeriesRow, Split, splits_text
from ...domain.shared.canonical import document
from .documents import WEEKLY, AggregateRow, Document, ItemWeekRow, KeyTexts, SkuWeekRow, WeekRow
from .quantities import extra, plain, summed, text_of

GLOBAL = "global"
ADJUSTED = "_adjusted"
AGGREGATE_FILE = "aggregate.json"
# Artifact → the levels that are made from it.
LEVELS_OF: Mapping[str, tuple[str, ...]] = {AGGREGATE_FILE: ("aggregate",)} | {
    f"{name}{suffix}.json": tuple(f"{level}{suffix}" for level in levels)
    for suffix in ("", ADJUSTED)
    for name, levels in {
        "sku_week": ("det",),
        "mrp": ("mrp",),
        "plan_final": ("mrp_final", "weekly_summary"),
    }.items()
}
Levels = dict[str, list[SeriesRow]]
Receipts = Mapping[tuple[str, str], ItemWeekRow]
_BLANK = (None,) * 8


def levels_of(documents: Mapping[str, Document]) -> Levels:
    """The levels that these artifacts hold, each in key order; one without rows is left out.

    Raises:
        InvalidRequestError: a row breaks its rule, or a key stands twice; the sentence names it.
    """
    levels: Levels = {}
    for suffix in ("", ADJUSTED):
        levels |= _made_of(documents, suffix)
    plain = documents.get(AGGREGATE_FILE)
    if plain is not None:
        received = _received(levels.get("det", ()))
        levels["aggregate"] = _aggregate(plain, received)
    return {level: rows for level, rows in sorted(levels.items()) if rows}


def _made_of(documents: Mapping[str, Document], suffix: str) -> Levels:
    levels: Levels = {}
    texts = KeyTexts()
    sku_week, mrp, final = (documents.get(f"{name}{suffix}.json") for name in ("sku_week", "mrp", "plan_final"))
    finals = None if final is None else _by_week(final, texts)
    goods: frozenset[str] | None = None
    if sku_week is not None:
        rows = _det(f"det{suffix}", sku_week, finals, texts)
        goods = frozenset(row.item_key for row in rows)
        levels[f"det{suffix}"] = rows
    if mrp is not None:
        levels[f"mrp{suffix}"] = _ordered(mrp.name, _mrp(f"mrp{suffix}", _by_week(mrp, texts)))
    if final is not None and finals is not None:
        made = _mrp_final(f"mrp_final{suffix}", finals, goods)
        levels[f"mrp_final{suffix}"] = _ordered(final.name, made)
        weekly = _weekly(f"weekly_summary{suffix}", final.rows(WeekRow, WEEKLY), texts)
        levels[f"weekly_summary{suffix}"] = _ordered(f"{final.name} {WEEKLY}", weekly)
    return levels


def _ordered(where: str, rows: Iterable[SeriesRow]) -> list[SeriesRow]:
    """The rows in key order.

    Raises:
        InvalidRequestError: a key stands twice.
    """
    ordered = sorted(rows, key=lambda row: row[:KEY_LENGTH])
    for before, after in pairwise(ordered):
        if before[:KEY_LENGTH] == after[:KEY_LENGTH]:
            named = f"{after.time_bucket_key} {after.item_key}"
            raise InvalidRequestError(f"{where}: {named} stands twice.", source=where, key=named)
    return ordered


def _by_week(found: Document, texts: KeyTexts) -> Receipts:
    by_week: dict[tuple[str, str], ItemWeekRow] = {}
    for number, row in enumerate(found.rows(ItemWeekRow)):
        item = row.item if row.item is not None else row.sku
        if item is None:
            raise InvalidRequestError(f"{found.name}: rows[{number}] names no item.", source=found.name)
        key = texts[row.week], texts[item]
        if key in by_week:
            raise InvalidRequestError(f"{found.name}: {' '.join(key)} stands twice.", source=found.name)
        by_week[key] = row
    return by_week


def _aggregate(found: Document, received: Mapping[tuple[str, str], float] | None) -> list[SeriesRow]:
    texts = KeyTexts()
    return _ordered(
        found.name,
        (
            SeriesRow(
                "aggregate",
                "month",
                texts[row.period],
                texts[row.family],
                location_type=GLOBAL,
                source="aggregate",
                demand=plain(row.demand),
                supply=plain(row.supply),
                supply_received=None if received is None else received.get((texts[row.period], texts[row.family])),
                backlog=plain(row.backlog),
                extra_json=extra({"capacity_total": row.capacity_total}),
            )
            for row in found.rows(AggregateRow)
        ),
    )


def _received(det: Sequence[SeriesRow]) -> dict[tuple[str, str], float] | None:
    """What arrives by (period, family), each receipt counted once; null where nothing says what arrives."""
    if not any(row.supply_received is not None for row in det):
        return None
    parts: dict[tuple[str, str], list[float]] = {}
    for row in det:
        splits = row.splits
        if row.supply_received is not None and splits:
            shares = received_by_split(row.supply_received, splits)
            for split, share in zip(splits, shares, strict=True):
                parts.setdefault(split[:2], []).append(share)
    return {cell: math.fsum(values) for cell, values in parts.items()}


def _det(level: str, found: Document, finals: Receipts | None, texts: KeyTexts) -> list[SeriesRow]:
    """Week by SKU; the rows of a week of two periods, or of a SKU of two families, are one with its splits."""
    grouped: dict[tuple[str, str], list[SkuWeekRow]] = {}
    for row in found.rows(SkuWeekRow):
        grouped.setdefault((texts[row.week], texts[row.sku]), []).append(row)
    prefixes: dict[tuple[str, str], str] = {}
    rows = []
    for (week, sku), parts in sorted(grouped.items()):
        if len(parts) == 1:
            part = parts[0]
            demand, backlog = plain(part.demand), plain(part.backlog)
            supply = plain(part.supply if part.supply is not None else part.supply_plan)
        else:
            demand = summed(part.demand for part in parts)
            supply = summed(part.supply if part.supply is not None else part.supply_plan for part in parts)
            backlog = summed(part.backlog for part in parts)
        final = None if finals is None else finals.get((week, sku))
        splits = _splits(found.name, f"{week} {sku}", parts, prefixes, texts)
        # fmt: off
        rows.append(SeriesRow._make((
            level, "week", week, sku, GLOBAL, None, GLOBAL, None, None, "allocate", None, None, None, 0, None,
            demand, supply, None if final is None else _receipt(final), backlog,
            None if final is None else plain(final.on_hand_start),
            None if final is None else plain(final.on_hand_end), None, None, *_BLANK, splits, "{}",
        )))
        # fmt: on
    return rows


def _splits(where: str, cell: str, parts: Sequence[SkuWeekRow], prefixes: dict[Any, str], texts: KeyTexts) -> str:
    if len(parts) == 1:
        row = parts[0]
        if row.period is None or row.family is None:
            return "[]"
        supply = row.supply if row.supply is not None else row.supply_plan
        key = row.period, row.family
        prefix = prefixes.get(key)
        if prefix is None:
            names = (texts[row.period], texts[row.family])
            prefix = prefixes[key] = "[[" + ",".join(json.dumps(name, ensure_ascii=False) for name in names) + ","
        return f"{prefix}{text_of(row.demand)},{text_of(supply)},{text_of(row.backlog)}]]"
    splits = sorted(
        Split(
            texts[row.period],
            texts[row.family],
            (row.demand or 0.0) + 0.0,
            ((row.supply if row.supply is not None else row.supply_plan) or 0.0) + 0.0,
            (row.backlog or 0.0) + 0.0,
        )
        for row in parts
        if row.period is not None and row.family is not None
    )
    if len(splits) < len(parts) or len({split[:2] for split in splits}) < len(splits):
        raise InvalidRequestError(f"{where}: {cell} stands twice.", source=where, key=cell)
    return splits_text(splits)


def _receipt(row: ItemWeekRow) -> float | None:
    """What arrives: the adjusted receipt, also where that is 0."""
    adjusted = row.planned_order_receipt_adj
    return plain(row.planned_order_receipt if adjusted is None else adjusted)


def _mrp(level: str, by_week: Receipts) -> Iterator[SeriesRow]:
    for (week, item), row in by_week.items():
        fields = _item_extra(row)
        supply = plain(row.planned_order_receipt)
        yield _item_row(level, week, item, row, supply=supply, fields=fields, source="mrp")


def _mrp_final(level: str, by_week: Receipts, goods: frozenset[str] | None) -> Iterator[SeriesRow]:
    """After levelling: only finished goods are adjusted, so what is made for them arrives as it was planned."""
    for (week, item), row in by_week.items():
        adjusted = goods is None or item in goods
        supply = _receipt(row) if adjusted else plain(row.planned_order_receipt)
        fields = _item_extra(row) | {
            "planned_order_receipt": row.planned_order_receipt,
            "planned_order_release_adj": row.planned_order_release_adj,
        }
        if row.planned_order_receipt_adj is not None and row.planned_order_receipt_adj != supply:
            fields["planned_order_receipt_adj"] = row.planned_order_receipt_adj
        yield _item_row(level, week, item, row, supply=supply, fields=fields, source="reconcile")


def _item_extra(row: ItemWeekRow) -> dict[str, float | None]:
    return {
        "lot": row.lot,
        "lt_weeks": row.lt_weeks,
        "moq": row.moq,
        "planned_order_release": row.planned_order_release,
        "scheduled_receipts": row.scheduled_receipts,
    }


def _item_row(
    level: str,
    week: str,
    item: str,
    row: ItemWeekRow,
    *,
    supply: float | None,
    fields: Mapping[str, float | None],
    source: str,
) -> SeriesRow:
    # fmt: off
    return SeriesRow._make((
        level, "week", week, item, GLOBAL, None, GLOBAL, None, None, source, None, None, None, 0, None,
        plain(row.gross_req), supply, None, plain(row.net_req), plain(row.on_hand_start),
        plain(row.on_hand_end), None, None, *_BLANK, "[]", extra(fields),
    ))
    # fmt: on


def _weekly(level: str, weeks: Iterable[WeekRow], texts: KeyTexts) -> Iterator[SeriesRow]:
    for row in weeks:
        boundary = {name: value for name in _BOUNDARY if (value := getattr(row, name)) is not None}
        carried = {"carried_slack_in": row.carried_slack_in, "slack_carry_out": row.slack_carry_out}
        told = {name: value + 0.0 for name, value in carried.items() if value is not None}
        yield SeriesRow(
            level,
            "week",
            texts[row.week],
            "summary",
            location_type=GLOBAL,
            source="reconcile",
            boundary_zone=row.zone,
            cutover_flag=int(bool(row.boundary_period)),
            window_index=row.boundary_index,
            demand=plain(row.original_load),
            supply=plain(row.adjusted_load),
            backlog=plain(row.spill_out),
            capacity_used=plain(row.capacity),
            spill_in=plain(row.spill_in),
            spill_out=plain(row.spill_out),
            extra_json=document(told | boundary),
        )


_BOUNDARY = ("boundary_period", "boundary_index", "boundary_size", "in_window_pre", "in_window_post")
