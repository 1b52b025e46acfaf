"""``planvault inputs submit``, ``approve``, ``reject``, ``adopt`` and ``revert``."""

from __future__ import annotations

import click

from ...application.planner import Planner
from ...application.presentation import input_set_fields, revision_fields
from ...domain.access.actor import Actor
from ...domain.inputs.input_set import InputSet
from ...domain.shared.ids import label_reference
from .input_views import write_approved
from .invocation import Invocation, invocation
from .label_views import write_rejected, write_reverted
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
    authors = ", ".join(input_set.author_names_of(revision.number))
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

    _write_yes(call, call.act(work), reference)


@click.command("adopt", cls=Command)
@click.argument("reference", metavar="LABEL@N")
@click.option("--content-hash", metavar="HASH", help="The full hash that was looked at; LABEL alone needs it.")
@click.option("--comment", help="What was checked; kept with the approval.")
def adopt(reference: str, content_hash: str | None, comment: str | None) -> None:
    """Submit and approve a draft that came from a legacy system, as your own decision."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> InputSet:
        return await planner.inputs.adopt_reference(reference, content_hash=content_hash, actor=actor, comment=comment)

    _write_yes(call, call.act(work), reference)


@click.command("reject", cls=Command)
@click.argument("reference", metavar="LABEL@N")
@click.option("--comment", required=True, help="Why; kept with the event.")
def reject(reference: str, comment: str) -> None:
    """Say no to the candidate LABEL@N, or withdraw it as its author; what is live stays live."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> InputSet:
        return await planner.inputs.reject(reference, actor=actor, comment=comment)

    input_set = call.act(work)
    _, number = label_reference(reference)
    revision = input_set.revision(number or 0)
    if call.as_json:
        write_json(revision_fields(revision))
    else:
        write_rejected(call, input_set, revision)


@click.command("revert", cls=Command)
@click.argument("reference", metavar="LABEL[@N]")
@click.option("--comment", help="Why; kept with the event.")
def revert(reference: str, comment: str | None) -> None:
    """Take back what is live under LABEL; with @N only if that is what is live.

    What it replaced is live again, on its old approvals.
    """
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> InputSet:
        return await planner.inputs.revert(reference, actor=actor, comment=comment)

    input_set = call.act(work)
    if call.as_json:
        write_json(input_set_fields(input_set))
    else:
        write_reverted(call, input_set)


def _write_yes(call: Invocation, input_set: InputSet, reference: str) -> None:
    revision = input_set.revision(_approved_number(input_set, reference))
    if call.as_json:
        write_json(revision_fields(revision))
    else:
        write_approved(call, input_set, revision)


def _approved_number(input_set: InputSet, reference: str) -> int:
    _, number = label_reference(reference)
    # Named by its hash it was the candidate; having become live it is none any more.
    return number or input_set.candidate or input_set.live or 0
