"""``planvault plans``: making plans and looking at them."""

from __future__ import annotations

import click

from ...application.planner import Planner
from ...application.plans.read_plans import PlanSummary
from ...application.presentation import kpi_fields, list_fields, plan_fields, summary_fields
from ...domain.shared.ids import version_id
from .invocation import invocation
from .nouns import noun
from .output import write_json
from .plan_baseline import baseline
from .plan_comparison import compare
from .plan_editing import COMMANDS as EDITING
from .plan_explaining import explain
from .plan_export import export
from .plan_files import series
from .plan_listing import list_
from .plan_making import create, register
from .plan_pivot import levels, pivot
from .plan_reconciling import reconcile, reconciliation
from .plan_replacing import replace
from .plan_review import approve, delete, pin, revoke, stage, submit
from .plan_tracing import provenance, rerun
from .plan_views import write_kpis, write_plan, write_summary

plans = noun("plans", "Plan versions: create, register, look at, approve, export.")
plans.add_command(create)
plans.add_command(register)
plans.add_command(reconcile)
plans.add_command(reconciliation)
plans.add_command(list_)


@plans.command("show")
@click.argument("wanted", metavar="V")
def show(wanted: str) -> None:
    """Show plan version V: where it stands, what it was made from and by, and its figures."""
    call = invocation()
    if call.as_json:
        write_json(plan_fields(call.read(lambda planner: planner.plans.get(wanted))))
    else:
        write_plan(call, call.read(lambda planner: planner.plans.summary(wanted)))


@plans.command("kpis")
@click.argument("wanted", metavar="V")
@click.option("--effective", is_flag=True, help="As they are with the edits, instead of as they were stored.")
def kpis(*, wanted: str, effective: bool) -> None:
    """Show all KPIs of plan version V, stored and derived."""
    call = invocation()
    found = call.read(lambda planner: planner.plans.effective_kpis(wanted) if effective else planner.plans.kpis(wanted))
    if call.as_json:
        write_json(list_fields(found, kpi_fields))
    else:
        write_kpis(version_id(wanted), found)


@plans.command("summary")
@click.argument("wanted", metavar="V")
def summary(wanted: str) -> None:
    """Show plan version V on one page: its levels with totals, and demand against supply by period."""
    call = invocation()

    async def work(planner: Planner) -> PlanSummary:
        return await planner.plans.summary(wanted)

    found = call.read(work)
    if call.as_json:
        write_json(summary_fields(found))
    else:
        write_summary(found)


plans.add_command(series)
plans.add_command(export)
for command in (
    submit,
    approve,
    revoke,
    pin,
    baseline,
    stage,
    delete,
    replace,
    *EDITING,
    provenance,
    rerun,
    compare,
    explain,
    pivot,
    levels,
):
    plans.add_command(command)
