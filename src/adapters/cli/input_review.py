"""``planvault inputs submit`` and ``approve``."""

from __future__ import annotations

import click

from ...application.planner import Planner
from ...application.presentation import revision_fields
from ...domain.access.actor import Actor
from ...domain.inputs.input_set import InputSet
from ...domain.shared.ids import label_reference
from .input_views import write_approved
from .invocation import invocation
from .nouns import Command
from .output import write_json


@click.command("submit", cls=Command)
@click.argument("reference", metavar="LABEL[@N]")
@click.option("--comment", help="Kept with the event.")
def submit(reference: str, comment: str | None) -> None:
    """Put the candidate of LABEL, or LABEL@N, before the approvers."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> InputSet:
        return await planner.inputs.submit(reference, actor=actor, comment=comment)

    input_set = call.act(work)
    _, number = label_reference(reference)
    revision = input_set.candidate_revision if number is None else input_set.revision(number)
    if call.as_json:
        write_json(revision_fields(revision))
        return
    click.echo(f"{revision.reference} is {revision.status}   sha256 {revision.content_hash}")
    authors = ", ".join(sorted(revision.authors))
    call.note(f"\nNext: {call.command(f'inputs approve {revision.reference}')}   (an approver other than {authors})")


@click.command("approve", cls=Command)
@click.argument("reference", metavar="LABEL@N")
@click.option("--content-hash", metavar="HASH", help="The full hash that was looked at; LABEL alone needs it.")
@click.option("--comment", help="What was checked; kept with the approval.")
def approve(reference: str, content_hash: str | None, comment: str | None) -> None:
    """Say yes to exactly that content; the last yes that the policy asks for makes it live."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> InputSet:
        return await planner.inputs.approve_reference(
            reference, content_hash=content_hash, actor=actor, comment=comment
        )

    input_set = call.act(work)
    revision = input_set.revision(_approved_number(input_set, reference))
    if call.as_json:
        write_json(revision_fields(revision))
    else:
        write_approved(call, input_set, revision)


def _approved_number(input_set: InputSet, reference: str) -> int:
    _, number = label_reference(reference)
    # Named by its hash it was the candidate; having become live it is none any more.
    return number or input_set.candidate or input_set.live or 0
