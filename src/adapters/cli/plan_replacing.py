"""``planvault plans replace``."""

from __future__ import annotations

from pathlib import Path

import click

from ...application.exchange import NamedStream
from ...application.presentation import plan_fields
from .figures import counted
from .invocation import invocation
from .nouns import Command
from .output import write_json
from .plan_review import move


@click.command("replace", cls=Command)
@move("Why; kept with the event.")
@click.argument("file", type=click.Path(path_type=Path, readable=False))
def replace(wanted: str, file: Path, comment: str | None, row_version: int | None) -> None:
    """Put the rows of FILE (.jsonl, .csv or .parquet) in the place of all rows that V has of their levels.

    Edits, locks and weights stay.
    """
    call = invocation()
    stream = NamedStream(name=str(file), open=lambda: file.open("rb"))
    version = call.act(
        lambda planner, actor: planner.plans.replace_file(
            wanted, stream, actor=actor, comment=comment, row_version=row_version
        )
    )
    if call.as_json:
        write_json(plan_fields(version))
        return
    click.echo(f"{version.version_id} holds {counted(version.series_rows, 'row')}   plan digest {version.plan_digest}")
    if version.stale_levels:
        call.note(f"No longer following from it: {', '.join(version.stale_levels)}.")
