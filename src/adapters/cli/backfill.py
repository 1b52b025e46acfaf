"""``planvault storage backfill`` and ``backfills``."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from ...application.backfill_presentation import backfill_detail_fields, backfill_run_fields, backfilled_fields
from ...application.planner import Planner
from ...application.presentation import page_fields
from ...application.storage.backfill_request import Backfilled, BackfillRequest, BackfillStep
from ...application.storage.read_backfills import BackfillDetail
from ...domain.access.actor import Actor
from ...domain.shared.clock import span_of
from ...domain.storage.backfill import BackfillItem, Outcome, Selection
from .backfill_progress import backfill_bar
from .backfill_state import BackfillState
from .figures import counted, moment
from .invocation import Invocation, invocation
from .nouns import Command, listing
from .output import write_fields, write_json, write_table
from .paging import note_more, write_none
from .running import Stopping

PARTIAL = 9


@click.command("backfill", cls=Command)
@click.option("--from", "source", metavar="SOURCE", required=True, help="A name among PLANVAULT_SOURCES, or a path.")
@click.option("--dry-run", is_flag=True, help="Do all of it and keep nothing.")
@click.option("--force", is_flag=True, help="Write series anew also where they changed here; edits stay.")
@click.option("--limit", type=click.IntRange(min=1), help="How many versions may be attempted; skipped ones are free.")
@click.option("--resume-from", metavar="V", help="Begin with this version; all before it have to be done.")
@click.option("--only", metavar="V", multiple=True, help="Only this version; may be given several times.")
@click.option("--since", metavar="DAY", help="Only versions made since this day or instant.")
@click.option("--throttle", type=click.FloatRange(0, 3600), default=0.0, help="Seconds to wait between versions.")
@click.option(
    "--state-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also note in this file, after every version, what is done.",
)
def backfill(  # noqa: PLR0913 (one for each option)
    *,
    source: str,
    dry_run: bool,
    force: bool,
    limit: int | None,
    resume_from: str | None,
    only: tuple[str, ...],
    since: str | None,
    throttle: float,
    state_file: Path | None,
) -> None:
    """Take over the plans of a legacy system (its database, or a folder of artifacts), or of a files root.

    Run it again to catch up.  A first Ctrl-C or SIGTERM lets the version at work end.
    """
    call = invocation()
    made_since = None if since is None else span_of("--since", since, call.surroundings.zone)[0]
    selection = Selection(only=only, since=made_since, resume_from=resume_from, limit=limit)
    stopping = Stopping()

    async def work(planner: Planner, actor: Actor) -> Backfilled:
        state = None if state_file is None or dry_run else await BackfillState.read(state_file, planner, call.note)
        with ExitStack() as stack:
            stack.enter_context(stopping.listening())
            show = stack.enter_context(backfill_bar(call))

            def watch(step: BackfillStep) -> None:
                if state is not None:
                    state.note(step)
                show(step)

            request = BackfillRequest(
                source=source if source in planner.storage.sources else Path(source),
                actor=actor,
                selection=selection,
                dry_run=dry_run,
                force=force,
                throttle=throttle,
                watcher=watch,
                stopping=stopping,
            )
            return await planner.storage.backfill(request)

    done = call.act(work)
    if call.as_json:
        write_json(backfilled_fields(done))
    else:
        _write_end(call, done)
    code = stopping.exit_code or (PARTIAL if done.run.left else 0)
    if code:
        raise click.exceptions.Exit(code)


def _write_end(call: Invocation, done: Backfilled) -> None:
    for taken in done.inputs:
        begins = f"{'would be ' if done.dry_run and taken.outcome.is_done else ''}{taken.outcome}"
        click.echo(f"{begins:<9} input set {taken.label}{f': {taken.reason}' if taken.reason else ''}")
    for item in done.items:
        click.echo(_line(item, dry_run=done.dry_run))
    run = done.run
    said = ", ".join(f"{run.count(outcome)} {outcome}" for outcome in Outcome if run.count(outcome)) or "nothing to do"
    kept = " (dry run: nothing was kept)" if done.dry_run else ""
    click.echo(f"{run.source}: {said}; {counted(run.series_rows, 'series row')} written{kept}.")
    if not done.dry_run:
        call.note(f"Details: {call.command(f'storage backfills --run {run.run_id}')}")


def _line(item: BackfillItem, *, dry_run: bool) -> str:
    begins = f"{'would be ' if dry_run and item.outcome.is_done else ''}{item.outcome}"
    shown = str(item.version_id)
    if item.source_version != item.version_id:
        shown = f"{item.version_id} ({item.source_version})"
    line = f"{begins:<9} {shown}"
    if item.outcome in {Outcome.TAKEN, Outcome.REPLACED}:
        line += f": {counted(item.series_rows, 'row')}, {counted(item.kpi_count, 'KPI')}"
        if item.differences:
            line += f"; {counted(len(item.differences), 'stored figure')} of the source differ from its artifacts"
    return f"{line}: {item.reason}" if item.reason else line


@click.command("backfills", cls=Command)
@click.option("--run", "run_id", metavar="ID", help="One of them, with the versions that it was the last to attempt.")
@listing
def backfills(*, run_id: str | None, limit: int, cursor: str | None) -> None:
    """List backfills, newest first, or show one."""
    call = invocation()
    if run_id is not None:
        _show(call, call.read(lambda planner: planner.storage.backfill_run(run_id)))
        return
    page = call.read(lambda planner: planner.storage.backfills(limit=limit, cursor=cursor))
    if call.as_json:
        write_json(page_fields(page, backfill_run_fields))
        return
    if not page.items:
        write_none(call, "backfills", following="storage backfill --from SOURCE")
        return
    zone = call.surroundings.zone
    columns = ["backfill", "source", "status", f"started ({zone.key})", "by", *(str(outcome) for outcome in Outcome)]
    write_table(
        columns,
        [
            [
                run.run_id,
                run.source,
                run.status,
                moment(run.started_at, zone),
                run.started_by,
                *(run.count(outcome) for outcome in Outcome),
            ]
            for run in page.items
        ],
        right=[str(outcome) for outcome in Outcome],
    )
    note_more(call, page)


def _show(call: Invocation, detail: BackfillDetail) -> None:
    if call.as_json:
        write_json(backfill_detail_fields(detail))
        return
    run, zone = detail.run, call.surroundings.zone
    click.echo(f"{run.run_id} {run.status}")
    write_fields(
        [
            ("  source", run.source),
            ("  started", f"{moment(run.started_at, zone)} ({zone.key}) by {run.started_by}"),
            ("  ended", None if run.finished_at is None else moment(run.finished_at, zone)),
            ("  rows", counted(run.series_rows, "series row")),
            ("  error", run.message),
        ]
    )
    for item in detail.items:
        click.echo(_line(item, dry_run=False))
        for one in item.differences:
            what = one.get("kpi") or f"{one.get('level')} {one.get('figure')}"
            why = f" ({one['why']})" if one.get("why") else ""
            click.echo(f"    {what}: stored {one.get('stored')}, taken {one.get('taken')}{why}")


COMMANDS = (backfill, backfills)
