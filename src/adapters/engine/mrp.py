"""The stage ``mrp``: requirements against stock and open orders, item by item, netted into planned orders."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...domain.inputs.content import InputContent
from ...domain.inputs.rows import Item
from .allocate import Allocation
from .bom import explode
from .calendar import Calendar
from .parameters import Parameters
from .rounding import rounded

TOLERANCE = 1e-9
ITEMS_BY_REPORT = 1000


class ItemPlan(NamedTuple):
    """One item over the weeks of the plan, in units of the item, rounded to 6 decimals.

    ``net`` is what stock and open orders leave uncovered; ``receipt`` is the planned order in the week it is needed,
    ``release`` in the week it is placed (orders due to be placed before the first week are placed in it).
    """

    item: str
    lead_weeks: int
    lot: float
    moq: float
    gross: list[float]
    scheduled: list[float]
    start: list[float]
    net: list[float]
    receipt: list[float]
    release: list[float]
    end: list[float]


class Supplies(NamedTuple):
    """What there is before anything is ordered: stock over all nodes, and open orders by week.

    ``outside`` counts the open orders that arrive in no week of the plan; they play no part.
    """

    on_hand: dict[str, float]
    scheduled: dict[str, list[float]]
    outside: int


def lead_weeks(lead_time: float, parameters: Parameters) -> int:
    """A lead time in whole weeks: days are rounded up, weeks to the nearest."""
    if parameters.lt_unit == "week":
        return round(lead_time)
    return math.ceil(lead_time / parameters.week_days)


def in_lots(quantity: float, lot: float) -> float:
    """The least whole number of lots that holds the quantity, up to 1e-9 of a lot."""
    return math.ceil(quantity / lot - TOLERANCE) * lot


def supplies(inputs: InputContent, calendar: Calendar, weeks: Sequence[str]) -> Supplies:
    """Stock and open orders, the latter in the week that their due date falls in."""
    on_hand: dict[str, float] = {}
    for row in inputs.rows("inventory_snapshots"):
        on_hand[row.item_code] = on_hand.get(row.item_code, 0.0) + row.initial_qty
    position = {week: index for index, week in enumerate(weeks)}
    scheduled: dict[str, list[float]] = {}
    week_of: dict[str, str] = {}
    outside = 0
    for order in inputs.rows("inbound_orders"):
        due = order.due_date
        if due not in week_of:
            week_of[due] = calendar.week_of_due(due, position)
        index = position.get(week_of[due])
        if index is None:
            outside += 1
            continue
        scheduled.setdefault(order.item_code, [0.0] * len(weeks))[index] += order.qty
    return Supplies(on_hand, scheduled, outside)


def plan_items(
    inputs: InputContent,
    allocation: Allocation,
    stock: Supplies,
    parameters: Parameters,
    report: Callable[[float], None],
) -> list[ItemPlan]:
    """Every item that is asked for, directly or as a component, or lies in stock, in order of code.

    Raises:
        EngineError: the bill of material runs in a loop.
    """
    gross = {sku: allocation.demand(sku) for sku in allocation.splits}
    explode(gross, inputs.rows("bom_links"))
    masters: dict[str, Item] = {row.item_code: row for row in inputs.rows("items")}
    nothing = [0.0] * len(allocation.weeks)
    items = sorted(gross.keys() | stock.on_hand.keys())
    plans: list[ItemPlan] = []
    for count, item in enumerate(items):
        if not count % ITEMS_BY_REPORT:
            report(count / len(items))
        master = masters.get(item) or Item(item)
        plans.append(
            net_item(
                master,
                gross.get(item, nothing),
                stock.scheduled.get(item, nothing),
                stock.on_hand.get(item, 0.0),
                lead_weeks(master.lead_time, parameters),
            )
        )
    return plans


def net_item(master: Item, gross: list[float], scheduled: list[float], on_hand: float, lead: int) -> ItemPlan:
    """One item, week after week: what is missing is ordered in lots, at least the minimum order.

    (The legacy system's arithmetic, stage mrp.)
    """
    lot, moq = float(max(1.0, master.lot_size)), float(max(0.0, master.min_order_qty))
    start: list[float] = []
    net: list[float] = []
    receipt: list[float] = []
    end: list[float] = []
    release = [0.0] * len(gross)
    for week, wanted in enumerate(gross):
        start.append(on_hand)
        available = on_hand + scheduled[week]
        missing = wanted - available
        if missing > TOLERANCE:
            ordered = in_lots(max(missing, moq), lot)
            release[max(0, week - lead)] += ordered
            on_hand = available + ordered - wanted
        else:
            missing = ordered = 0.0
            on_hand = available - wanted
        net.append(missing)
        receipt.append(ordered)
        end.append(on_hand)
    series = [gross, scheduled, start, net, receipt, release, end]
    if not _all_whole(gross, scheduled, start[:1], (lot, moq)):
        series = [[rounded(value) for value in values] for values in series]
    return ItemPlan(master.item_code, lead, lot, moq, *series)


def _all_whole(*parts: Sequence[float]) -> bool:
    """Whether nothing needs rounding: sums, differences and whole lots of whole numbers are whole."""
    return all(value.is_integer() for values in parts for value in values)
