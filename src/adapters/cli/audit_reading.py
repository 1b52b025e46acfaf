"""``planvault audit checkpoint``, ``checkpoints``, ``heads`` and ``events``."""

from __future__ import annotations

import click

from ...application.audit_presentation import checkpoint_fields, event_fields
from ...application.presentation import page_fields
from ...domain.audit.evidence import head_of_checkpoint, head_text, heads_fields
from .figures import counted, moment
from .invocation import invocation
from .nouns import Command, listing
from .output import write_json, write_table
from .paging import note_more, write_none


@click.command("checkpoint", cls=Command)
@click.option("--reason", metavar="TEXT", help="Why it is taken; part of what is hashed.")
def checkpoint(reason: str | None) -> None:
    """Take a checkpoint over all streams now, to be written down elsewhere."""
    call = invocation()
    taken = call.act(lambda planner, actor: planner.audit.checkpoint(actor=actor, reason=reason))
    if call.as_json:
        write_json(checkpoint_fields(taken))
        return
    click.echo(head_text(head_of_checkpoint(taken)))
    streams = counted(taken.stream_count, "stream")
    call.note(f"Checkpoint {taken.number} covers {streams} up to position {taken.position}. Write it down elsewhere.")
    call.note(f"Later: {call.command('audit verify --expect-head ' + head_text(head_of_checkpoint(taken)))}")


@click.command("checkpoints", cls=Command)
@listing
def checkpoints(*, limit: int, cursor: str | None) -> None:
    """List checkpoints, oldest first."""
    call = invocation()
    page = call.read(lambda planner: planner.audit.checkpoints(limit=limit, cursor=cursor))
    if call.as_json:
        write_json(page_fields(page, checkpoint_fields))
        return
    if not page.items:
        write_none(call, "checkpoints", following="audit checkpoint --actor NAME")
        return
    zone = call.surroundings.zone
    write_table(
        ["number", "position", "streams", f"taken ({zone.key})", "reason", "hash"],
        [
            [
                taken.number,
                taken.position,
                taken.stream_count,
                moment(taken.recorded_at, zone),
                taken.reason,
                taken.hash,
            ]
            for taken in page.items
        ],
        right=("number", "position", "streams"),
    )
    note_more(call, page)


@click.command("heads", cls=Command)
def heads() -> None:
    """Write where the ledger stands: the head of every stream and the newest checkpoint, a line each."""
    call = invocation()
    standing = call.read(lambda planner: planner.audit.heads())
    if call.as_json:
        write_json(heads_fields(standing))
        return
    for head in standing.heads:
        click.echo(head_text(head))
    if standing.checkpoint is not None:
        click.echo(head_text(standing.checkpoint))


@click.command("events", cls=Command)
@click.option("--label", help="Only what happened to this input set, in all its generations.")
@click.option("--stream", help="Only this stream, for example plan/v1.")
@click.option("--subject", help="Only what is about this, for example input_set/weekly.")
@listing
def events(*, label: str | None, stream: str | None, subject: str | None, limit: int, cursor: str | None) -> None:
    """List events in order of commit, oldest first."""
    call = invocation()
    page = call.read(
        lambda planner: planner.audit.events(label=label, stream=stream, subject=subject, limit=limit, cursor=cursor)
    )
    if call.as_json:
        write_json(page_fields(page, event_fields))
        return
    if not page.items:
        write_none(call, "events")
        return
    zone = call.surroundings.zone
    write_table(
        ["position", f"time ({zone.key})", "stream", "#", "action", "actor", "comment"],
        [
            [
                event.position,
                moment(event.recorded_at, zone),
                event.stream,
                event.sequence,
                event.action,
                f"{event.actor} ({event.verification})",
                event.comment,
            ]
            for event in page.items
        ],
        right=("position", "#"),
    )
    call.note(f"\nWhat follows, now or later: {call.again(cursor=page.next_cursor)}")
