"""What lies over a plan, and what happened to it, in the shapes of the legacy system."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...application.storage.legacy_copy import LegacyVersion
from ...domain.plans.editing.cells import AGGREGATE, DET, RowKey, parse_key
from ...domain.plans.editing.cells import Cell as EditedCell
from ...domain.plans.version import PlanAction, PlanStatus
from ...domain.shared.clock import parse_instant
from ...domain.shared.events import Event

# Level → (what its bucket and item are called, and the measures that have other names there).
_WORDS: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    AGGREGATE: ("period", "family", {"inventory_close": "inventory"}),
    DET: (
        "week",
        "sku",
        {"supply": "supply_plan", "inventory_open": "on_hand_start", "inventory_close": "on_hand_end"},
    ),
}
AUDIT = "audit"
STATE = "psi_state.json"
_PSI = ("psi_overrides.json", "psi_locks.json", "psi_audit.json")
# Status → the event that brought it about, the legacy word for it, and the field of its moment.
_STATES: Mapping[PlanStatus, tuple[str, str, str]] = {
    PlanStatus.SUBMITTED: ("submit", "pending", "submitted_at"),
    PlanStatus.APPROVED: ("approve", "approved", "approved_at"),
}
_OF_THE_AUDIT = frozenset({"submit", "approve"})


@dataclass(slots=True)
class ReturnedOverride:
    """A row of ``plan_overrides``."""

    level: str
    key: str
    values: dict[str, Any]
    locked_by: str | None = None
    weight: float | None = None
    author: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedEvent:
    """A row of ``plan_override_events``, by the key of the override that it hangs on."""

    level: str
    key: str
    action: str
    at: datetime
    actor: str | None
    notes: str | None
    values: Mapping[str, Any] = field(default_factory=dict)


def milliseconds(at: datetime) -> int:
    """The count of milliseconds since 1970."""
    return round(at.timestamp() * 1000)


def named(level: str, measure: str) -> str:
    """What the legacy system calls a measure of a level."""
    return _WORDS[level][2].get(measure, measure)


def overrides_of(plan: LegacyVersion) -> dict[str, ReturnedOverride]:
    """What lies over a plan by row: values, whole-row locks and weights."""
    found: dict[str, ReturnedOverride] = {}
    for cell, override in sorted(plan.overlay.overrides.items()):
        row = _row(found, cell.row)
        row.values[named(cell.level, cell.field)] = override.value
        row.author, row.at = override.author, max(row.at or override.updated_at, override.updated_at)
    for (key, cell_field), lock in plan.overlay.locks.items():
        if cell_field is None:
            row = _row(found, key)
            row.locked_by, row.at = lock.actor, row.at or lock.locked_at
    for key, weight in plan.overlay.weights.items():
        _row(found, key).weight = weight
    return found


def _row(found: dict[str, ReturnedOverride], key: RowKey) -> ReturnedOverride:
    if key.text not in found:
        bucket, item, _ = _WORDS[key.level]
        found[key.text] = ReturnedOverride(key.level, key.text, {bucket: key.bucket, item: key.item})
    return found[key.text]


def events_of(plan: LegacyVersion) -> Iterator[ReturnedEvent]:
    """What happened to a plan, a row for each row that an event touched, oldest first."""
    for event in plan.events:
        told = json.loads(event.details_json)
        if event.action in {"edit", "undo"}:
            yield from _edited(event, told["cells"])
        elif event.action in {"lock", "unlock"}:
            yield from (_marked(event, parse_key(text), {}) for text in told[f"{event.action}ed"])
        elif event.action == "weight":
            for changed in told["weights"]:
                yield _marked(event, parse_key(changed["row"]), {"weight": changed["after"]})
        elif event.action == PlanAction.QUOTE:
            yield _quoted(event, told)
        elif event.action in _OF_THE_AUDIT:
            yield ReturnedEvent(
                level=AUDIT,
                key=f"{AUDIT}:{event.action}",
                action=event.action,
                at=event.recorded_at,
                actor=event.actor,
                notes=event.comment,
            )


def _quoted(event: Event, told: Mapping[str, Any]) -> ReturnedEvent:
    """An event that came from there, as it was there."""
    action, at = told["event_type"], told.get("event_ts")
    return ReturnedEvent(
        level=told.get("level") or AUDIT,
        key=told.get("key") or f"{AUDIT}:{action}",
        action=action,
        at=event.recorded_at if at is None else parse_instant(at),
        actor=told.get("actor"),
        notes=told.get("comment"),
        values=told.get("values") or {},
    )


def _edited(event: Event, cells: Iterable[Mapping[str, Any]]) -> Iterator[ReturnedEvent]:
    rows: dict[RowKey, dict[str, Any]] = {}
    for told in cells:
        cell = parse_key(told["cell"])
        if isinstance(cell, EditedCell):
            after = told["after"]
            rows.setdefault(cell.row, {})[named(cell.level, cell.field)] = None if after is None else after["value"]
    for row, values in rows.items():
        yield _marked(event, row, values, action="edit")


def _marked(
    event: Event, key: RowKey | EditedCell, values: Mapping[str, Any], *, action: str | None = None
) -> ReturnedEvent:
    row = key.row if isinstance(key, EditedCell) else key
    bucket, item, _ = _WORDS[row.level]
    return ReturnedEvent(
        level=row.level,
        key=row.text,
        action=action or event.action,
        at=event.recorded_at,
        actor=event.actor,
        notes=event.comment,
        values={bucket: row.bucket, item: row.item, **values},
    )


def outdated(plan: LegacyVersion) -> tuple[str, ...]:
    """The artifacts of before that no longer hold: what was approved there is so until something is done here."""
    untouched = all(event.action in {PlanAction.BACKFILL, PlanAction.QUOTE} for event in plan.events)
    return _PSI if untouched else (*_PSI, STATE)


def psi_artifacts(plan: LegacyVersion) -> Iterator[tuple[str, Any]]:
    """The artifacts that tell of edits, locks, state and input set; those that would be empty are left out."""
    version = plan.version
    if version.provenance.input_label is not None:
        yield "planning_input_set.json", {"label": version.provenance.input_label}
    overrides = [row for row in overrides_of(plan).values() if len(row.values) > len(("bucket", "item"))]
    if overrides:
        yield (
            "psi_overrides.json",
            {level: [row.values for row in overrides if row.level == level] for level in (AGGREGATE, DET)},
        )
    if plan.overlay.locks:
        yield "psi_locks.json", {"locks": sorted(lock.text for lock in plan.overlay.locks.values())}
    state = _state(plan)
    if state is not None:
        yield STATE, state
    audit = [
        {"ts": milliseconds(event.at), "event": event.action, "actor": event.actor, "note": event.notes}
        for event in events_of(plan)
    ]
    if audit:
        yield "psi_audit.json", {"events": audit[-10_000:]}


def _state(plan: LegacyVersion) -> dict[str, Any] | None:
    if plan.version.status not in _STATES:
        return None
    action, status, when = _STATES[plan.version.status]
    at = max((event.recorded_at for event in plan.events if event.action == action), default=plan.version.updated_at)
    return {"status": status, when: milliseconds(at)}
