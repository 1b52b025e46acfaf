"""Edits of plans as plain fields, by the rules of ``presentation``."""

from __future__ import annotations

from typing import Any

from ..domain.plans.editing.cells import EDITABLE
from ..domain.plans.editing.edit import CellChange
from ..domain.plans.editing.overlay import Lock, Overlay, Override, measure
from .json_values import instant
from .plans.edit_plan import EditOutcome
from .plans.read_edits import EffectiveRow, OverlaidPlan
from .presentation import plan_fields

Fields = dict[str, Any]


def outcome_fields(outcome: EditOutcome) -> Fields:
    """What an edit came to: the version, every changed cell with what stood there, and what was left alone."""
    return {
        "version": plan_fields(outcome.version),
        "changes": [change_fields(change) for change in outcome.changes],
        "skipped": [cell.text for cell in outcome.skipped],
        "kept": [cell.text for cell in outcome.kept],
        "unmatched": [row.text for row in outcome.unmatched],
    }


def change_fields(change: CellChange) -> Fields:
    """A changed cell; null is where the base value stood, or stands again."""
    return {
        "cell": change.cell.text,
        "before": None if change.before is None else change.before.value,
        "after": None if change.after is None else change.after.value,
        "origin": None if change.after is None else str(change.after.origin),
    }


def override_fields(override: Override, *, detached: bool = False) -> Fields:
    """An override; ``detached`` when the version has no row for it any more."""
    return {
        "cell": override.cell.text,
        "level": override.cell.level,
        "time_bucket_key": override.cell.bucket,
        "item_key": override.cell.item,
        "location_key": override.cell.location,
        "field": override.cell.field,
        "value": override.value,
        "origin": str(override.origin),
        "author": override.author,
        "updated_at": instant(override.updated_at),
        "detached": detached,
    }


def overrides_fields(plan: OverlaidPlan) -> list[Fields]:
    """All overrides of a version, in order of cell."""
    detached = {override.cell for override in plan.detached}
    return [
        override_fields(override, detached=override.cell in detached) for override in plan.overlay.overrides.values()
    ]


def lock_fields(lock: Lock) -> Fields:
    """A lock; its ``field`` is null where it is about the whole row."""
    return {"key": lock.text, "field": lock.field, "actor": lock.actor, "locked_at": instant(lock.locked_at)}


def weights_fields(overlay: Overlay) -> list[Fields]:
    """The stored weights, in order of row."""
    return [{"row": row.text, "weight": weight} for row, weight in overlay.weights.items()]


def effective_fields(effective: EffectiveRow) -> Fields:
    """A row as it is under its column names, and in ``base`` the stored values of what was edited."""
    row, base = effective
    names = [name for name in EDITABLE.get(row.level, ()) if measure(row, name) != measure(base, name)]
    return {**row.as_fields(), "base": {name: measure(base, name) for name in names}}
