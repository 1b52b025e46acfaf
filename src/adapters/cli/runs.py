"""``planvault runs``."""

from __future__ import annotations

import click

from ...application.presentation import page_fields
from ...application.run_presentation import run_detail_fields, run_fields
from ...application.runs.read_runs import RunDetail
from ...domain.runs.ports import RunFilter
from ...domain.runs.run import Run, RunStatus
from ...domain.shared.ids import label, version_id
from .figures import counted, duration, ending, moment
from .invocation import Invocation, invocation
from .nouns import CONFIG_ID, listing, noun
from .output import under, write_fields, write_json, write_table
from .paging import note_more, write_none

runs = noun("runs", "Runs: what was computed, from what, and how it ended.")


@runs.command("list")
@click.option("--status", type=click.Choice([str(status) for status in RunStatus]), help="Only runs of this status.")
@click.option("--version-id", "wanted_version", metavar="V", help="Only the runs of this plan version.")
@click.option("--label", "wanted_label", metavar="LABEL", help="Only runs from this input set.")
@click.option("--config", "config_version_id", metavar="ID", type=CONFIG_ID, help="Only runs of this config version.")
@listing
def list_(
    *,
    status: str | None,
    wanted_version: str | None,
    wanted_label: str | None,
    config_version_id: int | None,
    limit: int,
    cursor: str | None,
) -> None:
    """List runs, newest first."""
    call = invocation()
    wanted = RunFilter(
        status=None if status is None else RunStatus(status),
        version_id=None if wanted_version is None else version_id(wanted_version),
        input_set_label=None if wanted_label is None else label(wanted_label),
        config_version_id=config_version_id,
    )
    page = call.read(lambda planner: planner.runs.list(wanted, limit=limit, cursor=cursor))
    if call.as_json:
        write_json(page_fields(page, run_fields))
        return
    if not page.items:
        write_none(call, "runs")
        return
    zone = call.surroundings.zone
    write_table(
        ["run", "status", f"started ({zone.key})", "took", "by", "from", "engine", "version"],
        [
            [
                run.run_id,
                run.status,
                moment(run.started_at, zone),
                duration(run.duration_ms),
                run.started_by,
                _inputs_of(run),
                f"{run.engine_name} {run.engine_version}",
                run.plan_version_id,
            ]
            for run in page.items
        ],
        right=("took",),
    )
    note_more(call, page)


@runs.command("show")
@click.argument("run_id", metavar="ID")
def show(run_id: str) -> None:
    """Show the run of that ID."""
    call = invocation()
    detail = call.read(lambda planner: planner.runs.detail(run_id))
    if call.as_json:
        write_json(run_detail_fields(detail))
    else:
        _write(call, detail)


def _write(call: Invocation, detail: RunDetail) -> None:
    run, plan = detail.run, detail.plan
    made_plan = None if plan is None else f"{plan.version_id}, {plan.status}, {counted(plan.series_rows, 'row')}"
    zone = call.surroundings.zone
    made = "" if run.plan_version_id is None else f" and made {run.plan_version_id}"
    click.echo(f"{run.run_id} {run.status}{made}")
    write_fields(
        [
            ("  error", ending(run.error)),
            ("  from", _inputs_of(run)),
            ("  content hash", run.input_content_hash),
            ("  engine", f"{run.engine_name} {run.engine_version}"),
            *under("parameters", run.engine_parameters),
            ("  started", f"{moment(run.started_at, zone)} ({zone.key}) by {run.started_by}"),
            ("  took", duration(run.duration_ms)),
            ("  job", None if detail.job is None else f"{detail.job.job_id}, {detail.job.status}"),
            ("  plan", made_plan),
        ]
    )


def _inputs_of(run: Run) -> str | None:
    return None if run.input_set_label is None else f"{run.input_set_label}@{run.input_revision}"
