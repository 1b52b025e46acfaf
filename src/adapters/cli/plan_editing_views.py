"""Edits of plans as text."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from ...application.plans.edit_plan import EditOutcome
from ...application.plans.read_edits import EffectiveRow, OverlaidPlan
from ...domain.plans.editing.cells import EDITABLE
from ...domain.plans.editing.overlay import Lock, Overlay, OverrideOrigin
from ...domain.shared.events import Event
from ...domain.shared.paging import Page
from .figures import counted, moment, quantity
from .invocation import Invocation
from .output import write_table
from .paging import note_more

_SHOWN = 20


def write_outcome(call: Invocation, outcome: EditOutcome) -> None:
    """Write what an edit changed, what it left alone, and what comes next."""
    version, changes = outcome.version, outcome.changes
    spread = sum(change.after is not None and change.after.origin is not OverrideOrigin.EDIT for change in changes)
    if not changes:
        click.echo(f"{version.version_id} is unchanged: every cell has that value already.")
    else:
        by_itself = f", {spread} of them by itself" if spread else ""
        click.echo(f"{version.version_id}: {counted(len(changes), 'cell')} changed{by_itself}.")
        write_table(
            ["cell", "before", "after", "origin"],
            [
                [
                    change.cell.text,
                    "base" if change.before is None else quantity(change.before.value),
                    "base" if change.after is None else quantity(change.after.value),
                    None if change.after is None else change.after.origin,
                ]
                for change in changes[:_SHOWN]
            ],
            right=("before", "after"),
        )
        if len(changes) > _SHOWN:
            call.note(f"\n{len(changes) - _SHOWN} more: {call.command(f'plans events {version.version_id} --json')}")
    for what, keys in (
        ("Locked and left out", [cell.text for cell in outcome.skipped]),
        ("Not summed up, since locked or asked for", [cell.text for cell in outcome.kept]),
        ("Not in the plan, so not summed up", [row.text for row in outcome.unmatched]),
    ):
        if keys:
            click.echo(f"{what}: {', '.join(keys[:_SHOWN])}{' …' if len(keys) > _SHOWN else ''}")
    if version.stale_levels:
        call.note(f"\nNo longer following from it: {', '.join(version.stale_levels)}.")
    call.note(f"\nTo take it back: {call.command(f'plans undo {version.version_id}')}")


def write_locks(call: Invocation, version_id: str, locks: Sequence[Lock]) -> None:
    """Write what is locked."""
    if not locks:
        click.echo(f"Nothing is locked in {version_id}.")
        return
    zone = call.surroundings.zone
    rows = [[lock.text, lock.actor, moment(lock.locked_at, zone)] for lock in locks]
    write_table(["locked", "by", f"since ({zone.key})"], rows)


def write_weights(version_id: str, overlay: Overlay) -> None:
    """Write stored weights."""
    if not overlay.weights:
        click.echo(f"{version_id} has no stored weights.")
        return
    rows = [[row.text, quantity(weight)] for row, weight in overlay.weights.items()]
    write_table(["row", "weight"], rows, right=("weight",))


def write_overrides(call: Invocation, plan: OverlaidPlan) -> None:
    """Write overrides; those without a row say so."""
    if not plan.overlay.overrides:
        click.echo(f"{plan.version.version_id} was not edited.")
        return
    zone, detached = call.surroundings.zone, {override.cell for override in plan.detached}
    write_table(
        ["cell", "value", "origin", "by", f"since ({zone.key})"],
        [
            [
                f"{override.cell.text}{'  (detached)' if override.cell in detached else ''}",
                quantity(override.value),
                override.origin,
                override.author,
                moment(override.updated_at, zone),
            ]
            for override in plan.overlay.overrides.values()
        ],
        right=("value",),
    )


def write_effective(call: Invocation, page: Page[EffectiveRow]) -> None:
    """Write rows as they are; an edited value has a star."""
    level = page.items[0].row.level if page.items else ""
    names = EDITABLE.get(level, ("demand", "supply", "backlog"))
    write_table(
        ["bucket", "item", "location", *names],
        [
            [row.time_bucket_key, row.item_key, row.location_key, *(_starred(row, base, name) for name in names)]
            for row, base in ((found.row, found.base) for found in page.items)
        ],
        right=names,
    )
    note_more(call, page)


def _starred(row: object, base: object, name: str) -> str:
    value, stored = getattr(row, name), getattr(base, name)
    return f"{quantity(value)}{'*' if value != stored else ''}"


def write_events(call: Invocation, version_id: str, page: Page[Event]) -> None:
    """Write what happened to a plan, newest first."""
    zone = call.surroundings.zone
    click.echo(f"{counted(len(page.items), 'event')} of {version_id}, newest first.")
    write_table(
        ["event", f"time ({zone.key})", "action", "cells", "actor", "comment"],
        [
            [
                event.position,
                moment(event.recorded_at, zone),
                event.action,
                _cells(event),
                f"{event.actor} ({event.verification})",
                event.comment,
            ]
            for event in page.items
        ],
        right=("event", "cells"),
    )
    note_more(call, page)


def _cells(event: Event) -> str | None:
    cells = json.loads(event.details_json).get("cells")
    return None if cells is None else str(len(cells))
