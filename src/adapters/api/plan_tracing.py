"""Routes of provenance: what plans were made from, which plans were made from what, and reruns."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from ...application.planner import Planner
from ...application.plans.trace_row import RowAddress
from ...application.presentation import page_fields, plan_fields
from ...application.provenance_presentation import provenance_fields, rerun_fields, row_provenance_fields
from ...domain.access.actor import Actor
from ...domain.shared.ids import label as checked_label
from ...domain.shared.paging import DEFAULT_LIMIT
from .access import Permission
from .input_export import Revision
from .input_paths import ONE as INPUT_SET
from .parameters import Cursor, Limit, location
from .problems import refusals
from .schemas import RerunBody

ONE = "/plans/{version_id:str}"


@get(
    ONE + "/provenance",
    opt={"permission": Permission.READ},
    summary="Where a plan comes from",
    responses=refusals(404),
)
async def get_provenance(planner: NamedDependency[Planner], version_id: FromPath[str]) -> dict[str, Any]:
    """Inputs and whether they are still there, engine, run, job, actor, and the versions before it."""
    return provenance_fields(await planner.plans.provenance(version_id))


@get(
    ONE + "/provenance/{level:str}",
    opt={"permission": Permission.READ},
    summary="Where one row of a plan comes from",
    responses=refusals(404),
)
async def get_row_provenance(
    planner: NamedDependency[Planner],
    version_id: FromPath[str],
    level: FromPath[str],
    *,
    bucket: FromQuery[str],
    item: FromQuery[str],
    location: FromQuery[str] = "global",
) -> dict[str, Any]:
    """The move that wrote it, who edited it since, and where its plan comes from."""
    address = RowAddress(level=level, bucket=bucket, item=item, location=location)
    return row_provenance_fields(await planner.plans.row_provenance(version_id, address))


@post(
    ONE + "/rerun",
    opt={"permission": Permission.PLAN},
    summary="Make a plan once more from the same inputs",
    responses=refusals(404, 409, 413, 415, 507),
)
async def rerun_plan(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    version_id: FromPath[str],
    data: JSONBody[RerunBody | None] = None,
) -> Response[dict[str, Any]]:
    """The new version, ``same`` when its payload digest is that of the plan, and else where they differ."""
    said = data or RerunBody()
    outcome = await planner.plans.rerun(
        version_id, actor=actor, new_id=said.version_id, comment=said.comment, trigger="api"
    )
    return Response(rerun_fields(outcome), headers=location(request, f"/plans/{outcome.version.version_id}"))


@get(
    INPUT_SET + "/plans",
    opt={"permission": Permission.READ},
    summary="The plans that were made from an input set",
    responses=refusals(404),
)
async def list_plans_made_from(
    planner: NamedDependency[Planner],
    label: FromPath[str],
    *,
    revision: Revision = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Plan versions made from that revision, or from any, newest first."""
    reference = str(checked_label(label)) + ("" if revision is None else f"@{revision}")
    return page_fields(await planner.plans.made_from(reference, limit=limit, cursor=cursor), plan_fields)


HANDLERS = (get_provenance, get_row_provenance, rerun_plan, list_plans_made_from)
