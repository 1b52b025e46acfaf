"""``planvault inputs reports`` and ``report``."""

from __future__ import annotations

import click

from ...application.input_presentation import report_fields, report_summary_fields
from ...application.presentation import page_fields
from ...domain.inputs.import_report import ImportOutcome, ImportReport
from .figures import counted, moment
from .invocation import Invocation, invocation
from .nouns import Command, listing
from .output import write_json, write_table
from .paging import note_more, write_none
from .problems import findings


@click.command("reports", cls=Command)
@click.option("--label", metavar="LABEL", help="Only imports under this label.")
@listing
def reports(*, label: str | None, limit: int, cursor: str | None) -> None:
    """List what imports came to, newest first; the newest 50 of each label are kept."""
    call = invocation()
    page = call.read(lambda planner: planner.inputs.reports(label, limit=limit, cursor=cursor))
    if call.as_json:
        write_json(page_fields(page, report_summary_fields))
        return
    if not page.items:
        write_none(call, "import reports", following="inputs import -i DIR --label LABEL")
        return
    zone = call.surroundings.zone
    write_table(
        ["report", "label", "outcome", "revision", "findings", "by", f"at ({zone.key})"],
        [
            [
                report.report_id,
                report.label,
                report.outcome,
                None if report.revision is None else f"@{report.revision}",
                report.problem_count,
                report.actor,
                moment(report.created_at, zone),
            ]
            for report in page.items
        ],
        right=("findings",),
    )
    note_more(call, page)


@click.command("report", cls=Command)
@click.argument("report_id", metavar="ID")
def report(report_id: str) -> None:
    """Show again what the import of that report ID found."""
    call = invocation()
    found = call.read(lambda planner: planner.inputs.report(report_id))
    if call.as_json:
        write_json(report_fields(found))
    else:
        _write(call, found)


def _write(call: Invocation, found: ImportReport) -> None:
    zone = call.surroundings.zone
    refused = found.outcome is ImportOutcome.REFUSED
    click.echo(f"Refused: {found.message}" if refused else f"{found.label}@{found.revision}  {found.outcome}")
    if found.problems:
        click.echo()
        for line in findings(found.problems, found.problem_count):
            click.echo(line)
        click.echo()
    rows = sum(file.row_count for file in found.files)
    click.echo(
        f"{found.label}, {found.apply_mode}, by {found.actor} ({found.verification}) at "
        f"{moment(found.created_at, zone)} ({zone.key}): "
        f"{counted(len(found.files), 'file')}, {counted(rows, 'row')}"
    )
