"""The plan as the stages leave it, before it is written as rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .adjust import Adjustment
from .aggregate import FamilyPeriod
from .allocate import Allocation
from .levels import Cell, RolledUp
from .mrp import ItemPlan
from .reconcile import Levelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What every stage made: cells by (period, family), splits by SKU and week, items, and the levelled orders.

    ``rolled_up`` holds det by (period, family); ``item_names`` the names that the item master knows;
    ``orders_outside`` counts the open orders that arrive in no week of the plan.  ``suffix`` ends the names of the
    levels; ``adjusted`` is the plan of the adjusted det, if there is one, and ``adjustment`` what made it.
    """

    cells: list[FamilyPeriod]
    allocation: Allocation
    items: list[ItemPlan]
    levelled: Levelled
    rolled_up: Mapping[Cell, RolledUp]
    item_names: Mapping[str, str | None]
    orders_outside: int
    suffix: str = ""
    adjustment: Adjustment | None = None
    adjusted: Plan | None = None
