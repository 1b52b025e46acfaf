"""``planvault inputs archive``, ``restore``, ``delete`` and ``history``."""

from __future__ import annotations

import click

from ...application.inputs.keep_inputs import DeletedInputs
from ...application.label_presentation import deleted_fields, label_step_fields
from ...application.planner import Planner
from ...application.presentation import input_set_fields, list_fields
from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from ...domain.inputs.input_set import InputSet
from .figures import counted
from .invocation import Invocation, invocation
from .label_views import write_archived, write_deleted, write_history, write_restored
from .nouns import Command
from .output import write_json


@click.command("archive", cls=Command)
@click.argument("label")
@click.option("--comment", help="Why; kept with the event.")
def archive(label: str, comment: str | None) -> None:
    """Close LABEL: only reading, restore and delete remain."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> InputSet:
        return await planner.inputs.archive(label, actor=actor, comment=comment)

    input_set = call.act(work)
    if call.as_json:
        write_json(input_set_fields(input_set))
    else:
        write_archived(call, input_set)


@click.command("restore", cls=Command)
@click.argument("label")
@click.option("--comment", help="Why; kept with the event.")
def restore(label: str, comment: str | None) -> None:
    """Open an archived LABEL again."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> InputSet:
        return await planner.inputs.restore(label, actor=actor, comment=comment)

    input_set = call.act(work)
    if call.as_json:
        write_json(input_set_fields(input_set))
    else:
        write_restored(call, input_set)


@click.command("delete", cls=Command)
@click.argument("label")
@click.option("--comment", help="Why; kept with the event.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
def delete(label: str, comment: str | None, *, yes: bool) -> None:
    """Give LABEL up with all its revisions; refused while a plan was made from one."""
    call = invocation()
    if not yes:
        _ask(call, label)

    async def work(planner: Planner, actor: Actor) -> DeletedInputs:
        return await planner.inputs.delete(label, actor=actor, comment=comment)

    deleted = call.act(work)
    if call.as_json:
        write_json(deleted_fields(deleted))
    else:
        write_deleted(call, deleted)


def _ask(call: Invocation, label: str) -> None:
    known = call.read(lambda planner: planner.inputs.get(label))
    question = f"Deleting {known.label} removes {counted(len(known.revisions), 'revision')} for good"
    if not call.asks():
        raise InvalidRequestError(
            f"{question}.", remedy=f"Add --yes, or archive it instead: planvault inputs archive {known.label}."
        )
    click.confirm(f"{question}. Go on?", abort=True, err=True)


@click.command("history", cls=Command)
@click.argument("label")
def history(label: str) -> None:
    """Show what LABEL pointed to and when, newest first, and by whose move."""
    call = invocation()
    steps = call.read(lambda planner: planner.inputs.history(label))
    if call.as_json:
        write_json(list_fields(steps, label_step_fields))
    else:
        write_history(call, label, steps)
