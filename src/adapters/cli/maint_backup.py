"""``planvault maint backup`` and ``restore``."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ...application.maintenance.backup_archive import Backup
from ...application.maintenance_presentation import backup_fields
from ...application.planner import Planner
from ...domain.access.actor import Actor
from ...domain.errors import IntegrityError
from .figures import counted
from .files import copied_file, new_file, removed
from .invocation import Invocation, invocation
from .launcher import Launcher
from .nouns import Command
from .output import write_json


@click.command("backup", cls=Command)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    help="Where to; planvault-TIME.backup.zip here, unless named. Nothing is ever replaced.",
)
@click.option("--verify", is_flag=True, help="Restore it into a scratch SQLite file, and compare every table.")
@click.option("--comment", help="Why; kept with the event.")
def backup(*, output: Path | None, verify: bool, comment: str | None) -> None:
    """Write everything that the store keeps into one file, while others go on.

    It restores into SQLite and PostgreSQL alike. Where PLANVAULT_BACKUP_COPY names a directory, a copy lands there.
    """
    call = invocation()
    path = output or Path(datetime.now(UTC).strftime("planvault-%Y%m%dT%H%M%SZ.backup.zip"))

    async def work(planner: Planner, actor: Actor) -> Backup:
        with new_file(path) as sink:
            return await planner.maint.backup(sink, actor=actor, comment=comment)

    async def verified(planner: Planner, actor: Actor) -> Backup:
        taken = await work(planner, actor)
        try:
            await _rehearsed(call.launcher, path, actor)
        except IntegrityError:
            removed(path)
            raise
        await planner.maint.backup_verified(taken, actor=actor)
        return taken

    taken = call.act(verified if verify else work)
    second = call.surroundings.backup_copy
    copy = None if second is None else copied_file(path, second)
    _write_backup(call, taken, {"output": path, "copy": copy, "verified": verify})


async def _rehearsed(launcher: Launcher, path: Path, actor: Actor) -> None:
    """Restore a backup into a scratch file and verify the ledger there.

    Raises:
        IntegrityError: it does not give back what was backed up.
    """
    with tempfile.TemporaryDirectory(prefix="planvault-") as scratch:
        async with launcher.open_planner(database=str(Path(scratch) / "scratch.db"), any_mode=True) as planner:
            await planner.maint.restore(path, actor=actor)
            verdict = await planner.audit.verify()
            if not verdict.clean:
                raise IntegrityError(
                    f"The event chain of {path} does not hold.", remedy="Look for the fault: planvault audit verify."
                )


def _write_backup(call: Invocation, taken: Backup, told: dict[str, Any]) -> None:
    manifest = taken.manifest
    if call.as_json:
        shown = {name: str(value) if isinstance(value, Path) else value for name, value in told.items()}
        write_json(backup_fields(taken) | shown)
        return
    click.echo(
        f"{told['output']} holds {counted(manifest.rows_of('plan_versions'), 'plan version')}, "
        f"{counted(manifest.rows_of('plan_series'), 'series row')} and {counted(manifest.rows_of('events'), 'event')}."
    )
    click.echo(f"sha256 {taken.sha256}")
    if told["verified"]:
        click.echo("It was restored into a scratch file; every table and the event chain are the same.")
    if told["copy"] is not None:
        click.echo(f"A copy is at {told['copy']}.")
    call.note(f"\nTo restore it: {call.command('maint restore {} --into NEW.db'.format(told['output']))}")


@click.command("restore", cls=Command)
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@click.option(
    "--into", required=True, metavar="URL|FILE", help="An empty database, or a SQLite file that is not there."
)
@click.option("--comment", help="Why; kept with the event.")
def restore(*, file: Path, into: str, comment: str | None) -> None:
    """Put the backup FILE into an empty store; events keep their hashes, and approvals hold."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> Backup:
        return await planner.maint.restore(file, actor=actor, comment=comment)

    restored = call.act_on(into, work)
    if call.as_json:
        write_json(backup_fields(restored) | {"into": call.surroundings.database})
        return
    manifest = restored.manifest
    click.echo(
        f"{call.surroundings.database} holds what {file} does: "
        f"{counted(manifest.rows_of('plan_versions'), 'plan version')}, "
        f"{counted(manifest.rows_of('plan_series'), 'series row')} and {counted(manifest.rows_of('events'), 'event')}; "
        "every table was read back and compared."
    )
    call.note(f"\nNext: {call.command('audit verify')}")
