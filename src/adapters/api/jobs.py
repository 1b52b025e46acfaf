"""Routes of jobs."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from ...application.planner import Planner
from ...application.presentation import page_fields, summary_fields
from ...application.run_presentation import job_fields
from ...domain.access.actor import Actor
from ...domain.runs.job import JobStatus
from ...domain.shared.ids import version_id as checked_version_id
from ...domain.shared.paging import DEFAULT_LIMIT
from .access import Permission
from .parameters import Cursor, Limit, Offset, id_in_path, location, paged
from .problems import refusals
from .schemas import CommentBody

TRIGGER = "api"


@get("/jobs", opt={"permission": Permission.READ}, summary="List jobs", responses=refusals())
async def list_jobs(
    planner: NamedDependency[Planner],
    *,
    status: FromQuery[JobStatus | None] = None,
    version_id: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Jobs, newest first."""
    made = None if version_id is None else checked_version_id(version_id)
    page = await paged(
        lambda size, at: planner.jobs.list(status=status, version_id=made, limit=size, cursor=at),
        limit=limit,
        cursor=cursor,
        offset=offset,
    )
    return page_fields(page, job_fields)


@get("/jobs/{job_id:str}", opt={"permission": Permission.READ}, summary="One job", responses=refusals(404))
async def get_job(planner: NamedDependency[Planner], job_id: FromPath[str]) -> dict[str, Any]:
    """The job of that id."""
    return job_fields(await planner.jobs.get(id_in_path("job", job_id)))


@post(
    "/jobs/{job_id:str}/cancel",
    opt={"permission": Permission.PLAN},
    summary="Stop a job that waits or is worked on",
    status_code=HTTP_200_OK,
    responses=refusals(404, 409, 412, 413, 415),
)
async def cancel_job(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    job_id: FromPath[str],
    data: JSONBody[CommentBody | None] = None,
) -> dict[str, Any]:
    """The job, canceled."""
    return job_fields(
        await planner.jobs.cancel(
            id_in_path("job", job_id), actor=actor, comment=None if data is None else data.comment
        )
    )


@post(
    "/jobs/{job_id:str}/retry",
    opt={"permission": Permission.PLAN},
    summary="Ask once more for what a job did not bring about",
    status_code=HTTP_202_ACCEPTED,
    responses=refusals(404, 409, 413, 415),
)
async def retry_job(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    job_id: FromPath[str],
    data: JSONBody[CommentBody | None] = None,
) -> Response[dict[str, Any]]:
    """The new job, queued."""
    wanted = id_in_path("job", job_id)
    job = await planner.jobs.retry(wanted, actor=actor, comment=None if data is None else data.comment, trigger=TRIGGER)
    return Response(job_fields(job), headers=location(request, f"/jobs/{job.job_id}"), status_code=HTTP_202_ACCEPTED)


@get(
    ["/jobs/{job_id:str}/result", "/jobs/{job_id:str}/result.json"],
    opt={"permission": Permission.READ},
    summary="What came of a job",
    responses=refusals(404, 409),
)
async def get_result(planner: NamedDependency[Planner], job_id: FromPath[str]) -> dict[str, Any]:
    """The plan on one page, as ``/plans/{version_id}/summary`` has it."""
    version = await planner.jobs.result(id_in_path("job", job_id))
    return summary_fields(await planner.plans.summary(version.version_id))


HANDLERS = (list_jobs, get_job, cancel_job, retry_job, get_result)
