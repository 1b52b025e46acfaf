"""How a finding of a verification is shown."""

from __future__ import annotations

import click

from ...application.storage.side_by_side import StorageFinding


def write_finding(finding: StorageFinding) -> None:
    """One line: the place, and both sides of a cell or what else is wrong."""
    place = " ".join(
        part for part in (finding.version_id, finding.file, finding.level, *finding.key, finding.field) if part
    )
    sides = f": {finding.in_database!r} in the tables, {finding.in_files!r} in the folder"
    click.echo(f"{place}{sides if finding.kind == 'cell' else f': {finding.message}'}")
