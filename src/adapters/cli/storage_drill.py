"""``planvault storage drill``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ...application.cutover_presentation import drill_fields
from ...application.drilling import DrillReport, DrillStep
from ...application.planner import Planner
from ...domain.access.actor import Actor
from .figures import counted
from .files import new_directory, written_together
from .invocation import invocation
from .nouns import Command
from .output import write_json

_LOST = 8


@click.command("drill", cls=Command)
@click.option(
    "-o",
    "--output",
    metavar="REPORT.json",
    type=click.Path(path_type=Path, readable=False),
    help="Where the report is written to as well.",
)
@click.option(
    "--page", metavar="REPORT.html", type=click.Path(path_type=Path, readable=False), help="A page to read, too."
)
@click.option(
    "--versions",
    metavar="N",
    type=click.IntRange(1),
    help="Leave out all but the newest N in the copy, and those that a trim never takes.",
)
def drill(output: Path | None, page: Path | None, versions: int | None) -> None:
    """Go to files and back on a copy in a scratch place: the time to recover, and what would be lost.

    The store is only read. The exit code is 8 where something would be lost, or a step failed.
    """
    call = invocation()
    drills = call.launcher.drills(database=call.database)

    def told(step: DrillStep) -> None:
        if not call.as_json:
            click.echo(f"{step.seconds:8.1f} s  {step.name}: {step.found}")

    async def work(planner: Planner, actor: Actor) -> DrillReport:
        return await drills(planner, actor, versions=versions, watcher=told)

    report = call.act(work, any_mode=True)
    fields = drill_fields(report)
    for place, text in ((output, json.dumps(fields, ensure_ascii=False, indent=2) + "\n"), (page, drills.page(fields))):
        if place is not None:
            with new_directory(place.parent), written_together() as begin:
                begin(place).write(text)
    if call.as_json:
        write_json(fields)
    else:
        _write(report)
    if not report.is_good:
        raise click.exceptions.Exit(_LOST)


def _write(report: DrillReport) -> None:
    click.echo(f"{counted(report.versions, 'version')} with {counted(report.series_rows, 'series row')}.")
    for how, seconds in report.recovery.items():
        click.echo(f"Time to recover, {how}: {seconds:.1f} s.")
    if report.broken is not None:
        click.echo(f"The drill ended early: {report.broken}")
        return
    click.echo("Nothing would be lost." if not report.lost else f"{counted(len(report.lost), 'thing')} would be lost:")
    for one in report.lost:
        click.echo(f"  {one}")
