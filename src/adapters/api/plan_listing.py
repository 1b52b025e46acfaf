"""The route that lists plan versions."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from ...application.plan_presentation import listed_plan_fields
from ...application.planner import Planner
from ...application.plans.list_plans import PlanInclude
from ...application.presentation import page_fields
from ...domain.errors import InvalidRequestError
from ...domain.plans.ports import PlanFilter, PlanOrder
from ...domain.plans.stage import PlanStage
from ...domain.plans.version import PlanStatus
from ...domain.shared.clock import span_of
from ...domain.shared.ids import label
from ...domain.shared.paging import DEFAULT_LIMIT
from .access import Permission
from .parameters import ConfigVersionId, Cursor, Limit, Offset, paged
from .problems import refusals

Include = Annotated[
    str | None,
    QueryParameter(max_length=200, description="What stands beside each plan: summary, kpi, jobs, legacy, by commas."),
]
Day = Annotated[str | None, QueryParameter(max_length=40, description="A day in UTC, or an RFC 3339 instant.")]
Awaiting = Annotated[
    str | None, QueryParameter(max_length=200, description="Only those submitted that this name could approve.")
]


@get("/plans", opt={"permission": Permission.READ}, summary="List plan versions", responses=refusals())
async def list_plans(  # noqa: PLR0913 (the parameters of the query)
    planner: NamedDependency[Planner],
    *,
    include: Include = None,
    status: FromQuery[PlanStatus | None] = None,
    stage: FromQuery[PlanStage | None] = None,
    awaiting: Awaiting = None,
    input_set_label: FromQuery[str | None] = None,
    input_content_hash: FromQuery[str | None] = None,
    config_version_id: ConfigVersionId = None,
    trial: FromQuery[bool | None] = None,
    created_from: Day = None,
    created_to: Day = None,
    order: FromQuery[PlanOrder] = PlanOrder.CREATED_DESC,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Plan versions, newest first unless ``order`` says otherwise."""
    wanted = PlanFilter(
        status=status,
        stage=stage,
        awaiting=awaiting,
        input_label=None if input_set_label is None else label(input_set_label),
        input_content_hash=input_content_hash,
        config_version_id=config_version_id,
        trial=trial,
        created_from=None if created_from is None else span_of("created_from", created_from, UTC)[0],
        created_before=None if created_to is None else span_of("created_to", created_to, UTC)[1],
        order=order,
    )
    beside = _included(include)
    page = await paged(
        lambda size, at: planner.plans.listed(wanted, include=beside, limit=size, cursor=at),
        limit=limit,
        cursor=cursor,
        offset=offset,
    )
    return page_fields(page, listed_plan_fields)


def _included(text: str | None) -> frozenset[PlanInclude]:
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    unknown = [name for name in names if name not in set(PlanInclude)]
    if unknown:
        raise InvalidRequestError(
            f"{unknown[0][:40]!r} cannot be included.", remedy=f"There are: {', '.join(PlanInclude)}."
        )
    return frozenset(PlanInclude(name) for name in names)


HANDLERS = (list_plans,)
