"""``planvault jobs``."""

from __future__ import annotations

import click

from ...application.presentation import job_fields, page_fields
from ...domain.runs.job import Job, JobStatus
from ...domain.shared.ids import version_id
from .figures import duration, ending, moment
from .invocation import Invocation, invocation
from .nouns import listing, noun
from .output import under, write_fields, write_json, write_table
from .paging import note_more, write_none

jobs = noun("jobs", "Jobs: what was asked for, by whom, and how it ended.")


@jobs.command("list")
@click.option("--status", type=click.Choice([str(status) for status in JobStatus]), help="Only jobs of this status.")
@click.option("--version-id", "wanted_version", metavar="V", help="Only the jobs of this plan version.")
@listing
def list_(*, status: str | None, wanted_version: str | None, limit: int, cursor: str | None) -> None:
    """List jobs, newest first."""
    call = invocation()
    wanted_status = None if status is None else JobStatus(status)
    wanted = None if wanted_version is None else version_id(wanted_version)
    page = call.read(
        lambda planner: planner.jobs.list(status=wanted_status, version_id=wanted, limit=limit, cursor=cursor)
    )
    if call.as_json:
        write_json(page_fields(page, job_fields))
        return
    if not page.items:
        write_none(call, "jobs")
        return
    zone = call.surroundings.zone
    write_table(
        ["job", "kind", "status", f"submitted ({zone.key})", "took", "by", "version"],
        [
            [
                job.job_id,
                job.kind,
                job.status,
                moment(job.submitted_at, zone),
                duration(job.duration_ms),
                job.submitted_by,
                job.version_id,
            ]
            for job in page.items
        ],
        right=("took",),
    )
    note_more(call, page)


@jobs.command("show")
@click.argument("job_id", metavar="ID")
def show(job_id: str) -> None:
    """Show the job of that ID."""
    call = invocation()
    job = call.read(lambda planner: planner.jobs.get(job_id))
    if call.as_json:
        write_json(job_fields(job))
    else:
        _write(call, job)


def _write(call: Invocation, job: Job) -> None:
    zone = call.surroundings.zone
    made = "" if job.version_id is None else f" and made {job.version_id}"
    click.echo(f"{job.job_id} {job.status}{made}")
    write_fields(
        [
            ("  error", ending(job.error)),
            ("  kind", f"{job.kind}, from {job.trigger}"),
            *under("asked for", job.parameters),
            ("  submitted", f"{moment(job.submitted_at, zone)} ({zone.key}) by {job.submitted_by}"),
            ("  took", duration(job.duration_ms)),
            ("  run", job.run_id),
        ]
    )
