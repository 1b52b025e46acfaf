"""``planvault plans reconcile`` and ``reconciliation``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from ...application.planner import Planner
from ...application.plans.read_plans import PlanSummary
from ...application.plans.read_reconciliation import DELTAS, DeltasWanted
from ...application.plans.reconcile_plan import ReconcileRequest
from ...application.presentation import list_fields
from ...application.reconciliation_presentation import reconciled_fields
from ...domain.access.actor import Actor
from ...domain.plans.reconciliation import MEASURES, Delta, DeltaOrder, delta_fields
from ...domain.shared.ids import version_id
from .figures import counted, quantity
from .invocation import Invocation, invocation
from .nouns import Command
from .output import write_json, write_table
from .plan_making import TRIGGER, about, engine_parameters, parameters_given
from .plan_views import write_made
from .progress import progress_bars


@click.command("reconcile", cls=Command)
@click.argument("base", metavar="V")
@click.option("--version-id", metavar="NEW", help="The id of the new plan; else the next vYYYYMMDD-N.")
@click.option("--input-set", metavar="LABEL[@N]", help="Bind the new plan to these inputs; else to those of V.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the engine that changes.")
@engine_parameters
@about
def reconcile(*, params: tuple[str, ...], **options: Any) -> None:
    """Make plan version V again with other parameters or from other inputs, as a version of its own.

    What is not given stays as V has it; V itself is not changed.
    """
    call = invocation()
    parameters = parameters_given(params, options)

    async def work(planner: Planner, actor: Actor) -> PlanSummary:
        request = ReconcileRequest(actor=actor, parameters=parameters, trigger=TRIGGER, **options)
        with progress_bars(call) as progress:
            version = await planner.plans.reconcile(request, progress=progress)
        return await planner.plans.summary(version.version_id)

    summary = call.act(work)
    if call.as_json:
        write_json(reconciled_fields(summary))
        return
    write_made(call, summary)
    _write_agreement("levels", summary.reconciliation)
    _write_agreement("adjusted levels", summary.reconciliation_adjusted)
    call.note(f"      {call.command(f'plans reconciliation {summary.version.version_id}')}")


def _write_agreement(which: str, found: Mapping[str, Any] | None) -> None:
    if found is not None:
        click.echo(f"  {which:<20}{counted(found['tol_violations'], 'violation')} in {counted(found['rows'], 'cell')}")


@click.command("reconciliation", cls=Command)
@click.argument("wanted", metavar="V")
@click.option("--adjusted", is_flag=True, help="Of the adjusted det.")
@click.option("--violations-only", is_flag=True, help="Only differences above the tolerance of the plan.")
@click.option(
    "--sort",
    type=click.Choice([str(order) for order in DeltaOrder]),
    help="By the largest relative or absolute difference; else by family and period.",
)
@click.option("--limit", type=int, default=DELTAS, show_default=True, help="How many at most (1 to 10 000).")
def reconciliation(*, wanted: str, adjusted: bool, violations_only: bool, sort: str | None, limit: int) -> None:
    """Show how far det and aggregate of plan version V lie apart, by family and period."""
    call = invocation()
    which = DeltasWanted(
        adjusted=adjusted,
        violations_only=violations_only,
        order=None if sort is None else DeltaOrder(sort),
        limit=limit,
    )
    found = call.read(lambda planner: planner.plans.deltas(wanted, which))
    if call.as_json:
        write_json(list_fields(found, delta_fields))
    else:
        _write_deltas(call, version_id(wanted), found, which)


def _write_deltas(call: Invocation, version: str, deltas: Sequence[Delta], which: DeltasWanted) -> None:
    if not deltas:
        click.echo(f"{version} has no {'violation' if which.violations_only else 'family and period'}.")
        return
    columns = [f"{measure} {side}" for measure in MEASURES for side in ("aggregate", "det")]
    write_table(
        ["period", "family", *columns, "holds"],
        [
            [
                delta.period,
                delta.family,
                *(quantity(side) for gap in delta.gaps for side in (gap.aggregate, gap.det)),
                "yes" if delta.ok else "no",
            ]
            for delta in deltas
        ],
        right=columns,
    )
    if len(deltas) == which.limit:
        call.note(f"These are the first {which.limit}; --limit shows more.")
