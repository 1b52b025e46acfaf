"""``planvault storage rebuild``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ...application.planner import Planner
from ...application.storage.rebuild_store import Rebuilt
from ...application.storage_presentation import rebuilt_fields
from ...domain.access.actor import Actor
from ...domain.storage.rebuild import NEVER_MIRRORED
from ...domain.storage.state import StorageMode
from .figures import counted
from .invocation import Invocation, invocation
from .new_database import new_database
from .nouns import Command
from .output import write_json

LEFT_OUT = 9
_WITH_FILES = [str(mode) for mode in StorageMode if mode.has_files]


@click.command("rebuild", cls=Command)
@click.argument("root", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--into", required=True, metavar="URL|FILE", help="An empty database, or a SQLite file that is not there."
)
@click.option(
    "--mode",
    type=click.Choice(_WITH_FILES),
    default=str(StorageMode.FILES),
    show_default=True,
    help="Where payloads lie then; both loads the tables too.",
)
@click.option("--dry-run", is_flag=True, help="Look through the files root, and build nothing.")
@click.option("--hand-over", is_flag=True, help="Only give the root to a store that was built from it.")
@click.option("--comment", help="Why; kept with the event.")
def rebuild(root: Path, *, into: str, mode: str, dry_run: bool, hand_over: bool, comment: str | None) -> None:
    """Build the ledger anew from the files root ROOT, when the database is gone.

    The exit code is 9 where something in the root could not be used; it is listed with the reason.
    """
    call = invocation()

    if hand_over:
        _hand_over(call, root, into)
        click.echo(f"{root} belongs to {call.surroundings.database}.")
        return

    async def build(planner: Planner, actor: Actor) -> Rebuilt:
        chosen = StorageMode(mode)
        return await planner.storage.rebuild(root, actor=actor, mode=chosen, comment=comment, dry_run=dry_run)

    place = call.launcher.surroundings(database=into).new_file
    if place is None:
        rebuilt = call.act_on(into, build)
    else:
        with new_database(place, keep=not dry_run) as scratch:
            rebuilt = call.act_on(str(scratch), build, silent=True)
    call.use(into)
    if not dry_run:
        _hand_over(call, root, into)
    _write(call, root, rebuilt, dry_run=dry_run)
    if rebuilt.left_out:
        raise click.exceptions.Exit(LEFT_OUT)


def _hand_over(call: Invocation, root: Path, into: str) -> None:
    """Let the root be that of the database: the last step, for which the database has its name."""

    async def hand_over(planner: Planner, actor: Actor) -> None:
        await planner.storage.hand_over(root, actor=actor)

    call.act_on(into, hand_over)


def _write(call: Invocation, root: Path, rebuilt: Rebuilt, *, dry_run: bool) -> None:
    if call.as_json:
        told: dict[str, Any] = {"dry_run": dry_run, "into": call.surroundings.database}
        write_json(rebuilt_fields(rebuilt) | told)
        return
    for one in rebuilt.left_out:
        click.echo(f"left out  {one.line}")
    verb = "would hold" if dry_run else "holds"
    click.echo(
        f"{call.surroundings.database} {verb} what {root} does: {counted(rebuilt.versions, 'plan version')}, "
        f"{counted(rebuilt.labels, 'label')}, {counted(rebuilt.series_rows, 'series row')} "
        f"and {counted(rebuilt.events, 'event')}."
    )
    click.echo(f"Lost, since it is never mirrored: {'; '.join(NEVER_MIRRORED)}.")
    if rebuilt.left_out:
        click.echo(f"{counted(len(rebuilt.left_out), 'thing')} left out.")
    if dry_run:
        return
    steps = ["audit verify", "storage verify --full"]
    if rebuilt.left_out:  # what the root still tells of it would be in the way of its next events
        steps.append("storage mirror --adopt")
    call.note(f"\nNext, with PLANVAULT_FILES_ROOT={root}:")
    for step in steps:
        call.note(f"  {call.command(step)}")
