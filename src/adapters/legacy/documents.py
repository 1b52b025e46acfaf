"""The legacy system's artifacts as they are read: strictly, with the row that is wrong named."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from ...domain.errors import InvalidRequestError
from ...domain.shared.canonical import json_value
from ...domain.shared.ids import KEY_TEXT_LENGTH, is_keepable

ROWS = "rows"
WEEKLY = "weekly_summary"
R = TypeVar("R", bound=msgspec.Struct)


class AggregateRow(msgspec.Struct, gc=False):
    """A row of ``aggregate.json``."""

    family: str
    period: str
    demand: float | None = None
    supply: float | None = None
    backlog: float | None = None
    capacity_total: float | None = None


class SkuWeekRow(msgspec.Struct, gc=False):
    """A row of ``sku_week.json``; of family and period either may be missing."""

    sku: str
    week: str
    family: str | None = None
    period: str | None = None
    demand: float | None = None
    supply: float | None = None
    supply_plan: float | None = None
    backlog: float | None = None


class ItemWeekRow(msgspec.Struct, gc=False):
    """A row of ``mrp.json`` or ``plan_final.json``; only the latter has the adjusted fields."""

    week: str
    item: str | None = None
    sku: str | None = None
    gross_req: float | None = None
    scheduled_receipts: float | None = None
    on_hand_start: float | None = None
    net_req: float | None = None
    planned_order_receipt: float | None = None
    planned_order_release: float | None = None
    lt_weeks: float | None = None
    lot: float | None = None
    moq: float | None = None
    on_hand_end: float | None = None
    planned_order_release_adj: float | None = None
    planned_order_receipt_adj: float | None = None


class WeekRow(msgspec.Struct, gc=False):
    """A week of ``weekly_summary`` in ``plan_final.json``."""

    week: str
    capacity: float | None = None
    original_load: float | None = None
    carried_slack_in: float | None = None
    spill_in: float | None = None
    adjusted_load: float | None = None
    spill_out: float | None = None
    slack_carry_out: float | None = None
    zone: str | None = None
    boundary_period: bool | None = None
    boundary_index: int | None = None
    boundary_size: int | None = None
    in_window_pre: bool | None = None
    in_window_post: bool | None = None


_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANY = msgspec.json.Decoder()
_ROWS: Mapping[type[msgspec.Struct], msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]
    for kind in (AggregateRow, SkuWeekRow, ItemWeekRow, WeekRow)
}


class Document:
    """One artifact: a JSON object whose members are opened when they are asked for."""

    def __init__(self, name: str, text: bytes) -> None:
        """Take the bytes of a file or of a stored artifact.

        Raises:
            InvalidRequestError: they are no JSON object; the sentence says where they break off.
        """
        self.name = name
        self._members = _read(name, lambda: _OBJECT.decode(text))

    def rows(self, kind: type[R], member: str = ROWS) -> list[R]:
        """Its rows of that kind; none where it has no such member.

        Raises:
            InvalidRequestError: a row breaks its rule; the sentence names it.
        """
        raw = self._members.get(member)
        if raw is None:
            return []
        rows: list[R] = _read(f"{self.name} {member}", lambda: _ROWS[kind].decode(raw))
        return rows

    def header(self) -> dict[str, Any]:
        """What it says besides rows."""
        return {
            name: _read(f"{self.name} {name}", lambda raw=raw: _ANY.decode(raw))  # type: ignore[misc]
            for name, raw in self._members.items()
            if name not in {ROWS, WEEKLY, "deltas"}
        }


def json_of(name: str, text: bytes) -> Any:
    """Any JSON value.

    Raises:
        InvalidRequestError: it is none.
    """
    return _read(name, lambda: _ANY.decode(text))


def bytes_of(text: object) -> bytes:
    """What a text column holds, as it lies in the file."""
    return text if isinstance(text, bytes) else str(text).encode(errors="surrogateescape")


def object_of(text: object) -> dict[str, Any]:
    """A small JSON object of a text column; empty where there is none, a damaged one as the text it is."""
    if text is None or text == "":
        return {}
    try:
        value = json_value(json_of("JSON", bytes_of(text)), what="JSON")
    except InvalidRequestError:
        return {"text": bytes_of(text).decode(errors="replace")[:2000]}
    return value if isinstance(value, dict) else {"value": value}


def _read(where: str, decode: Callable[[], Any]) -> Any:
    try:
        return decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError(f"{where}: {str(error).rstrip('.')}.", source=where) from error


class KeyTexts(dict[str, str]):
    """Texts of keys, checked once each."""

    def __missing__(self, text: str) -> str:
        """The text in NFC.

        Raises:
            InvalidRequestError: it is empty, too long, or holds what nobody sees.
        """
        if not text or len(text) > KEY_TEXT_LENGTH or not is_keepable(text):
            raise InvalidRequestError(f"{text[:80]!r} cannot be a bucket or an item.", value=text[:80])
        self[text] = unicodedata.normalize("NFC", text)
        return self[text]
