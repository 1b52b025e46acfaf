"""``planvault storage rollback``."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import click

from ...application.planner import Planner
from ...application.storage.legacy_copy import ReturnedVersion
from ...application.storage_presentation import returned_fields
from ...domain.access.actor import Actor
from .figures import count, counted
from .invocation import invocation
from .nouns import Command
from .output import write_json


@click.command("rollback", cls=Command)
@click.argument("versions", nargs=-1, metavar="[VERSION]...")
@click.option(
    "--to-legacy",
    "place",
    type=click.Path(path_type=Path),
    metavar="COPY",
    required=True,
    help="A copy of the legacy database; what it holds of these versions is replaced.",
)
def rollback(versions: tuple[str, ...], place: Path) -> None:
    """Write versions, or all, into a copy of the legacy database, as the legacy application reads them."""
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
