"""Routes of reconciliation: making a plan again, and how far its levels lie apart."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from ...application.planner import Planner
from ...application.plans.read_reconciliation import DELTAS, MOST_DELTAS, DeltasWanted
from ...application.plans.reconcile_plan import ReconcileRequest
from ...application.presentation import list_fields
from ...application.reconciliation_presentation import reconciled_fields
from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from ...domain.plans.reconciliation import DELTA_COLUMNS, DeltaOrder, delta_fields
from .access import Permission
from .parameters import location
from .planning_bodies import ReconcileBody
from .problems import refusals
from .streaming import StreamedAnswer, encoded, streamed

TRIGGER = "api"
CSV = "text/csv"
EXPORTED = 1000
_PLAN = "/plans/{version_id:str}"
_MADE = refusals(404, 409, 413, 415, 507)

DeltaLimit = Annotated[int, QueryParameter(ge=1, le=MOST_DELTAS, description="How many deltas at most.")]


def _table(what: str) -> dict[int, ResponseSpec]:
    return {200: ResponseSpec(str, description=what, media_type=CSV), **refusals(404)}


@post(
    _PLAN + "/reconcile",
    opt={"permission": Permission.PLAN},
    summary="Make a plan again with other parameters or from other inputs",
    responses=_MADE,
)
async def reconcile(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    version_id: FromPath[str],
    data: JSONBody[ReconcileBody],
) -> Response[dict[str, Any]]:
    """The new version, and how its levels agree; the version in the path stays as it is."""
    return await _made(planner, request, data, base=version_id, actor=actor, adjust=False)


@post(
    _PLAN + "/apply_adjusted",
    opt={"permission": Permission.PLAN},
    summary="Make a plan again with its adjusted levels",
    responses=_MADE,
)
async def apply_adjusted(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    version_id: FromPath[str],
    data: JSONBody[ReconcileBody],
) -> Response[dict[str, Any]]:
    """The new version, with ``apply_adjusted`` in force."""
    if data.engine_parameters().get("apply_adjusted") is False:
        raise InvalidRequestError(
            "This route applies the adjustment, and the request says apply_adjusted: false.",
            remedy="Leave it out, or post to reconcile.",
            parameter="apply_adjusted",
        )
    return await _made(planner, request, data, base=version_id, actor=actor, adjust=True)


async def _made(
    planner: Planner, request: Request[Any, Any, Any], data: ReconcileBody, *, base: str, actor: Actor, adjust: bool
) -> Response[dict[str, Any]]:
    wanted = ReconcileRequest(
        base=base,
        actor=actor,
        version_id=data.version_id,
        input_set=data.named_inputs(),
        parameters=data.engine_parameters() | ({"apply_adjusted": True} if adjust else {}),
        title=data.title,
        objective=data.objective,
        note=data.note,
        comment=data.comment,
        trigger=TRIGGER,
    )
    version = await planner.plans.reconcile(wanted)
    summary = await planner.plans.summary(version.version_id)
    return Response(reconciled_fields(summary), headers=location(request, f"/plans/{version.version_id}"))


@get(_PLAN + "/compare", opt={"permission": Permission.READ}, summary="Det against aggregate", responses=refusals(404))
async def compare(
    planner: NamedDependency[Planner],
    version_id: FromPath[str],
    *,
    violations_only: FromQuery[bool] = False,
    sort: FromQuery[DeltaOrder | None] = None,
    adjusted: FromQuery[bool] = False,
    limit: DeltaLimit = DELTAS,
) -> dict[str, Any]:
    """Deltas by family and period, or sorted by their largest difference."""
    wanted = DeltasWanted(adjusted=adjusted, violations_only=violations_only, order=sort, limit=limit)
    return list_fields(await planner.plans.deltas(version_id, wanted), delta_fields)


@get(
    _PLAN + "/compare.csv",
    opt={"permission": Permission.READ},
    summary="Det against aggregate, as CSV",
    responses=_table("One delta a line."),
)
async def compare_csv(
    planner: NamedDependency[Planner],
    version_id: FromPath[str],
    *,
    violations_only: FromQuery[bool] = False,
    sort: FromQuery[DeltaOrder | None] = None,
    adjusted: FromQuery[bool] = False,
    limit: DeltaLimit = EXPORTED,
) -> Response[str]:
    """The fields of ``compare`` as columns."""
    wanted = DeltasWanted(adjusted=adjusted, violations_only=violations_only, order=sort, limit=limit)
    deltas = await planner.plans.deltas(version_id, wanted)
    text = io.StringIO()
    writer = csv.DictWriter(text, DELTA_COLUMNS)
    writer.writeheader()
    writer.writerows(delta_fields(delta) for delta in deltas)
    return Response(text.getvalue(), media_type=CSV)


@get(
    _PLAN + "/schedule.csv",
    opt={"permission": Permission.READ},
    summary="Open orders and stock by week",
    responses=_table("One week and item a line."),
)
async def schedule_csv(planner: NamedDependency[Planner], version_id: FromPath[str]) -> StreamedAnswer:
    """The artifact ``schedule.csv``."""
    return await streamed(encoded(planner.plans.artifact(version_id, "schedule.csv")), CSV)


@get(
    _PLAN + "/carryover.csv",
    opt={"permission": Permission.READ},
    summary="What the cutover period handed to its neighbours",
    responses=_table("One carry-over a line."),
)
async def carryover_csv(planner: NamedDependency[Planner], version_id: FromPath[str]) -> StreamedAnswer:
    """The artifact ``carryover.csv`` of a plan with adjusted levels."""
    return await streamed(encoded(planner.plans.artifact(version_id, "carryover.csv")), CSV)


HANDLERS = (reconcile, apply_adjusted, compare, compare_csv, schedule_csv, carryover_csv)
