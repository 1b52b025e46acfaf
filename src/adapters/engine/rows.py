"""The plan as series rows, level by level in key order.

These loops run hundreds of thousands of times for one plan.  They make tuples straight from lists, and compose
canonical JSON from texts that are made once; the tests hold it equal to ``document``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator

from ...domain.plans.series import SeriesRow, Split
from ...domain.shared.canonical import document
from ...domain.shared.numbers import number_text
from .plan import Plan
from .reconcile import Cutover
from .rounding import rounded

GLOBAL = "global"


class Rows(Iterable[SeriesRow]):
    """The rows of one level, made anew each time they are walked."""

    def __init__(self, plan: Plan, make: Callable[[Plan], Iterator[SeriesRow]]) -> None:
        """Take the plan, and how one level of it is written."""
        self._plan = plan
        self._make = make

    def __iter__(self) -> Iterator[SeriesRow]:
        """Write the level."""
        return self._make(self._plan)


def levels_of(plan: Plan) -> dict[str, Rows]:
    """All levels of the plan; those of the adjusted plan have names of their own, and no aggregate (ADR 27)."""
    levels = {"aggregate": Rows(plan, aggregate_rows)}
    for one in (plan, plan.adjusted):
        if one is not None:
            levels |= {f"{name}{one.suffix}": Rows(one, make) for name, make in _MADE.items()}
    return levels


class _NumberTexts(dict[float, str]):
    """``number_text`` remembered: quantities repeat."""

    _LIMIT = 100_000

    def __missing__(self, value: float) -> str:
        text = number_text(value)
        if len(self) >= self._LIMIT:
            self.clear()
        self[value] = text
        return text


def aggregate_rows(plan: Plan) -> Iterator[SeriesRow]:
    """Month by family; ``extra`` holds the pooled capacity of the whole period, which belongs to no single family."""
    for cell in plan.cells:
        yield SeriesRow(
            "aggregate",
            "month",
            cell.period,
            cell.family,
            location_type=GLOBAL,
            source="aggregate",
            demand=cell.demand,
            supply=cell.supply,
            supply_received=plan.rolled_up[cell.period, cell.family].received,
            backlog=cell.backlog,
            extra_json=document({"capacity_total": cell.capacity}),
        )


def det_rows(plan: Plan) -> Iterator[SeriesRow]:
    """Week by SKU; a week of two periods, or a SKU of two families, is one row with its splits."""
    texts = _NumberTexts()
    prefixes: dict[tuple[str, str], str] = {}

    def split_text(split: Split) -> str:
        period, family, demand, supply, backlog = split
        prefix = prefixes.get((period, family))
        if prefix is None:
            prefix = f"[{_quoted(period)},{_quoted(family)},"
            prefixes[period, family] = prefix
        return f"{prefix}{texts[demand]},{texts[supply]},{texts[backlog]}]"

    items = {item.item: item for item in plan.items}
    goods = [
        (sku, plan.item_names.get(sku), by_week, plan.levelled.receipt[sku], items[sku].start, items[sku].end)
        for sku, by_week in plan.allocation.splits.items()
    ]
    make = SeriesRow._make
    level = f"det{plan.suffix}"
    blank = (None,) * 8
    for week, index in _weeks(plan):
        for sku, name, by_week, receipt, start, end in goods:
            splits = by_week.get(index)
            if splits is None:
                continue
            if len(splits) == 1:
                _, _, demand, supply, backlog = splits[0]
                text = f"[{split_text(splits[0])}]"
            else:
                demand, supply, backlog = (math.fsum(values) for values in list(zip(*splits, strict=True))[2:])
                text = f"[{','.join([split_text(split) for split in splits])}]"
            # fmt: off
            yield make((
                level, "week", week, sku, GLOBAL, name, GLOBAL, None, None, "allocate", None, None, None, 0, None,
                demand, supply, receipt[index], backlog, start[index], end[index], None, None, *blank, text, "{}",
            ))
            # fmt: on


def mrp_rows(plan: Plan) -> Iterator[SeriesRow]:
    """Week by item: gross requirement, planned receipt, net requirement and stock."""
    texts = _NumberTexts()
    items = [
        (
            item.item,
            f'{{"lot":{texts[item.lot]},"lt_weeks":{item.lead_weeks},"moq":{texts[item.moq]},',
            item,
        )
        for item in plan.items
    ]
    make = SeriesRow._make
    level = f"mrp{plan.suffix}"
    blank = (None,) * 8
    for week, index in _weeks(plan):
        for code, prefix, (_, _, _, _, gross, scheduled, start, net, receipt, release, end) in items:
            extra = (
                f'{prefix}"planned_order_release":{texts[release[index]]},'
                f'"scheduled_receipts":{texts[scheduled[index]]}}}'
            )
            # fmt: off
            yield make((
                level, "week", week, code, GLOBAL, None, GLOBAL, None, None, "mrp", None, None, None, 0, None,
                gross[index], receipt[index], None, net[index], start[index], end[index], None, None, *blank,
                "[]", extra,
            ))
            # fmt: on


def mrp_final_rows(plan: Plan) -> Iterator[SeriesRow]:
    """Week by item after levelling: ``supply`` is the adjusted receipt, also where that is 0."""
    texts = _NumberTexts()
    items = [
        (
            item.item,
            f'{{"lot":{texts[item.lot]},"lt_weeks":{item.lead_weeks},"moq":{texts[item.moq]},',
            plan.levelled.release[item.item],
            plan.levelled.receipt[item.item],
            item,
        )
        for item in plan.items
    ]
    make = SeriesRow._make
    level = f"mrp_final{plan.suffix}"
    blank = (None,) * 8
    for week, index in _weeks(plan):
        for code, prefix, adjusted, arriving, item in items:
            _, _, _, _, gross, scheduled, start, net, receipt, release, end = item
            extra = (
                f'{prefix}"planned_order_receipt":{texts[receipt[index]]},'
                f'"planned_order_release":{texts[release[index]]},'
                f'"planned_order_release_adj":{texts[adjusted[index]]},'
                f'"scheduled_receipts":{texts[scheduled[index]]}}}'
            )
            # fmt: off
            yield make((
                level, "week", week, code, GLOBAL, None, GLOBAL, None, None, "reconcile", None, None, None,
                0, None, gross[index], arriving[index], None, net[index], start[index], end[index], None, None,
                *blank, "[]", extra,
            ))
            # fmt: on


def weekly_rows(plan: Plan) -> Iterator[SeriesRow]:
    """Week by week: load before and after levelling, capacity, and what spills."""
    levelled = plan.levelled
    cutover = levelled.cutover
    for week, index in _weeks(plan):
        load = levelled.loads[index]
        boundary = _boundary(cutover, index)
        carried = {"carried_slack_in": rounded(load.slack_in), "slack_carry_out": load.slack_out + 0.0}
        yield SeriesRow(
            f"weekly_summary{plan.suffix}",
            "week",
            week,
            "summary",
            location_type=GLOBAL,
            source="reconcile",
            boundary_zone=None if cutover is None else cutover.zones[index],
            cutover_flag=int(bool(boundary)),
            window_index=boundary.get("boundary_index"),
            demand=levelled.original[index],
            supply=levelled.adjusted[index],
            backlog=load.spill_out + 0.0,
            capacity_used=load.capacity,
            spill_in=rounded(load.spill_in),
            spill_out=load.spill_out + 0.0,
            extra_json=document(carried | boundary),
        )


_MADE = {"det": det_rows, "mrp": mrp_rows, "mrp_final": mrp_final_rows, "weekly_summary": weekly_rows}


def _boundary(cutover: Cutover | None, index: int) -> dict[str, int]:
    """What a week of the cutover period says of its place in it; flags are bools."""
    if cutover is None or index not in cutover.at:
        return {}
    place, size = index - cutover.at.start + 1, len(cutover.at)
    return {
        "boundary_period": True,
        "boundary_index": place,
        "boundary_size": size,
        "in_window_pre": place <= cutover.window,
        "in_window_post": place > size - cutover.window,
    }


def _weeks(plan: Plan) -> list[tuple[str, int]]:
    """The weeks in key order, with their position in time."""
    return sorted((week, index) for index, week in enumerate(plan.allocation.weeks))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
