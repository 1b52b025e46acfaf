"""The stage ``reconcile``: finished goods' orders levelled to the weekly capacity."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .calendar import DAYS_OF_A_WEEK, MONTH_LENGTH, Calendar
from .levelling import Anchored, WeekLoad, anchored, forward
from .mrp import ItemPlan
from .parameters import Parameters
from .rounding import Rounding, rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutover:
    """Where the plan is cut: the period of the cutover date, and the positions of its weeks.

    ``zones`` says of each week whether it lies before (``pre``), in (``at``) or after (``post``) the period;
    ``at`` are the positions of its weeks, empty when the plan has none of them.  ``window`` weeks at both ends of
    the period are marked.  ``anchored`` says that the period is levelled on its own.
    """

    period: str
    at: range
    zones: tuple[str, ...]
    window: int
    anchored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Levelled:
    """The levelled plan.

    ``loads`` has one entry per week; ``original`` and ``adjusted`` are the week's released units before and after,
    in the round mode.  ``release`` and ``receipt`` are the adjusted orders by item and week.  ``anchored`` says where
    the excess of the cutover period went; None when it was not levelled on its own.
    """

    loads: list[WeekLoad]
    original: list[float]
    adjusted: list[float]
    release: dict[str, list[float]]
    receipt: dict[str, list[float]]
    cutover: Cutover | None
    anchored: Anchored | None


def weekly_capacity(capacities: Mapping[str, float], calendar: Calendar, weeks: Sequence[str]) -> list[float]:
    """The pooled capacity of each week: its shares of all periods that it lies in."""
    position = {week: index for index, week in enumerate(weeks)}
    capacity = [0.0] * len(weeks)
    for period in sorted(capacities):
        for code, ratio in zip(*calendar.shares(period), strict=True):
            if code in position:
                capacity[position[code]] += capacities[period] * ratio
    return capacity


def cutover_of(parameters: Parameters, calendar: Calendar, weeks: Sequence[str]) -> Cutover | None:
    """Where the plan is cut; None without a cutover date."""
    if parameters.cutover_date is None:
        return None
    period = calendar.period_of_date(parameters.cutover_date)
    periods = [calendar.period_of_week(week) for week in weeks]
    inside = [index for index, own in enumerate(periods) if own == period]
    if inside:
        at = range(inside[0], inside[-1] + 1)
        zones = ["pre"] * at.start + ["at"] * len(at) + ["post"] * (len(weeks) - at.stop)
    else:
        at = range(0)
        month = parameters.cutover_date[:MONTH_LENGTH]
        zones = ["pre" if own < month else "post" for own in periods]
    return Cutover(
        period=period,
        at=at,
        zones=tuple(zones),
        window=math.ceil((parameters.recon_window_days or 0) / DAYS_OF_A_WEEK),
        anchored=parameters.anchor_policy is not None,
    )


def level(
    plans: Sequence[ItemPlan],
    finished: Mapping[str, object],
    capacities: Sequence[float],
    cutover: Cutover | None,
    parameters: Parameters,
) -> Levelled:
    """Level the orders of the ``finished`` goods; every week's orders are cut or raised in one proportion.

    Adjusted orders arrive their lead time later, at the latest in the last week.  Components keep their orders and
    have no adjusted receipt.  Rounding is per order, so that the adjusted load may differ from the pass by some
    units.  (The legacy system's arithmetic, stage reconcile.)
    """
    rounding = Rounding(parameters.round_mode)
    goods = [plan for plan in plans if plan.item in finished]
    loads = _total((plan.release for plan in goods), len(capacities))
    anchor = None
    if cutover is not None and cutover.anchored and cutover.at:
        anchor = anchored(capacities, loads, cutover.at, parameters)
        weeks = anchor.loads
    else:
        weeks, _, _ = forward(capacities, loads)
    factors = [week.adjusted / week.load if week.load > 0 else 0.0 for week in weeks]
    nothing = [0.0] * len(capacities)
    release = {plan.item: plan.release for plan in plans}
    receipt = {plan.item: nothing for plan in plans}
    for plan in goods:
        release[plan.item] = [
            rounding.number(units * factor) if units else 0.0
            for units, factor in zip(plan.release, factors, strict=True)
        ]
        receipt[plan.item] = received(release[plan.item], plan.lead_weeks)
    adjusted = _total((release[plan.item] for plan in goods), len(capacities))
    return Levelled(
        loads=weeks,
        original=[rounding.number(load) for load in loads],
        adjusted=[rounding.number(load) for load in adjusted],
        release=release,
        receipt=receipt,
        cutover=cutover,
        anchored=anchor,
    )


def _total(releases: Iterable[Sequence[float]], weeks: int) -> list[float]:
    total = [0.0] * weeks
    for release in releases:
        total = [units + more for units, more in zip(total, release, strict=True)]
    return total


def received(release: Sequence[float], lead: int) -> list[float]:
    """Orders by week of release, in the week that they arrive: the lead time later, at the latest the last week."""
    last = len(release) - 1
    receipt = [0.0] * len(release)
    for week, units in enumerate(release):
        if units:
            receipt[min(last, week + lead)] += units
    if receipt:
        receipt[last] = rounded(receipt[last])
    return receipt
