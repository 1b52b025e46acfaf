"""The reference engine: the legacy system's arithmetic, made independent of the order of its files."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...application.engine import Engine, EngineResult, Progress
from ...domain.errors import InvalidRequestError
from ...domain.inputs.content import InputContent
from .adjust import adjust
from .aggregate import FamilyPeriod, aggregate, pooled_capacity
from .allocate import Allocation, allocate, mix
from .calendar import Calendar
from .headers import ADJUSTED, headers_of
from .levels import roll_up
from .mrp import Supplies, plan_items, supplies
from .parameters import Parameters, resolve
from .plan import Plan
from .reconcile import cutover_of, level, weekly_capacity
from .rounding import Rounding
from .rows import levels_of


class ReferenceEngine(Engine):
    """Aggregate, allocate, MRP, reconcile, levels: from families and months to items and weeks."""

    name = "reference"
    version = "1.1"

    def parameters(self, given: Mapping[str, Any], inputs: InputContent) -> dict[str, Any]:
        """All parameters in force: given ones over the input set's planning parameters over defaults.

        Raises:
            InvalidRequestError: an unknown parameter, or a value out of its range; the sentence names it.
        """
        return resolve(given, inputs).as_dict()

    def run(self, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress) -> EngineResult:
        """The plan of these inputs, with the levels aggregate, det, mrp, mrp_final and weekly_summary.

        With ``apply_adjusted`` det and what follows from it are there once more, as ``det_adjusted`` and so on.

        Raises:
            InvalidRequestError: there is no demand, or the bill of material runs in a loop.
            InvalidRequestError: a parameter is wrong.
        """
        settings = resolve(parameters, inputs)
        calendar = Calendar(inputs.rows("calendar_weeks"), weeks=settings.weeks)
        plan = _solved(inputs, settings, calendar, progress)
        progress("report", 0.0)
        headers = headers_of(plan, inputs, settings, calendar)
        progress("report", 1.0)
        return EngineResult(levels=levels_of(plan), headers=headers)


def _solved(inputs: InputContent, settings: Parameters, calendar: Calendar, progress: Progress) -> Plan:
    rounding = Rounding(settings.round_mode)
    progress("aggregate", 0.0)
    cells = aggregate(inputs, rounding)
    if not cells:
        raise InvalidRequestError(
            "The input set holds no demand, so there is nothing to plan.",
            remedy="Import demand_family.csv into it.",
        )
    progress("allocate", 0.0)
    allocation = allocate(cells, mix(inputs), calendar, rounding)
    stock = supplies(inputs, calendar, allocation.weeks)
    demands = _Demands(inputs=inputs, settings=settings, calendar=calendar, stock=stock, cells=cells)
    plan = _planned(demands, allocation, progress)
    if settings.apply_adjusted and plan.levelled.cutover is not None:
        adjustment = adjust(
            cells, allocation, plan.levelled.cutover.period, _centre(settings, calendar, allocation.weeks), settings
        )
        adjusted = replace(_planned(demands, adjustment.allocation, progress), suffix=ADJUSTED)
        plan = replace(plan, adjustment=adjustment, adjusted=adjusted)
    return plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demands:
    """What the stages after allocation are given, whatever the allocation is."""

    inputs: InputContent
    settings: Parameters
    calendar: Calendar
    stock: Supplies
    cells: list[FamilyPeriod]


def _planned(demands: _Demands, allocation: Allocation, progress: Progress) -> Plan:
    inputs, settings, calendar = demands.inputs, demands.settings, demands.calendar
    items = plan_items(inputs, allocation, demands.stock, settings, functools.partial(progress, "mrp"))
    progress("reconcile", 0.0)
    capacities = weekly_capacity(pooled_capacity(inputs), calendar, allocation.weeks)
    cutover = cutover_of(settings, calendar, allocation.weeks)
    levelled = level(items, allocation.splits, capacities, cutover, settings)
    progress("reconcile", 0.5)
    return Plan(
        cells=demands.cells,
        allocation=allocation,
        items=items,
        levelled=levelled,
        rolled_up=roll_up(allocation, levelled.receipt),
        item_names={row.item_code: row.item_name for row in inputs.rows("items")},
        orders_outside=demands.stock.outside,
    )


def _centre(settings: Parameters, calendar: Calendar, weeks: Sequence[str]) -> int | None:
    """The position of the week that holds the cutover date."""
    week = calendar.week_of_due(settings.cutover_date or "", weeks)
    return weeks.index(week) if week in weeks else None
