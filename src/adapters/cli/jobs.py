"""``planvault jobs``."""

from __future__ import annotations

import asyncio

import click

from ...application.planner import Planner
from ...application.plans.read_plans import PlanSummary
from ...application.presentation import page_fields, summary_fields
from ...application.run_presentation import job_fields
from ...domain.access.actor import Actor
from ...domain.runs.job import Job, JobStatus
from ...domain.shared.ids import version_id
from .figures import counted, duration, ending, moment
from .invocation import Invocation, invocation
from .nouns import listing, noun
from .output import under, write_fields, write_json, write_table
from .paging import note_more, write_none
from .plan_views import write_made, write_queued

TRIGGER = "cli"
MOST_AT_ONCE = 64

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
            ("  attempts", f"{job.attempts} of {job.most_attempts}" if job.most_attempts > 1 else None),
            ("  progress", _progress(job)),
            ("  took", duration(job.duration_ms)),
            ("  run", job.run_id),
        ]
    )


def _progress(job: Job) -> str | None:
    if job.progress is None or job.status is not JobStatus.RUNNING:
        return None
    rows = f", {counted(job.progress.rows, 'row')} written" if job.progress.rows else ""
    return f"{job.progress.stage} {job.progress.percent:.0f} %{rows}"


@jobs.command("cancel")
@click.argument("job_id", metavar="ID")
@click.option("--comment", help="Why; kept with the job.")
def cancel(job_id: str, comment: str | None) -> None:
    """Stop the job of that ID, whether it waits or is worked on."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> Job:
        return await planner.jobs.cancel(job_id, actor=actor, comment=comment)

    job = call.act(work)
    if call.as_json:
        write_json(job_fields(job))
    else:
        click.echo(f"{job.job_id} is canceled; nothing of it was kept.")


@jobs.command("retry")
@click.argument("job_id", metavar="ID")
@click.option("--comment", help="Why; kept with the event of the plan.")
def retry(job_id: str, comment: str | None) -> None:
    """Ask once more for what the job of that ID did not bring about, as a new job."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> Job:
        return await planner.jobs.retry(job_id, actor=actor, comment=comment, trigger=TRIGGER)

    job = call.act(work)
    if call.as_json:
        write_json(job_fields(job))
    else:
        write_queued(call, job)


@jobs.command("result")
@click.argument("job_id", metavar="ID")
def result(job_id: str) -> None:
    """Show the plan that the job of that ID made."""
    call = invocation()

    async def work(planner: Planner) -> PlanSummary:
        return await planner.plans.summary((await planner.jobs.result(job_id)).version_id)

    summary = call.read(work)
    if call.as_json:
        write_json(summary_fields(summary))
    else:
        write_made(call, summary)


@jobs.command("worker")
@click.option("--once", is_flag=True, help="End once no job waits.")
@click.option(
    "--parallel", type=click.IntRange(1, MOST_AT_ONCE), default=1, show_default=True, help="Jobs worked on at once."
)
def worker(*, once: bool, parallel: int) -> None:
    """Work on queued jobs until stopped; those that other workers lost are taken up again."""
    call = invocation()

    def begun() -> None:
        if not once:
            call.note(f"Working on jobs of {call.surroundings.database}; Ctrl-C stops it.")

    # The worker takes signals itself, so that it can finish what it has begun.
    done = asyncio.run(call.launcher.work(database=call.database, at_once=parallel, only_what_waits=once, begun=begun))
    if call.as_json:
        write_json({"done": done})
    else:
        click.echo(f"{counted(done, 'job')} done.")
