"""``planvault inputs events``."""

from __future__ import annotations

import json

import click

from ...application.audit_presentation import input_set_events_fields
from ...application.inputs.read_input_set_events import DELETED, InputSetEvents
from ...domain.errors import InvalidRequestError
from ...domain.shared.events import Event
from .figures import counted, moment
from .invocation import Invocation, invocation
from .nouns import Command, listing
from .output import write_json, write_table
from .paging import note_more


@click.command("events", cls=Command)
@click.argument("named", metavar="[LABEL]", required=False)
@click.option("--label", help="The label, as the legacy command takes it.")
@listing
def events(*, named: str | None, label: str | None, limit: int, cursor: str | None) -> None:
    """Show what happened to the input set LABEL, newest first; a deleted one's events are still there."""
    call = invocation()
    wanted = {name for name in (named, label) if name is not None}
    if len(wanted) != 1:
        raise InvalidRequestError(
            "Two different labels are named." if wanted else "No label is named.",
            remedy="Write planvault inputs events LABEL; planvault inputs list shows which there are.",
        )
    told = call.read(lambda planner: planner.inputs.events(wanted.pop(), limit=limit, cursor=cursor))
    if call.as_json:
        write_json(input_set_events_fields(told))
    else:
        _write(call, told)


def _write(call: Invocation, told: InputSetEvents) -> None:
    zone = call.surroundings.zone
    standing = DELETED if told.status == DELETED else f"{told.status} (config version {told.config_version_id})"
    shown = counted(len(told.page.items), "event")
    click.echo(f"{told.label} is {standing}: {shown}, newest first.")
    click.echo()
    write_table(
        [f"time ({zone.key})", "action", "revision", "actor", "comment"],
        [
            [
                moment(event.recorded_at, zone),
                event.action,
                _revision(event),
                f"{event.actor} ({event.verification})",
                event.comment,
            ]
            for event in told.page.items
        ],
    )
    note_more(call, told.page)


def _revision(event: Event) -> str | None:
    number = json.loads(event.details_json).get("revision")
    return None if number is None else f"@{number}"
