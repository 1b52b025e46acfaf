"""Routes of runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody
from litestar.status_codes import HTTP_201_CREATED, HTTP_202_ACCEPTED
from pydantic import Field

from ...application.planner import Planner
from ...application.presentation import page_fields
from ...application.run_presentation import job_fields, run_detail_fields, run_fields
from ...domain.access.actor import Actor
from ...domain.runs.ports import RunFilter
from ...domain.runs.run import RunStatus
from ...domain.shared.ids import label
from ...domain.shared.ids import version_id as checked_version_id
from ...domain.shared.paging import DEFAULT_LIMIT
from .access import Permission
from .parameters import ConfigVersionId, Cursor, Limit, Offset, id_in_path, location, paged
from .planning_bodies import CreatePlanBody
from .problems import refusals
from .schemas import Body

TRIGGER = "api"
RequestKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key", max_length=200, description="A word of the caller's own that makes a repetition safe."
    ),
]


class RunBody(Body):
    """A run to make: at once, or by whoever works on jobs."""

    pipeline: Literal["integrated"] = "integrated"
    in_background: bool = Field(default=False, alias="async", description="Queue a job and answer at once.")
    options: CreatePlanBody = Field(description="What to plan from and how, as for /plans/create_and_execute.")


@post(
    "/runs",
    opt={"permission": Permission.PLAN},
    summary="Make a plan, at once or in the background",
    responses={
        202: ResponseSpec(dict[str, Any], description="The queued job; ``Location`` is where it is found."),
        **refusals(404, 409, 413, 415, 422, 507),
    },
)
async def create_run(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    data: JSONBody[RunBody],
    idempotency_key: RequestKey = None,
) -> Response[dict[str, Any]]:
    """201 with the run, its job and its plan, or 202 with the job.

    A request that comes again with its ``Idempotency-Key`` is answered as the first one was.
    """
    wanted = data.options.request(actor, trigger=TRIGGER)
    if data.in_background:
        job = await planner.plans.queue(wanted, request_key=idempotency_key)
        fields, path, status = job_fields(job), f"/jobs/{job.job_id}", HTTP_202_ACCEPTED
    else:
        version = await planner.plans.create_once(wanted, request_key=idempotency_key)
        detail = await planner.runs.detail(version.provenance.run_id or "")
        fields, path, status = run_detail_fields(detail), f"/runs/{detail.run.run_id}", HTTP_201_CREATED
    found = location(request, path)
    return Response({**fields, "location": found["Location"]}, headers=found, status_code=status)


@get("/runs", opt={"permission": Permission.READ}, summary="List runs", responses=refusals())
async def list_runs(  # noqa: PLR0913 (the parameters of the query)
    planner: NamedDependency[Planner],
    *,
    status: FromQuery[RunStatus | None] = None,
    version_id: FromQuery[str | None] = None,
    input_set_label: FromQuery[str | None] = None,
    config_version_id: ConfigVersionId = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Runs, newest first."""
    wanted = RunFilter(
        status=status,
        version_id=None if version_id is None else checked_version_id(version_id),
        input_set_label=None if input_set_label is None else label(input_set_label),
        config_version_id=config_version_id,
    )
    page = await paged(
        lambda size, at: planner.runs.list(wanted, limit=size, cursor=at), limit=limit, cursor=cursor, offset=offset
    )
    return page_fields(page, run_fields)


@get("/runs/{run_id:str}", opt={"permission": Permission.READ}, summary="One run", responses=refusals(404))
async def get_run(planner: NamedDependency[Planner], run_id: FromPath[str]) -> dict[str, Any]:
    """The run of that id, its job, and the plan that came of it."""
    return run_detail_fields(await planner.runs.detail(id_in_path("run", run_id)))


HANDLERS = (create_run, list_runs, get_run)
