"""Cells: one measure of one row, under the keys by which the legacy system called them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from ...errors import InvalidRequestError
from ..series import SeriesKey, SeriesRow

AGGREGATE, DET = "aggregate", "det"
ANYWHERE = "global"
# Level → (how its keys begin, what its bucket and its item are called, the type of its buckets).
_KEYS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    AGGREGATE: ("agg", "period", "family", "month"),
    DET: ("det", "week", "sku", "week"),
}
EDITABLE: Final[Mapping[str, tuple[str, ...]]] = {
    AGGREGATE: ("demand", "supply", "backlog", "inventory_close"),
    DET: ("demand", "supply", "backlog", "inventory_open", "inventory_close"),
}
SPREAD: Final = ("demand", "supply", "backlog")
# The names of the legacy system.
_ALIASES: Final = {
    "supply_plan": "supply",
    "on_hand_start": "inventory_open",
    "on_hand_end": "inventory_close",
    "inventory": "inventory_close",
}
_TEXT = re.compile(
    r"(?P<level>agg|det):(?P<bucket_name>period|week)=(?P<bucket>[^,]+),(?P<item_name>family|sku)=(?P<item>.+?)"
    r"(?:,loc=(?P<location>.+?))?(?::field=(?P<field>[a-z_]+))?"
)


class RowKey(NamedTuple):
    """One row of an editable level: its bucket, item and location."""

    level: str
    bucket: str
    item: str
    location: str = ANYWHERE

    @property
    def text(self) -> str:
        """``agg:period=2025-03,family=F1`` or ``det:week=2025-W09,sku=SKU1``; ``,loc=…`` where it is not global."""
        begins, bucket, item, _ = _KEYS[self.level]
        place = "" if self.location == ANYWHERE else f",loc={self.location}"
        return f"{begins}:{bucket}={self.bucket},{item}={self.item}{place}"

    @property
    def series_key(self) -> SeriesKey:
        """The key of the row in its series."""
        return self.level, _KEYS[self.level][3], self.bucket, self.item, self.location

    def cell(self, field: str) -> Cell:
        """One measure of the row."""
        return Cell(*self, field)


class Cell(NamedTuple):
    """One measure of one row."""

    level: str
    bucket: str
    item: str
    location: str
    field: str

    @property
    def row(self) -> RowKey:
        """The row that it stands in."""
        return RowKey(*self[:4])

    @property
    def text(self) -> str:
        """The key of the row with ``:field=demand`` behind it."""
        return f"{self.row.text}:field={self.field}"


def row_key(row: SeriesRow) -> RowKey:
    """The key of a row of an editable level."""
    return RowKey(row.level, row.time_bucket_key, row.item_key, row.location_key)


def parse_key(text: str) -> RowKey | Cell:
    """The row or the cell that a key names.

    Raises:
        InvalidRequestError: it is no key, or names a measure that cannot be edited.
    """
    match = _TEXT.fullmatch(text)
    level = next((name for name, key in _KEYS.items() if match and key[0] == match["level"]), "")
    if match is None or (match["bucket_name"], match["item_name"]) != _KEYS[level][1:3]:
        raise InvalidRequestError(
            f"{text[:120]!r} is no key of a row.",
            remedy="Write agg:period=P,family=F or det:week=W,sku=S; ',loc=L' and ':field=NAME' may follow.",
        )
    row = RowKey(level, match["bucket"], match["item"], match["location"] or ANYWHERE)
    return row if match["field"] is None else row.cell(field_name(level, match["field"]))


def parse_row_key(text: str) -> RowKey:
    """The row that a key names.

    Raises:
        InvalidRequestError: it is no key, or that of a cell.
    """
    key = parse_key(text)
    if isinstance(key, Cell):
        raise InvalidRequestError(f"{text[:120]!r} names a cell, not a row.", remedy="Leave out ':field=…'.")
    return key


def field_name(level: str, name: str) -> str:
    """The measure of that name, which may be its legacy name, if it can be edited at the level.

    Raises:
        InvalidRequestError: it cannot.
    """
    known = EDITABLE.get(level)
    if known is None:
        raise InvalidRequestError(
            f"The level {level[:80]!r} cannot be edited.",
            remedy=f"Edit one of {', '.join(EDITABLE)}.",
            level=level[:80],
        )
    field = _ALIASES.get(name, name)
    if field not in known:
        raise InvalidRequestError(
            f"{name[:80]!r} of {level} cannot be edited.", remedy=f"Edit one of {', '.join(known)}.", field=name[:80]
        )
    return field
