"""``planvault plans provenance`` and ``rerun``."""

from __future__ import annotations

import click

from ...application.planner import Planner
from ...application.plans.read_provenance import InputStanding, PlanProvenance
from ...application.plans.rerun_plan import RerunOutcome
from ...application.plans.trace_row import RowAddress
from ...application.provenance_presentation import provenance_fields, rerun_fields, row_provenance_fields
from ...domain.access.actor import Actor
from .figures import counted, moment, quantity, short
from .invocation import Invocation, invocation
from .nouns import Command
from .output import under, write_fields, write_json, write_table
from .plan_making import TRIGGER
from .problems import FINDINGS
from .progress import progress_bars

_SHOWN = 20
_SAID = {
    InputStanding.MISSING: "which is gone",
    InputStanding.LEGACY: "nobody knows: it came from the legacy system",
    InputStanding.NONE: "nobody named any",
}


@click.command("provenance", cls=Command)
@click.argument("wanted", metavar="V")
@click.option("--level", metavar="L", help="Of one row: its level.")
@click.option("--bucket", metavar="B", help="Its time bucket, such as 2026-W05.")
@click.option("--item", metavar="I", help="Its item.")
@click.option("--location", metavar="P", default="global", show_default=True, help="Its location.")
def provenance(wanted: str, level: str | None, bucket: str | None, item: str | None, location: str) -> None:
    """Show where plan version V, or one row of it, comes from: inputs, engine, run, and what was done since."""
    call = invocation()
    if level is not None or bucket is not None or item is not None:
        if level is None or bucket is None or item is None:
            raise click.UsageError("A row needs --level, --bucket and --item.")
        _row(call, wanted, RowAddress(level=level, bucket=bucket, item=item, location=location))
        return
    found = call.read(lambda planner: planner.plans.provenance(wanted))
    if call.as_json:
        write_json(provenance_fields(found))
    else:
        _write_provenance(call, found)


def _row(call: Invocation, wanted: str, address: RowAddress) -> None:
    found = call.read(lambda planner: planner.plans.row_provenance(wanted, address))
    if call.as_json:
        write_json(row_provenance_fields(found))
        return
    row, written, zone = found.row, found.written, call.surroundings.zone
    click.echo(f"{row.level} {row.time_bucket_key} {row.item_key} {row.location_key}")
    if written is not None:
        click.echo(f"  {written.action} {moment(written.at, zone)} ({zone.key}) by {written.actor}")
    for override in found.overrides:
        value, when = quantity(override.value), moment(override.updated_at, zone)
        click.echo(f"  {override.cell.field} is {value} by {override.origin} of {override.author}, {when}")
    if found.replaced:
        call.note("The row was put in place of the one that the engine made.")
    _write_provenance(call, found.plan)


def _write_provenance(call: Invocation, found: PlanProvenance) -> None:
    version, made_from, zone = found.version, found.version.provenance, call.surroundings.zone
    click.echo(
        f"{version.version_id} was made {moment(version.created_at, zone)} ({zone.key}) by {version.created_by}."
    )
    approvers = [] if found.revision is None else [said.actor for said in found.revision.approvals]
    write_fields(
        [
            ("  inputs", _inputs(found)),
            ("  approved by", ", ".join(approvers) or None),
            ("  config version", made_from.config_version_id),
            ("  engine", f"{made_from.engine_name} {made_from.engine_version}" if made_from.engine_name else None),
            *under("parameters", made_from.engine_parameters),
            ("  run", made_from.run_id),
            ("  job", made_from.job_id),
            ("  edited by", ", ".join(version.editors) or None),
            ("  payload digest", version.payload_digest),
            ("  comes from", " ← ".join(known.version_id for known in found.line) or made_from.base_version_id),
        ]
    )
    if made_from.engine_name is not None and found.inputs is InputStanding.KEPT:
        call.note(f"\nTo see that it can be made again: {call.command(f'plans rerun {version.version_id}')}")


def _inputs(found: PlanProvenance) -> str:
    made_from = found.version.provenance
    if made_from.input_reference is None:
        return _SAID[found.inputs]
    standing = _SAID.get(found.inputs) or ("which is live" if found.live else "which is kept")
    return f"{made_from.input_reference} ({short(made_from.input_content_hash)}), {standing}"


@click.command("rerun", cls=Command)
@click.argument("wanted", metavar="V")
@click.option("--version-id", "new_id", metavar="NEW", help="The id of the new plan; else the next vYYYYMMDD-N.")
@click.option("--comment", help="Why; kept with the event.")
def rerun(wanted: str, new_id: str | None, comment: str | None) -> None:
    """Make plan version V once more from the same inputs; exit code 8 when something else comes out."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> RerunOutcome:
        with progress_bars(call) as progress:
            return await planner.plans.rerun(
                wanted, actor=actor, new_id=new_id, comment=comment, trigger=TRIGGER, progress=progress
            )

    outcome = call.act(work)
    if call.as_json:
        write_json(rerun_fields(outcome))
    else:
        _write_rerun(outcome)
    if not outcome.same:
        raise click.exceptions.Exit(FINDINGS)


def _write_rerun(outcome: RerunOutcome) -> None:
    version, base = outcome.version, outcome.base
    if outcome.same:
        click.echo(f"{version.version_id} is {base.version_id} again: payload digest {version.payload_digest}")
        return
    changes = outcome.differences
    click.echo(f"{version.version_id} is not {base.version_id}: {counted(len(changes), 'bucket')} differ.")
    write_table(
        ["level", "bucket", "rows before", "rows now"],
        [[change.level, change.time_bucket_key, change.rows_before, change.rows_after] for change in changes[:_SHOWN]],
        right=("rows before", "rows now"),
    )
