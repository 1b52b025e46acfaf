"""``planvault storage rollback``."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import click

from ...application.cutover_presentation import rollback_fields, rollback_verdict_fields
from ...application.planner import Planner
from ...application.storage.cut_over import CutoverOrder, Moved
from ...application.storage.legacy_copy import ReturnedVersion
from ...application.storage.switch_mode import StepTaken
from ...application.storage_presentation import returned_fields
from ...domain.access.actor import Actor
from ...domain.storage.state import StorageMode
from .figures import count, counted
from .invocation import invocation
from .nouns import Command, Noun
from .output import write_json
from .storage_cutover import CLOSED, write_outcome, write_plan, written_as_told
from .storage_findings import write_finding

_TO_LEGACY = "--to-legacy"


class _Rollback(Noun):
    """The ways back; ``rollback --to-legacy COPY`` is ``rollback to-legacy COPY``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the option for the command of that name."""
        for number, word in enumerate(args):
            name, equals, value = word.partition("=")
            if name == _TO_LEGACY and (equals or number + 1 < len(args)):
                rest = args[number + 1 :] if equals else args[number + 2 :]
                return super().parse_args(ctx, ["to-legacy", value or args[number + 1], *args[:number], *rest])
        return super().parse_args(ctx, args)


rollback = _Rollback(
    name="rollback",
    help="The ways back: reads from folders again, or plans for the legacy application.",
    params=[click.Option([_TO_LEGACY], metavar="COPY", expose_value=False, help="As the command to-legacy.")],
)
_to = click.option(
    "--to",
    "mode",
    type=click.Choice([str(StorageMode.BOTH), str(StorageMode.FILES)]),
    default=str(StorageMode.BOTH),
    show_default=True,
    help="Both sides with reads from folders, or folders alone.",
)
_without = click.option(
    "--without", multiple=True, metavar="VERSION", help="Go on without a version that no backfill could take."
)


@rollback.command("plan")
@_to
@_without
def plan(*, mode: str, without: tuple[str, ...]) -> None:
    """Show the steps back, what would be written, and what is missing; nothing is changed."""
    call = invocation()
    planned = call.read(
        lambda planner: planner.storage.plan_rollback(StorageMode(mode), without=without), any_mode=True
    )
    if call.as_json:
        write_json(rollback_fields(planned))
    else:
        write_plan(call, planned.way)
        click.echo(
            f"Folders hold {counted(planned.versions, 'version')} afterwards; "
            f"the ledger with its {counted(planned.events, 'event')} stays in the database."
        )
        rebuild, restore = (
            call.command("storage rebuild ROOT --into NEW"),
            call.command("maint restore FILE --into NEW"),
        )
        call.note(f"\nWhere the database itself is gone: {rebuild}, or the last backup: {restore}.")
    if not planned.way.is_open:
        raise click.exceptions.Exit(CLOSED)


@rollback.command("run")
@_to
@_without
@click.option("--keep-rows", is_flag=True, help="In the mode files, leave the rows in the tables for now.")
@click.option("--comment", help="Why; kept with the events.")
def run(*, mode: str, without: tuple[str, ...], keep_rows: bool, comment: str | None) -> None:
    """Let reads come from folders again: file what is not filed, and go step by step; a closed gate stops it."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> list[StepTaken | Moved]:
        order = CutoverOrder(
            mode=StorageMode(mode),
            actor=actor,
            comment=comment,
            keep_rows=keep_rows,
            without=without,
        )
        return await written_as_told(call, planner.storage.rollback(order))

    write_outcome(call, call.act(work, any_mode=True))
    call.note(f"\nNext: {call.command('storage rollback verify')}")


@rollback.command("verify")
def verify() -> None:
    """Compare everything to the last row; the exit code is 8 unless reads come from folders and all agrees."""
    call = invocation()
    verdict = call.read(lambda planner: planner.storage.verify_rollback(), any_mode=True)
    if call.as_json:
        write_json(rollback_verdict_fields(verdict))
    else:
        for finding in verdict.findings:
            write_finding(finding)
        click.echo(
            f"The store stands at {verdict.place}; "
            + ("everything agrees." if not verdict.findings else f"{counted(len(verdict.findings), 'finding')}.")
        )
    if not verdict.is_back:
        raise click.exceptions.Exit(CLOSED)


@rollback.command("to-legacy", cls=Command)
@click.argument("place", metavar="COPY", type=click.Path(path_type=Path))
@click.argument("versions", nargs=-1, metavar="[VERSION]...")
def to_legacy(versions: tuple[str, ...], place: Path) -> None:
    """Write versions, or all, into COPY, a copy of the legacy database, as the legacy application reads them.

    What it holds of these versions is replaced. ``rollback --to-legacy COPY`` is the same.
    """
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> list[ReturnedVersion]:
        returned = []
        async with aclosing(planner.storage.to_legacy(place, versions, actor=actor)) as written:
            async for one in written:
                returned.append(one)
                if not call.as_json:
                    click.echo(_line(one))
        return returned

    returned = call.act(work, any_mode=True)
    if call.as_json:
        write_json({"versions": [returned_fields(one) for one in returned]})
    else:
        click.echo(f"{counted(len(returned), 'version')} written to {place}.")


def _line(one: ReturnedVersion) -> str:
    lacking = "" if one.complete else "; the runbook's check wants aggregate, det and mrp_final"
    return (
        f"{one.version_id}: {counted(one.rows, 'row')}, {counted(one.artifacts, 'artifact')}, "
        f"{counted(one.overrides, 'override')}, {count(one.events)} events{lacking}"
    )
