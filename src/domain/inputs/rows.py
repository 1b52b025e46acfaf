"""The rows of an input set, one type per section.

Rows are tuples, because a set may hold a million of them.  Quantities are in units of the item; a period is a month
``2026-11`` (or another key that the calendar lists); dates are ISO text; ``attributes_json`` is canonical JSON text.
Rules of the fields stand in ``sections.py``.
"""

from __future__ import annotations

from typing import NamedTuple


class FamilyDemand(NamedTuple):
    """What a family is asked for in a period."""

    family_code: str
    period: str
    demand: float
    source_type: str = "canonical"
    tolerance_abs: float | None = None
    attributes_json: str = "{}"


class CapacityBucket(NamedTuple):
    """What a resource can make in a period, in units of demand."""

    resource_code: str
    period: str
    capacity: float
    resource_type: str = "workcenter"
    calendar_code: str | None = None
    attributes_json: str = "{}"


class MixShare(NamedTuple):
    """The share of a family's demand that falls on a SKU, from a date on where one is given."""

    family_code: str
    sku_code: str
    effective_from: str
    share: float
    effective_to: str | None = None
    weight_source: str = "manual"
    attributes_json: str = "{}"


class InventorySnapshot(NamedTuple):
    """What lies at a node when the horizon opens."""

    node_code: str
    item_code: str
    initial_qty: float
    reorder_point: float | None = None
    order_up_to: float | None = None
    safety_stock: float | None = None
    attributes_json: str = "{}"


class InboundOrder(NamedTuple):
    """What is on order and due at a date or in a period; order and nodes are empty where not given."""

    item_code: str
    due_date: str
    po_id: str
    source_node: str
    dest_node: str
    qty: float
    attributes_json: str = "{}"


class PeriodMetric(NamedTuple):
    """A figure of a period: its cost, its score, or one of the team's own."""

    metric_code: str
    period: str
    value: float
    unit: str | None = None
    source: str | None = None
    attributes_json: str = "{}"


class Item(NamedTuple):
    """How an item is ordered: lead time (in the engine's lead-time unit), lot size and minimum order."""

    item_code: str
    lead_time: float = 0.0
    lot_size: float = 1.0
    min_order_qty: float = 0.0
    item_name: str | None = None
    unit: str | None = None
    attributes_json: str = "{}"


class BomLink(NamedTuple):
    """How much of a child goes into one unit of its parent."""

    parent_code: str
    child_code: str
    qty: float
    attributes_json: str = "{}"


class CalendarWeek(NamedTuple):
    """A week as far as it lies in a period; a boundary week stands in two periods.

    ``weight`` is the week's share of the period's quantities, usually its days inside.  A period that lists no weeks
    is one row with an empty ``week_code``.
    """

    period: str
    sequence: int
    week_code: str
    week_start: str | None
    week_end: str | None
    period_start: str
    period_end: str
    weight: float = 1.0
    attributes_json: str = "{}"


class Parameter(NamedTuple):
    """One named setting of the set: a planning parameter, a fact about its calendar, or metadata.

    ``scope`` is ``planning``, ``calendar`` or ``metadata``; ``value_json`` is canonical JSON text of any value.
    """

    scope: str
    name: str
    value_json: str
