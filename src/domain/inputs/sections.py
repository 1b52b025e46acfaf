"""The sections of an input set: their row types, keys and field rules (``docs/reference/input-files.md``).

Everything that handles input rows is driven by this table: readers, writers, the SQL adapter, the content hash.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..shared.ids import KEY_TEXT_LENGTH
from .fields import Field, FieldKind
from .rows import (
    BomLink,
    CalendarWeek,
    CapacityBucket,
    FamilyDemand,
    InboundOrder,
    InventorySnapshot,
    Item,
    MixShare,
    Parameter,
    PeriodMetric,
)

InputRow = tuple[Any, ...]

_ATTRIBUTES = Field(name="attributes_json", kind=FieldKind.DOCUMENT, default="{}")


def _key(name: str) -> Field:
    return Field(name=name, required=True, max_length=KEY_TEXT_LENGTH)


def _code(name: str, *, default: str | None = None) -> Field:
    return Field(name=name, default=default, max_length=KEY_TEXT_LENGTH)


def _quantity(
    name: str, *, required: bool = False, default: float | None = None, maximum: float | None = None
) -> Field:
    return Field(name=name, kind=FieldKind.NUMBER, required=required, default=default, minimum=0, maximum=maximum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section: which rows it holds, which fields make a row unique, and what each field may hold.

    A key field that may be left out is empty text then, never null, so that keys compare.  ``measure`` is the number
    that makes sense added up over the rows.
    """

    name: str
    row_type: Callable[..., InputRow]
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    measure: str | None = None

    def positions(self) -> tuple[int, ...]:
        """Where the key fields stand in a row."""
        names = [field.name for field in self.fields]
        return tuple(names.index(name) for name in self.key)

    def key_of(self) -> Callable[[InputRow], tuple[Any, ...]]:
        """A function from a row to its key."""
        first, *others = self.positions()
        if not others:
            return lambda row: (row[first],)
        return operator.itemgetter(first, *others)

    def key_kinds(self) -> tuple[type[str | int], ...]:
        """The type of each key field."""
        return tuple(int if self.fields[place].kind is FieldKind.INTEGER else str for place in self.positions())

    def row(self, values: Iterable[Any]) -> InputRow:
        """A checked row from values in field order.

        Raises:
            CellError: a value breaks a rule; its ``field`` names the field.
        """
        return self.row_type(*[rule.check(value) for rule, value in zip(self.fields, values, strict=True)])


FAMILY_DEMANDS = Section(
    name="family_demands",
    row_type=FamilyDemand,
    measure="demand",
    key=("family_code", "period"),
    fields=(
        _key("family_code"),
        _key("period"),
        _quantity("demand", required=True),
        Field(
            name="source_type",
            kind=FieldKind.CHOICE,
            default="canonical",
            choices=("canonical", "override", "imported", "legacy"),
        ),
        _quantity("tolerance_abs"),
        _ATTRIBUTES,
    ),
)
CAPACITY_BUCKETS = Section(
    name="capacity_buckets",
    row_type=CapacityBucket,
    measure="capacity",
    key=("resource_code", "period"),
    fields=(
        _key("resource_code"),
        _key("period"),
        _quantity("capacity", required=True),
        Field(
            name="resource_type",
            kind=FieldKind.CHOICE,
            default="workcenter",
            choices=("workcenter", "node", "supplier"),
        ),
        _code("calendar_code"),
        _ATTRIBUTES,
    ),
)
MIX_SHARES = Section(
    name="mix_shares",
    row_type=MixShare,
    measure="share",
    key=("family_code", "sku_code", "effective_from"),
    fields=(
        _key("family_code"),
        _key("sku_code"),
        Field(name="effective_from", kind=FieldKind.DATE, default=""),
        _quantity("share", required=True, maximum=1),
        Field(name="effective_to", kind=FieldKind.DATE),
        Field(
            name="weight_source",
            kind=FieldKind.CHOICE,
            default="manual",
            choices=("historical", "manual", "promotion", "other", "legacy"),
        ),
        _ATTRIBUTES,
    ),
)
INVENTORY_SNAPSHOTS = Section(
    name="inventory_snapshots",
    row_type=InventorySnapshot,
    measure="initial_qty",
    key=("node_code", "item_code"),
    fields=(
        _key("node_code"),
        _key("item_code"),
        _quantity("initial_qty", required=True),
        _quantity("reorder_point"),
        _quantity("order_up_to"),
        _quantity("safety_stock"),
        _ATTRIBUTES,
    ),
)
INBOUND_ORDERS = Section(
    name="inbound_orders",
    row_type=InboundOrder,
    measure="qty",
    key=("item_code", "due_date", "po_id", "source_node", "dest_node"),
    fields=(
        _key("item_code"),
        _key("due_date"),
        _code("po_id", default=""),
        _code("source_node", default=""),
        _code("dest_node", default=""),
        _quantity("qty", required=True),
        _ATTRIBUTES,
    ),
)
PERIOD_METRICS = Section(
    name="period_metrics",
    row_type=PeriodMetric,
    measure="value",
    key=("metric_code", "period"),
    fields=(
        Field(name="metric_code", kind=FieldKind.CHOICE, required=True, choices=("cost", "score", "custom")),
        _key("period"),
        Field(name="value", kind=FieldKind.NUMBER, required=True),
        Field(name="unit"),
        Field(name="source"),
        _ATTRIBUTES,
    ),
)
ITEMS = Section(
    name="items",
    row_type=Item,
    key=("item_code",),
    fields=(
        _key("item_code"),
        _quantity("lead_time", default=0.0),
        _quantity("lot_size", default=1.0),
        _quantity("min_order_qty", default=0.0),
        Field(name="item_name"),
        Field(name="unit"),
        _ATTRIBUTES,
    ),
)
BOM_LINKS = Section(
    name="bom_links",
    row_type=BomLink,
    measure="qty",
    key=("parent_code", "child_code"),
    fields=(_key("parent_code"), _key("child_code"), _quantity("qty", required=True), _ATTRIBUTES),
)
CALENDAR_WEEKS = Section(
    name="calendar_weeks",
    row_type=CalendarWeek,
    measure="weight",
    key=("period", "sequence", "week_code"),
    fields=(
        _key("period"),
        Field(name="sequence", kind=FieldKind.INTEGER, required=True, minimum=0, maximum=9999),
        _code("week_code", default=""),
        Field(name="week_start", kind=FieldKind.DATE),
        Field(name="week_end", kind=FieldKind.DATE),
        Field(name="period_start", kind=FieldKind.DATE, required=True),
        Field(name="period_end", kind=FieldKind.DATE, required=True),
        _quantity("weight", default=1.0),
        _ATTRIBUTES,
    ),
)
PARAMETERS = Section(
    name="parameters",
    row_type=Parameter,
    key=("scope", "name"),
    fields=(
        Field(name="scope", kind=FieldKind.CHOICE, required=True, choices=("planning", "calendar", "metadata")),
        _key("name"),
        Field(name="value_json", required=True),
    ),
)

SECTIONS: tuple[Section, ...] = (
    FAMILY_DEMANDS,
    CAPACITY_BUCKETS,
    MIX_SHARES,
    INVENTORY_SNAPSHOTS,
    INBOUND_ORDERS,
    PERIOD_METRICS,
    ITEMS,
    BOM_LINKS,
    CALENDAR_WEEKS,
    PARAMETERS,
)
SECTIONS_BY_NAME = {section.name: section for section in SECTIONS}
