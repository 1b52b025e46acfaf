"""Where plan versions and baselines stand, as text."""

from __future__ import annotations

import click

from ...domain.plans.baseline import Baseline
from ...domain.plans.version import PlanStatus, PlanVersion
from .figures import counted, moment
from .invocation import Invocation
from .output import write_table


def write_approved(call: Invocation, version: PlanVersion) -> None:
    """Write what an approval came to."""
    if version.status is not PlanStatus.APPROVED:
        required = version.approvals[-1].policy.approvals_required
        click.echo(f"{version.version_id} has {len(version.approvals)} of {counted(required, 'approval')}.")
        return
    zone = call.surroundings.zone
    click.echo(f"{version.version_id} is approved since {moment(version.updated_at, zone)} ({zone.key}).")
    config = version.provenance.config_version_id
    if config is not None:
        call.note(f"\nNext: {call.command(f'plans baseline --config {config} {version.version_id}')}")


def write_staged(version: PlanVersion) -> None:
    """Write how far a plan has come, and which of its levels no longer follow."""
    stale = f"   stale: {', '.join(version.stale_levels)}" if version.stale_levels else ""
    click.echo(f"{version.version_id} is {version.stage}{stale}")


def write_baseline(call: Invocation, baseline: Baseline) -> None:
    """Write which plan is the baseline of a config version."""
    config = baseline.config_version_id
    if not baseline.entries:
        click.echo(f"Config version {config} has no baseline yet.")
        call.note(f"Next: {call.command(f'plans baseline --config {config} V')}   (an approved plan)")
        return
    newest, zone = baseline.entries[-1], call.surroundings.zone
    how = "rolled back" if newest.reason == "rollback" else "set"
    said = f": {newest.comment}" if newest.comment else ""
    click.echo(
        f"{newest.version_id} is the baseline of config version {config} since {moment(newest.since, zone)} "
        f"({zone.key}), {how} by {newest.actor}{said}"
    )
    if baseline.previous is not None:
        back = call.command(f"plans baseline --config {config} --rollback")
        call.note(f"\nBefore it was {baseline.previous}. To go back: {back}")


def write_history(call: Invocation, baseline: Baseline) -> None:
    """Write every change of a baseline, newest first."""
    if not baseline.entries:
        write_baseline(call, baseline)
        return
    zone = call.surroundings.zone
    write_table(
        ["change", "version", "how", f"since ({zone.key})", "by", "comment"],
        [
            [entry.sequence, entry.version_id, str(entry.reason), moment(entry.since, zone), entry.actor, entry.comment]
            for entry in reversed(baseline.entries)
        ],
        right=("change",),
    )
