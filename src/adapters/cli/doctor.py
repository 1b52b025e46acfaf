"""``planvault doctor``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import click

from ...application.maintenance.examine_store import Check
from ...application.maintenance_presentation import check_fields
from .figures import counted
from .invocation import Invocation, invocation
from .nouns import Command
from .output import write_json, write_table
from .problems import FINDINGS


@click.command("doctor", cls=Command)
def doctor() -> None:
    """Look at versions, settings, permissions, disk, schema and store; what is wrong is shown with what to do.

    It changes nothing. The exit code is 8 where something is wrong.
    """
    call = invocation()
    checks = asyncio.run(call.launcher.examine(database=call.database))
    wrong = [check for check in checks if not check.fine]
    if call.as_json:
        items = [check_fields(check) for check in checks]
        write_json({"clean": not wrong, "items": items, "next_cursor": None})
    else:
        _write(call, checks, wrong)
    if wrong:
        raise click.exceptions.Exit(FINDINGS)


def _write(call: Invocation, checks: Sequence[Check], wrong: Sequence[Check]) -> None:
    click.echo("Nothing is wrong." if not wrong else f"{counted(len(wrong), 'thing')} to mend.")
    write_table(
        ["", "looked at", "found"], [["ok" if check.fine else "!!", check.check, check.message] for check in checks]
    )
    for check in wrong:
        # Commands are written as they have to be typed here: for the same database.
        click.echo(f"\n{check.check}: {(check.fix or '').replace('planvault ', call.command(''))}")
