"""``planvault maint trim``."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path
from typing import Any

import click

from ...application.maintenance.trim_plans import Trimmed, TrimPreview
from ...application.maintenance_presentation import preview_fields, trimmed_fields
from ...application.planner import Planner
from ...application.plans.plan_archive import PlanArchive
from ...domain.access.actor import Actor
from ...domain.errors import AlreadyExistsError
from ...domain.storage.retention import KEPT_NEWEST, HeldVersion, Retention, Selection
from .figures import count, counted, moment
from .files import made_directory, new_file
from .invocation import Invocation, invocation
from .nouns import Command
from .output import write_json, write_table

_BLOCK = 1 << 20


@click.command("trim", cls=Command)
@click.option("--older-than", "older_than_days", type=int, metavar="DAYS", help="Plans made more than DAYS days ago.")
@click.option("--max-rows", type=int, metavar="N", help="The oldest plans, until at most N series rows are kept.")
@click.option(
    "--keep-newest", type=int, metavar="N", default=KEPT_NEWEST, show_default=True, help="Never the newest N plans."
)
@click.option(
    "--kpis-older-than",
    "kpis_months",
    type=int,
    metavar="MONTHS",
    help="KPIs of trimmed plans stay for MONTHS months; without this they go with the rows.",
)
@click.option(
    "--archive-to",
    metavar="DIR",
    type=click.Path(path_type=Path, readable=False),
    help="Write each plan whole to DIR first; it can be registered again.",
)
@click.option("--dry-run", is_flag=True, help="Show what would go, and change nothing.")
@click.option("--comment", help="Why; kept with the events.")
def trim(*, archive_to: Path | None, dry_run: bool, comment: str | None, **asked: Any) -> None:
    """Put old plans away: rows, KPIs and artifacts go, what the plan was and its events stay.

    Never approved, submitted, pinned and baseline plans, those that a job or a kept plan was asked to build on, and the
    newest ones. A trim that was stopped is finished by the next one.
    """
    call = invocation()
    retention = Retention(**asked)
    if dry_run:
        preview = call.read(lambda planner: planner.maint.preview_trim(retention))
        _write_preview(call, preview)
        return
    directory = None if archive_to is None else made_directory(archive_to)

    async def keep(packed: PlanArchive) -> str:
        return await _kept(packed, directory or Path())

    async def work(planner: Planner, actor: Actor) -> Trimmed:
        keeper = None if directory is None else keep
        return await planner.maint.trim(retention, actor=actor, comment=comment, keeper=keeper)

    _write_trimmed(call, call.act(work))


async def _kept(packed: PlanArchive, directory: Path) -> str:
    """Write a packed plan; one that is there already is the same one, or stays what it is."""
    path = directory / packed.name
    if path.is_file() and path.stat().st_size == packed.size and _holds(path, packed):
        return packed.name
    if path.exists():
        raise AlreadyExistsError("file", path, remedy="It holds something else; name another place with --archive-to.")
    with new_file(path) as file:
        async with aclosing(packed.pieces()) as pieces:
            async for piece in pieces:
                file.write(piece)
    return packed.name


def _holds(path: Path, packed: PlanArchive) -> bool:
    with path.open("rb") as file:
        same = all(file.read(_BLOCK) == packed.file.read(_BLOCK) for _ in range(packed.size // _BLOCK + 1))
    packed.file.seek(0)
    return same


def _write_preview(call: Invocation, preview: TrimPreview) -> None:
    if call.as_json:
        write_json(preview_fields(preview))
        return
    selection = preview.selection
    click.echo(
        f"{counted(len(selection.chosen), 'plan')} of {count(selection.versions)} would be trimmed: "
        f"{count(selection.rows)} series rows become {count(selection.rows_after)}."
    )
    _write_versions(call, selection.chosen)
    for version_id in preview.unfinished:
        click.echo(f"{version_id} was left half-way by a trim that was stopped; it would be finished.")
    if preview.kpis:
        click.echo(f"KPIs of {counted(len(preview.kpis), 'trimmed plan')} would go: {', '.join(preview.kpis)}.")
    _write_protected(selection)


def _write_trimmed(call: Invocation, trimmed: Trimmed) -> None:
    if call.as_json:
        write_json(trimmed_fields(trimmed))
        return
    click.echo(
        f"{counted(len(trimmed.versions), 'plan')} trimmed, {counted(trimmed.rows, 'series row')} removed; "
        "digests, edits and events stay."
    )
    _write_versions(call, trimmed.versions)
    for version_id in trimmed.finished:
        click.echo(f"{version_id}, which an earlier trim had left half-way, is finished.")
    if trimmed.kpis:
        click.echo(f"KPIs of {counted(len(trimmed.kpis), 'trimmed plan')} went: {', '.join(trimmed.kpis)}.")
    for version_id in trimmed.passed_over:
        click.echo(f"{version_id} changed meanwhile and was left alone.")
    _write_protected(trimmed.selection)


def _write_versions(call: Invocation, versions: tuple[HeldVersion, ...]) -> None:
    if not versions:
        return
    zone = call.surroundings.zone
    write_table(
        ["version", "status", f"made ({zone.key})", "series rows"],
        [
            [version.version_id, version.status, moment(version.created_at, zone), count(version.series_rows)]
            for version in versions
        ],
        right=("series rows",),
    )


def _write_protected(selection: Selection) -> None:
    kept = ", ".join(f"{count(number)} {reason}" for reason, number in selection.protected.items())
    if kept:
        click.echo(f"Never trimmed: {kept}.")
