"""``planvault plans baseline``."""

from __future__ import annotations

import click

from ...application.plan_presentation import baseline_entry_fields, baseline_fields
from ...application.planner import Planner
from ...application.presentation import list_fields
from ...domain.access.actor import Actor
from ...domain.plans.baseline import Baseline
from .invocation import invocation
from .nouns import CONFIG_ID, Command
from .output import write_json
from .plan_standing import write_baseline, write_history


@click.command("baseline", cls=Command)
@click.argument("wanted", metavar="[V]", required=False)
@click.option("--config", "config_version_id", metavar="ID", type=CONFIG_ID, required=True, help="The config version.")
@click.option("--rollback", is_flag=True, help="Make the plan before the baseline again.")
@click.option("--history", is_flag=True, help="Show every change, newest first.")
@click.option(
    "--expecting", metavar="N", type=click.IntRange(0), help="Refuse if N is not the number of changes so far."
)
@click.option("--comment", help="Why; kept with the event.")
def baseline(
    *,
    wanted: str | None,
    config_version_id: int,
    rollback: bool,
    history: bool,
    expecting: int | None,
    comment: str | None,
) -> None:
    """Show the baseline of a config version, make the approved plan V it, or roll it back."""
    call = invocation()
    if (wanted is not None) + rollback + history > 1:
        raise click.UsageError("Give one of V, --rollback and --history.")
    if wanted is None and not rollback:
        if expecting is not None or comment is not None:
            raise click.UsageError("--expecting and --comment belong to a change: name V, or --rollback.")
        _show(config_version_id, history=history)
        return

    async def work(planner: Planner, actor: Actor) -> Baseline:
        if wanted is None:
            return await planner.plans.roll_back_baseline(
                config_version_id, actor=actor, comment=comment, sequence=expecting
            )
        return await planner.plans.set_baseline(
            config_version_id, wanted, actor=actor, comment=comment, sequence=expecting
        )

    changed = call.act(work)
    if call.as_json:
        write_json(baseline_fields(changed))
    else:
        write_baseline(call, changed)


def _show(config_version_id: int, *, history: bool) -> None:
    call = invocation()
    found = call.read(lambda planner: planner.plans.baseline(config_version_id))
    if call.as_json and history:
        write_json(list_fields(found.entries[::-1], baseline_entry_fields))
    elif call.as_json:
        write_json(baseline_fields(found))
    elif history:
        write_history(call, found)
    else:
        write_baseline(call, found)
