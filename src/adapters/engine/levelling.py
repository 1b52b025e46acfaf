"""The passes over the weeks that level their load to their capacity, with and without an anchor."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .calendar import DAYS_OF_A_WEEK
from .parameters import AGG_FAR, BLEND, Parameters

LEAST_SHARE, MOST_SHARE, NO_SHARE = 0.05, 0.95, 0.5


class WeekLoad(NamedTuple):
    """One week of the pass: capacity and load, what came in from the week before, and what goes out to the next."""

    capacity: float
    load: float
    slack_in: float
    spill_in: float
    adjusted: float
    spill_out: float
    slack_out: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """The weeks of an anchored pass, and where the cutover period's excess went.

    ``sent_back`` went to the weeks before the period, ``sent_on`` to those after it.  ``lost`` is the part of what was
    sent back that the weeks before could not take, and ``spill`` what leaves the last week of the plan: with the
    adjusted loads they make up the original ones.
    """

    loads: list[WeekLoad]
    sent_back: float
    sent_on: float
    lost: float
    spill: float


def forward(
    capacities: Sequence[float], loads: Sequence[float], slack: float = 0.0, spill: float = 0.0
) -> tuple[list[WeekLoad], float, float]:
    """The default pass: what a week cannot make spills into the next, and what it does not use is carried over.

    Slack grows without limit.  Returns the weeks, and the slack and spill that leave the last one.
    """
    weeks: list[WeekLoad] = []
    for capacity, load in zip(capacities, loads, strict=True):
        effective, need = capacity + slack, load + spill
        adjusted = min(need, effective)
        weeks.append(WeekLoad(capacity, load, slack, spill, adjusted, need - adjusted, effective - adjusted))
        slack, spill = effective - adjusted, need - adjusted
    return weeks, slack, spill


def cutover_pass(
    capacities: Sequence[float], loads: Sequence[float], slack: float, spill: float
) -> tuple[list[WeekLoad], float, float]:
    """The pass through the cutover period: its excess does not move from week to week but leaves it as a whole.

    ``spill`` enters the first week.  Returns the weeks, the slack after them and the sum of their excess.
    """
    weeks: list[WeekLoad] = []
    excess: list[float] = []
    for capacity, load in zip(capacities, loads, strict=True):
        effective, need = capacity + slack, load + spill
        adjusted = min(need, effective)
        weeks.append(WeekLoad(capacity, load, slack, spill, adjusted, need - adjusted, effective - adjusted))
        excess.append(need - adjusted)
        slack, spill = effective - adjusted, 0.0
    return weeks, slack, math.fsum(excess)


def anchored(capacities: Sequence[float], loads: Sequence[float], at: range, parameters: Parameters) -> Anchored:
    """Forward before the cutover period, through it, and forward after it; the policy says where its excess goes.

    What is sent back enters the first week of the plan, and the weeks before are levelled again from scratch with it;
    the cutover period keeps what it got of them at first.  The weeks after start with the slack of the period.
    (The legacy system's arithmetic, which it could never reach for ``AGG_far`` and ``blend``.)
    """
    pre = capacities[: at.start], loads[: at.start]
    before, slack, spill = forward(*pre)
    during, slack, excess = cutover_pass(capacities[at.start : at.stop], loads[at.start : at.stop], slack, spill)
    share = share_on(during, parameters)
    sent_on = excess * share
    sent_back = excess - sent_on
    lost = 0.0
    if sent_back:
        before, _, spill_again = forward(*pre, 0.0, sent_back)
        lost = spill_again - spill
    after, _, spill = forward(capacities[at.stop :], loads[at.stop :], slack, sent_on)
    return Anchored(loads=before + during + after, sent_back=sent_back, sent_on=sent_on, lost=lost, spill=spill)


def share_on(weeks: Sequence[WeekLoad], parameters: Parameters) -> float:
    """The share of the cutover period's excess that the weeks after it take: 1 for ``DET_near``, 0 for ``AGG_far``.

    For ``blend`` each week's excess counts for the end of the period that it is near to, within the window; the share
    stays within 0.05 to 0.95, and is 0.5 where no excess lies in the window.
    """
    if parameters.anchor_policy == AGG_FAR:
        return 0.0
    if parameters.anchor_policy != BLEND:
        return 1.0
    if parameters.blend_split_next is not None:
        return parameters.blend_split_next
    weight = _nearness(len(weeks), parameters)
    last = len(weeks) - 1
    back = math.fsum(week.spill_out * weight(place) for place, week in enumerate(weeks))
    on = math.fsum(week.spill_out * weight(last - place) for place, week in enumerate(weeks))
    if not back + on:
        return NO_SHARE
    return max(LEAST_SHARE, min(MOST_SHARE, on / (back + on)))


def _nearness(weeks: int, parameters: Parameters) -> Callable[[int], float]:
    """How much a week counts at a distance: falling to nothing at the window's end, squared for ``quad``."""
    days = parameters.recon_window_days
    window = math.ceil(days / DAYS_OF_A_WEEK) if days else max(1, weeks // 2)
    power = 2 if parameters.blend_weight_mode == "quad" else 1
    return lambda distance: float(max(0, window - distance)) ** power
