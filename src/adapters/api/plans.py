"""Routes of plan versions."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.serialization import encode_json

from ...application.exchange import NamedStream
from ...application.planner import Planner
from ...application.plans.register_request import RegisterRequest
from ...application.presentation import kpi_fields, list_fields, plan_fields, summary_fields
from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from .access import Permission
from .bodies import MULTIPART, UPLOAD_BYTES, parse_json
from .documented import upload_operation
from .parameters import location
from .planning_bodies import CreatePlanBody
from .problems import refusals, refused_fields
from .schemas import RegisterBody, RegisterFields
from .uploads import parse_fields, read_body, read_upload

TRIGGER = "api"
ROWS_NAME = "rows.jsonl"


@post(
    "/plans/create_and_execute",
    opt={"permission": Permission.PLAN},
    summary="Make a plan from approved inputs",
    responses=refusals(404, 409, 413, 415, 507),
)
async def create_plan(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    data: JSONBody[CreatePlanBody],
) -> Response[dict[str, Any]]:
    """The stored version."""
    version = await planner.plans.create_once(data.request(actor, trigger=TRIGGER))
    return Response(plan_fields(version), headers=location(request, f"/plans/{version.version_id}"))


@post(
    "/plans",
    opt={"permission": Permission.PLAN},
    summary="Register a plan that was made elsewhere",
    request_max_body_size=UPLOAD_BYTES,
    operation_class=upload_operation(
        RegisterFields, "One .jsonl, .csv or .parquet file of series rows, or a .zip.", json_body=RegisterBody
    ),
    responses=refusals(404, 409, 413, 415, 422, 507),
)
async def register_plan(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], request: Request[Any, Any, Any]
) -> Response[dict[str, Any]]:
    """The stored version."""
    if request.content_type[0] == MULTIPART:
        made, rows = await _uploaded(request)
    else:
        made, rows = await _posted(request)
    wanted = RegisterRequest(actor=actor, trigger=TRIGGER, **made)
    version = await planner.plans.register_file(wanted, rows)
    return Response(plan_fields(version), headers=location(request, f"/plans/{version.version_id}"))


@get(
    "/plans/{version_id:str}", opt={"permission": Permission.READ}, summary="One plan version", responses=refusals(404)
)
async def get_plan(planner: NamedDependency[Planner], version_id: FromPath[str]) -> dict[str, Any]:
    """The version, its provenance and its digests."""
    return plan_fields(await planner.plans.get(version_id))


@get(
    "/plans/{version_id:str}/summary",
    opt={"permission": Permission.READ},
    summary="The plan on one page",
    responses=refusals(404),
)
async def get_summary(planner: NamedDependency[Planner], version_id: FromPath[str]) -> dict[str, Any]:
    """The version, its levels with totals, its KPIs, and the horizon by period."""
    return summary_fields(await planner.plans.summary(version_id))


@get(
    "/plans/{version_id:str}/kpis",
    opt={"permission": Permission.READ},
    summary="All KPIs of a plan",
    responses=refusals(404),
)
async def get_kpis(
    planner: NamedDependency[Planner], version_id: FromPath[str], *, effective: FromQuery[bool] = False
) -> dict[str, Any]:
    """Stored and derived KPIs, in key order; ``effective`` ones follow from the rows with their edits."""
    found = planner.plans.effective_kpis(version_id) if effective else planner.plans.kpis(version_id)
    return list_fields(await found, kpi_fields)


async def _uploaded(request: Request[Any, Any, Any]) -> tuple[dict[str, Any], NamedStream]:
    upload = await read_upload(request)
    made = parse_fields(upload, RegisterFields).model_dump()
    if len(upload.files) != 1:
        raise InvalidRequestError(
            f"The request holds {len(upload.files)} files, not one.",
            remedy="Send one .jsonl, .csv or .parquet file of rows, or one .zip.",
        )
    parameters = parse_json(made["engine_parameters"])
    if not isinstance(parameters, dict):
        raise refused_fields([("engine_parameters", "is not a JSON object")])
    return made | {"engine_parameters": parameters}, upload.files[0]


async def _posted(request: Request[Any, Any, Any]) -> tuple[dict[str, Any], NamedStream]:
    body = await read_body(request, RegisterBody, remedy="Upload the rows as a .jsonl, .csv or .parquet file.")
    return body.model_dump(exclude={"rows"}), lines_of(body.rows)


def lines_of(rows: Sequence[Mapping[str, Any]]) -> NamedStream:
    """Rows of a body as a file: its door finds every problem, and counts the rows as its lines."""
    lines = b"".join(encode_json(row) + b"\n" for row in rows)
    return NamedStream(name=ROWS_NAME, open=lambda: io.BytesIO(lines))


HANDLERS = (create_plan, register_plan, get_plan, get_summary, get_kpis)
