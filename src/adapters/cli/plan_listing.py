"""``planvault plans list``."""

from __future__ import annotations

from typing import Any

import click

from ...application.planner import Planner
from ...application.presentation import page_fields, plan_fields
from ...domain.plans.ports import PlanFilter, PlanOrder
from ...domain.plans.stage import PlanStage
from ...domain.plans.version import PlanStatus, PlanVersion
from ...domain.shared.clock import span_of
from ...domain.shared.ids import label_reference
from ...domain.shared.paging import Page
from .invocation import Invocation, invocation
from .nouns import CONFIG_ID, Command, listing
from .output import write_json
from .plan_views import write_plans


@click.command("list", cls=Command)
@click.option("--status", type=click.Choice([str(status) for status in PlanStatus]), help="Only plans of this status.")
@click.option("--stage", type=click.Choice([str(stage) for stage in PlanStage]), help="Only plans at this stage.")
@click.option("--awaiting", metavar="NAME", help="Only those submitted that NAME could approve.")
@click.option("--label", metavar="LABEL[@N]", help="Only plans from this input set, or from this revision of it.")
@click.option("--config", "config_version_id", metavar="ID", type=CONFIG_ID, help="Only plans of this config version.")
@click.option("--trial/--no-trial", default=None, help="Only trials, or none of them.")
@click.option("--created-from", metavar="DAY", help="Only plans made on this day or later; an instant will do.")
@click.option("--created-to", metavar="DAY", help="Only plans made on this day or before; an instant will do.")
@click.option("--order", type=click.Choice([str(order) for order in PlanOrder]), help="created_desc unless told.")
@listing
def list_(*, limit: int, cursor: str | None, **options: Any) -> None:
    """List plan versions, newest first."""
    call = invocation()
    wanted = _wanted(call, **options)

    async def work(planner: Planner) -> tuple[Page[PlanVersion], bool]:
        page = await planner.plans.list(wanted, limit=limit, cursor=cursor)
        # Whoever has no plans may lack inputs first.
        return page, bool(page.items or (await planner.inputs.list(limit=1)).items)

    page, has_inputs = call.read(work)
    if call.as_json:
        write_json(page_fields(page, plan_fields))
    else:
        write_plans(call, page, has_inputs=has_inputs)


def _wanted(call: Invocation, **given: Any) -> PlanFilter:
    zone = call.surroundings.zone if given["created_from"] or given["created_to"] else None
    first = after = None
    if zone is not None and given["created_from"]:
        first, _ = span_of("--created-from", given["created_from"], zone)
    if zone is not None and given["created_to"]:
        _, after = span_of("--created-to", given["created_to"], zone)
    chosen, number = (None, None) if given["label"] is None else label_reference(given["label"])
    return PlanFilter(
        status=None if given["status"] is None else PlanStatus(given["status"]),
        stage=None if given["stage"] is None else PlanStage(given["stage"]),
        awaiting=given["awaiting"],
        input_label=chosen,
        input_revision=number,
        config_version_id=given["config_version_id"],
        trial=given["trial"],
        created_from=first,
        created_before=after,
        order=PlanOrder(given["order"] or PlanOrder.CREATED_DESC),
    )
