"""``planvault inputs``."""

from __future__ import annotations

from pathlib import Path

import click

from ...application.inputs.import_inputs import ImportedInputs
from ...application.planner import Planner
from ...application.presentation import (
    imported_fields,
    input_set_fields,
    input_summary_fields,
    page_fields,
    revision_fields,
)
from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.ports import InputSetFilter
from ...domain.shared.ids import label_reference
from .input_views import write_approved, write_imported, write_revision, write_set, write_summaries
from .invocation import invocation
from .nouns import CONFIG_ID, listing, noun
from .output import write_json

inputs = noun("inputs", "Input sets: import, look at, submit, approve.")
STATUSES = ("draft", "ready", "archived")


@inputs.command("import")
@click.option(
    "-i",
    "--input-dir",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, readable=False),
    help="The directory to read.",
)
@click.option("--label", required=True, metavar="LABEL", help="The input set that the files belong to.")
@click.option(
    "--config",
    "--version-id",
    "config_version_id",
    metavar="ID",
    type=CONFIG_ID,
    help="The config version of a new label. (--version-id is its legacy name.)",
)
@click.option("--new-config", metavar="NAME", help="Make a config version of that name for a new label.")
@click.option("--title", help="A title for a new label.")
@click.option("--comment", help="What changed, and why; kept with the event.")
def import_(
    *,
    input_dir: Path,
    label: str,
    config_version_id: int | None,
    new_config: str | None,
    title: str | None,
    comment: str | None,
) -> None:
    """Read a directory of input files as the new candidate of LABEL.

    Every problem of every file is listed before anything is refused, and a refused import stores nothing.
    """
    call = invocation()

    def imported(chosen: int | None) -> ImportedInputs:
        return call.act(
            lambda planner, actor: planner.inputs.import_files(
                label=label,
                actor=actor,
                directory=input_dir,
                config_version_id=chosen,
                new_config=new_config,
                title=title,
                comment=comment,
            )
        )

    try:
        result = imported(config_version_id)
    except InvalidRequestError as error:
        if error.params.get("name") == str(input_dir):
            error.remedy = "Check that it is a directory and that this process may read it."
        if not error.params.get("choices") or not call.asks():
            raise
        result = imported(_asked(error))
    if call.as_json:
        write_json(imported_fields(result))
    else:
        write_imported(call, result)


def _asked(error: InvalidRequestError) -> int:
    choices = error.params["choices"]
    known = [str(choice[0]) for choice in choices] if isinstance(choices, list) else []
    click.echo(error.message, err=True)
    return int(click.prompt("Which one", type=click.Choice(known), err=True))


@inputs.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Only input sets of this status.")
@click.option("--config", "config_version_id", metavar="ID", type=CONFIG_ID, help="Only those of this config version.")
@listing
def list_(*, status: str | None, config_version_id: int | None, limit: int, cursor: str | None) -> None:
    """List input sets in order of label."""
    call = invocation()
    wanted = InputSetFilter(status=status, config_version_id=config_version_id)
    page = call.read(lambda planner: planner.inputs.list(wanted, limit=limit, cursor=cursor))
    if call.as_json:
        write_json(page_fields(page, input_summary_fields))
    else:
        write_summaries(call, page)


@inputs.command("show")
@click.argument("reference", metavar="LABEL[@N]")
def show(reference: str) -> None:
    """Show an input set with its revisions, or one revision with its hash, authors and approvals."""
    call = invocation()
    label, number = label_reference(reference)
    input_set = call.read(lambda planner: planner.inputs.get(label))
    revision = None if number is None else input_set.revision(number)
    if call.as_json:
        write_json(input_set_fields(input_set) if revision is None else revision_fields(revision))
    elif revision is None:
        write_set(call, input_set)
    else:
        write_revision(call, input_set, revision)


@inputs.command("submit")
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


@inputs.command("approve")
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
