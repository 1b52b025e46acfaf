"""``planvault settings``."""

from __future__ import annotations

import click

from .invocation import invocation
from .nouns import Command
from .output import write_json, write_table
from .problems import REFUSED


@click.command("settings", cls=Command)
def settings() -> None:
    """Show the settings in force, and where each value comes from; secrets are masked.

    A wrong one is shown with what is wrong with it, and the exit code is 3.
    """
    call = invocation()
    rows = call.launcher.settings(database=call.database)
    if call.as_json:
        items = [
            {"variable": row.variable, "value": row.value, "source": row.source, "description": row.description}
            for row in rows
        ]
        write_json({"items": items, "next_cursor": None})
    else:
        write_table(
            ["variable", "value", "source", "meaning"],
            [[row.variable, row.value, row.source, row.description] for row in rows],
        )
    if any(row.wrong for row in rows):
        raise click.exceptions.Exit(REFUSED)
