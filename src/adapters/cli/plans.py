"""``planvault plans``: making plans and looking at them."""

from __future__ import annotations

import click

from ...application.planner import Planner
from ...application.plans.read_plans import PlanSummary
from ...application.presentation import kpi_fields, list_fields, page_fields, plan_fields, summary_fields
from ...domain.plans.ports import PlanFilter
from ...domain.plans.version import PlanStatus, PlanVersion
from ...domain.shared.ids import label, version_id
from ...domain.shared.paging import Page
from .invocation import invocation
from .nouns import CONFIG_ID, listing, noun
from .output import write_json
from .plan_files import export, series
from .plan_making import create, register
from .plan_reconciling import reconcile, reconciliation
from .plan_views import write_kpis, write_plan, write_plans, write_summary

plans = noun("plans", "Plan versions: create, register, look at, export.")
plans.add_command(create)
plans.add_command(register)
plans.add_command(reconcile)
plans.add_command(reconciliation)


@plans.command("list")
@click.option("--status", type=click.Choice([str(status) for status in PlanStatus]), help="Only plans of this status.")
@click.option("--label", "wanted_label", metavar="LABEL", help="Only plans from this input set.")
@click.option("--config", "config_version_id", metavar="ID", type=CONFIG_ID, help="Only plans of this config version.")
@click.option("--trial/--no-trial", default=None, help="Only trials, or none of them.")
@listing
def list_(
    *,
    status: str | None,
    wanted_label: str | None,
    config_version_id: int | None,
    trial: bool | None,
    limit: int,
    cursor: str | None,
) -> None:
    """List plan versions, newest first."""
    call = invocation()
    wanted = PlanFilter(
        status=None if status is None else PlanStatus(status),
        input_label=None if wanted_label is None else label(wanted_label),
        config_version_id=config_version_id,
        trial=trial,
    )

    async def work(planner: Planner) -> tuple[Page[PlanVersion], bool]:
        page = await planner.plans.list(wanted, limit=limit, cursor=cursor)
        # Whoever has no plans may lack inputs first.
        return page, bool(page.items or (await planner.inputs.list(limit=1)).items)

    page, has_inputs = call.read(work)
    if call.as_json:
        write_json(page_fields(page, plan_fields))
    else:
        write_plans(call, page, has_inputs=has_inputs)


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
def kpis(wanted: str) -> None:
    """Show all KPIs of plan version V, stored and derived."""
    call = invocation()
    found = call.read(lambda planner: planner.plans.kpis(wanted))
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
