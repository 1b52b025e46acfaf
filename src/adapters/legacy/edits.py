"""What lay over a plan in the legacy system: overrides, locks and weights, and what cannot be made of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...domain.errors import InvalidRequestError
from ...domain.plans.editing.cells import Cell, RowKey, field_name, parse_key
from ...domain.plans.editing.overlay import Lock, Overlay, Override
from .words import LEGACY, name

_OF_THE_KEY = frozenset({"period", "family", "week", "sku", "version_id", "level"})
_NOTHING = "None"
_KEY_OF_LEVEL = {"aggregate": ("agg", "period", "family"), "det": ("det", "week", "sku")}


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRecord:
    """A row of ``plan_overrides``: the values, the lock and the weight of one key."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    locked: bool = False
    weight: float | None = None
    author: str | None = None
    at: datetime


@dataclass(slots=True)
class Edits:
    """The overlay as it comes about; ``quarantined`` is what has no place in it, with the reason."""

    overlay: Overlay = field(default_factory=Overlay)
    quarantined: list[dict[str, Any]] = field(default_factory=list)

    def take(self, record: EditRecord) -> None:
        """Lay a record over the plan, or put it aside."""
        try:
            self._lay(_key_of(record), record)
        except InvalidRequestError as error:
            self.quarantined.append({"key": record.key[:200], "values": dict(record.values), "why": error.message})

    def _lay(self, key: RowKey | Cell, record: EditRecord) -> None:
        row = key.row if isinstance(key, Cell) else key
        author = record.author or LEGACY
        if record.locked:
            only = key.field if isinstance(key, Cell) else None
            self.overlay.locks[row, only] = Lock(row=row, field=only, actor=author, locked_at=record.at)
        if record.weight is not None:
            if not math.isfinite(record.weight):
                raise InvalidRequestError("Its weight is no finite number.")
            self.overlay.weights[row] = record.weight + 0.0
        for named, value in record.values.items():
            if named not in _OF_THE_KEY and value is not None:
                cell = row.cell(field_name(row.level, named))
                self.overlay.overrides[cell] = Override(
                    cell=cell, value=_number(named, value), author=author, updated_at=record.at
                )


def _key_of(record: EditRecord) -> RowKey | Cell:
    key = parse_key(record.key)
    if {key.bucket, key.item} & {_NOTHING}:
        raise InvalidRequestError("The key names no row: a lock was once set without one.")
    return key


def _number(named: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidRequestError(f"{named} is {str(value)[:40]!r}, which is no finite number.")
    return value + 0.0


def records_of_artifacts(artifacts: Mapping[str, Any], *, at: datetime) -> Iterable[EditRecord]:
    """The records that ``psi_overrides.json`` and ``psi_locks.json`` stand for."""
    overrides = artifacts.get("psi_overrides.json")
    for level, (begins, bucket, item) in _KEY_OF_LEVEL.items():
        told = overrides.get(level) if isinstance(overrides, dict) else None
        for values in told if isinstance(told, list) else ():
            if isinstance(values, dict):
                key = f"{begins}:{bucket}={values.get(bucket)},{item}={values.get(item)}"
                yield EditRecord(key=key, values=values, at=at)
    locks = artifacts.get("psi_locks.json")
    told = locks.get("locks") if isinstance(locks, dict) else None
    for key in told if isinstance(told, list) else ():
        yield EditRecord(key=str(key), locked=True, at=at)


def audit_of_artifacts(artifacts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The events that ``psi_audit.json`` tells."""
    audit = artifacts.get("psi_audit.json")
    told = audit.get("events") if isinstance(audit, dict) else None
    return [event for event in told if isinstance(event, dict)] if isinstance(told, list) else []


def authors_of(events: Iterable[tuple[str, str, object]]) -> dict[str, str]:
    """Who edited each key last, from (key, event type, actor) in order of time."""
    return {key: known for key, kind, actor in events if kind == "edit" and (known := name(actor)) is not None}
