"""What became of input sets, and what their labels pointed to, as text."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ...application.inputs.keep_inputs import DeletedInputs
from ...domain.inputs.history import LabelStep
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.revision import InputRevision
from .figures import counted, moment, short
from .invocation import Invocation
from .output import write_table


def write_rejected(call: Invocation, input_set: InputSet, revision: InputRevision) -> None:
    """Write what a rejection came to."""
    click.echo(f"{revision.reference} is rejected. {_live(input_set, 'stays live')}")
    again = call.command(f"inputs import -i DIR --label {revision.label}")
    call.note(f"\nNext: {again}   (the same content may come back under a new number)")


def write_reverted(call: Invocation, input_set: InputSet) -> None:
    """Write what is live after a revert."""
    click.echo(_live(input_set, "is live again, on its old approvals"))
    if input_set.live is None:
        call.note(f"\nNext: {call.command(f'inputs import -i DIR --label {input_set.label}')}")
    else:
        call.note(f"\nNext: {call.command(f'plans create --input-set {input_set.label}')}")


def _live(input_set: InputSet, how: str) -> str:
    if input_set.live is None:
        return f"Nothing is live under {input_set.label}."
    return f"{input_set.label}@{input_set.live} {how}."


def write_archived(call: Invocation, input_set: InputSet) -> None:
    """Write that a label is closed."""
    click.echo(f"{input_set.label} is archived: only reading, restore and delete remain.")
    call.note(f"\nNext: {call.command(f'inputs restore {input_set.label}')}   (opens it again)")


def write_restored(call: Invocation, input_set: InputSet) -> None:
    """Write what an opened label offers."""
    click.echo(f"{input_set.label} is open again. {_live(input_set, 'is live')}")
    call.note(f"\nNext: {call.command(f'inputs show {input_set.label}')}")


def write_deleted(call: Invocation, deleted: DeletedInputs) -> None:
    """Write what is gone, and what stays."""
    tombstone = deleted.tombstone
    revisions = counted(len(deleted.input_set.revisions), "revision")
    contents = counted(len(deleted.contents_removed), "content")
    click.echo(f"{tombstone.label} is deleted: {revisions}, and {contents} that nothing else uses. Its events stay.")
    again = call.command(f"inputs import -i DIR --label {tombstone.label}")
    call.note(f"\nNext: {again}   (numbers go on at @{tombstone.next_number})")


def write_history(call: Invocation, label: str, steps: Sequence[LabelStep]) -> None:
    """Write what a label pointed to, newest first."""
    if not steps:
        click.echo(f"Nothing was ever live under {label}.")
        call.note(f"\nNext: {call.command(f'inputs show {label}')}")
        return
    zone, newest = call.surroundings.zone, steps[0]
    what = "Nothing is live" if newest.reference is None else f"{newest.reference} is live"
    click.echo(f"{what} since {moment(newest.pointer.since, zone)} ({zone.key}).")
    click.echo()
    write_table(
        [f"since ({zone.key})", "live", "hash", "by", "comment"],
        [
            [
                moment(step.pointer.since, zone),
                step.reference or "nothing",
                short(step.content_hash),
                None if step.move is None else f"{step.move.action} by {step.move.actor} ({step.move.verification})",
                None if step.move is None else step.move.comment,
            ]
            for step in steps
        ],
    )
