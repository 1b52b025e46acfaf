"""Plan versions, summaries and KPIs as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

import click

from ...application.plans.read_plans import PlanSummary
from ...domain.plans.kpis import TOTAL, Kpi
from ...domain.plans.version import PlanVersion
from ...domain.runs.job import Job
from ...domain.shared.paging import Page
from .charts import sparklines, write_demand_and_supply
from .figures import count, counted, kpi_value, moment, quantity, short
from .invocation import Invocation
from .output import draws, under, write_fields, write_table
from .paging import note_more, write_none

# Metric → what people call it, in the order in which they ask.
HEADLINES = {
    "fill_rate": "fill rate",
    "backlog_total": "backlog",
    "capacity_utilization": "capacity used",
    "demand_total": "demand",
    "supply_total": "supply",
    "received_fill_rate": "fill rate received",
    "supply_received_total": "supply received",
    "service_level": "service level",
    "backlog_days": "backlog in days",
    "inventory_turns": "stock turned over",
}


def write_made(call: Invocation, summary: PlanSummary) -> None:
    """Write a new plan: what it is, its headline figures, and what comes next."""
    version = summary.version
    click.echo(_headline(version))
    click.echo()
    write_headlines(summary)
    call.note(f"\nNext: {call.command(f'plans show {version.version_id}')}")
    call.note(f"      {call.command(f'plans summary {version.version_id}')}")


def write_queued(call: Invocation, job: Job) -> None:
    """Write that a job was queued, and how to follow it."""
    click.echo(f"{job.job_id} is {job.status}.")
    call.note(f"\nNext: {call.command(f'jobs show {job.job_id}')}")


def write_headlines(summary: PlanSummary) -> None:
    """Write the KPIs of the whole horizon; on a terminal with the course of demand and supply beside them."""
    totals = {kpi.metric: kpi for kpi in summary.kpis if kpi.bucket_type == TOTAL}
    lines = [f"  {name:<20}{kpi_value(totals[metric])}" for metric, name in HEADLINES.items() if metric in totals]
    if not lines:
        click.echo("  No KPIs: they follow from the level aggregate, which this plan does not have.")
    if draws() and summary.periods:
        span = f"{summary.periods[0].period} … {summary.periods[-1].period}"
        demand, supply = sparklines(
            [period.demand for period in summary.periods], [period.supply for period in summary.periods]
        )
        drawn = (f"demand  {demand}   {span}", f"supply  {supply}")
        lines = [f"{line:<40}{drawn[number]}" if number < len(drawn) else line for number, line in enumerate(lines)]
    for line in lines:
        click.echo(line)


def _headline(version: PlanVersion) -> str:
    parts = [f"{version.version_id}  {_status(version)}", _origin(version)]
    if version.provenance.engine_name is not None:
        parts.append(f"engine {version.provenance.engine_name} {version.provenance.engine_version or ''}".rstrip())
    return "   ".join([*parts, counted(version.series_rows, "series row")])


def _status(version: PlanVersion) -> str:
    return f"{version.status}{', trial' if version.trial else ''}{', pinned' if version.pinned else ''}"


def _origin(version: PlanVersion) -> str:
    made_from = version.provenance
    if made_from.input_reference is None:
        return "from inputs that nobody named"
    return f"from {made_from.input_reference} ({short(made_from.input_content_hash)})"


def write_plans(call: Invocation, page: Page[PlanVersion], *, has_inputs: bool) -> None:
    """Write a list of plan versions; an empty one says how there comes to be a plan."""
    if not page.items:
        create, bring = "plans create --input-set LABEL", "inputs import -i DIR --label LABEL"
        write_none(call, "plans", following=create if has_inputs else bring)
        return
    zone = call.surroundings.zone
    write_table(
        ["version", "status", "from", "engine", "rows", f"created ({zone.key})", "by", "title"],
        [
            [
                version.version_id,
                _status(version),
                version.provenance.input_reference,
                _engine(version),
                count(version.series_rows),
                moment(version.created_at, zone),
                version.created_by,
                version.title,
            ]
            for version in page.items
        ],
        right=("rows",),
    )
    note_more(call, page)


def _engine(version: PlanVersion) -> str | None:
    name = version.provenance.engine_name
    return None if name is None else f"{name} {version.provenance.engine_version or ''}".rstrip()


def write_plan(call: Invocation, summary: PlanSummary) -> None:
    """Write one plan version with its provenance and headline figures."""
    version, zone = summary.version, call.surroundings.zone
    made_from = version.provenance
    click.echo(_headline(version))
    write_fields(
        [
            ("  title", version.title),
            ("  objective", version.objective),
            ("  note", version.note),
            ("  created", f"{moment(version.created_at, zone)} ({zone.key}) by {version.created_by}"),
            ("  origin", made_from.origin),
            ("  config version", made_from.config_version_id),
            ("  content hash", made_from.input_content_hash),
            *under("parameters", made_from.engine_parameters),
            ("  run", made_from.run_id),
            ("  stage", _stage(version)),
            ("  authors", ", ".join(version.authors) if version.editors else None),
            *_approvals(version, zone),
            ("  plan digest", version.plan_digest),
            ("  payload digest", version.payload_digest),
            ("  levels", ", ".join(f"{series.level} ({count(series.row_count)})" for series in summary.series)),
        ]
    )
    click.echo()
    write_headlines(summary)


def _stage(version: PlanVersion) -> str:
    stale = f" (stale: {', '.join(version.stale_levels)})" if version.stale_levels else ""
    return f"{version.stage}{stale}"


def _approvals(version: PlanVersion, zone: ZoneInfo) -> Iterable[tuple[str, object]]:
    for approval in version.approvals:
        said = f": {approval.comment}" if approval.comment else ""
        at = moment(approval.approved_at, zone)
        yield "  approved", f"{at} ({zone.key}) by {approval.actor} ({approval.verification}){said}"


def write_summary(summary: PlanSummary) -> None:
    """Write a plan on one page: levels with totals, figures, demand against supply by period."""
    click.echo(_headline(summary.version))
    click.echo()
    write_headlines(summary)
    click.echo()
    measures = ("demand", "supply", "supply received", "backlog", "capacity used")
    write_table(
        ["level", "rows", *measures],
        [
            [series.level, count(series.row_count), *(quantity(total) for total in series.totals)]
            for series in summary.series
        ],
        right=("rows", *measures),
    )
    if summary.periods:
        click.echo()
        write_demand_and_supply(summary.periods)


def write_kpis(version_id: str, kpis: Sequence[Kpi]) -> None:
    """Write all KPIs of a version, those of the whole horizon first."""
    if not kpis:
        click.echo(f"{version_id} has no KPIs: they follow from the level aggregate, which it does not have.")
        return
    write_table(
        ["metric", "bucket", "value"],
        [[kpi.metric, kpi.bucket_key, kpi_value(kpi)] for kpi in _totals_first(kpis)],
        right=("value",),
    )


def _totals_first(kpis: Iterable[Kpi]) -> list[Kpi]:
    return sorted(kpis, key=lambda kpi: (kpi.bucket_type != TOTAL, kpi.key))
