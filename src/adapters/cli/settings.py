"""``planvault settings``."""

from __future__ import annotations

import click

from .invocation import invocation
from .nouns import Command
from .output import write_json, write_table


@click.command("settings", cls=Command)
def settings() -> None:
    """Show the settings in force, and where each value comes from; secrets are masked."""
    call = invocation()
    rows = call.launcher.settings(database=call.database)
    if call.as_json:
        items = [
            {"variable": row.variable, "value": row.value, "source": row.source, "description": row.description}
            for row in rows
        ]
        write_json({"items": items, "next_cursor": None})
        return
    write_table(["variable", "value", "source"], [[row.variable, row.value, row.source] for row in rows])
