"""Routes of runs and jobs."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from ...application.planner import Planner
from ...application.presentation import job_fields, page_fields, run_fields
from ...domain.runs.job import JobStatus
from ...domain.runs.ports import RunFilter
from ...domain.runs.run import RunStatus
from ...domain.shared.ids import label
from ...domain.shared.ids import version_id as checked_version_id
from ...domain.shared.paging import DEFAULT_LIMIT
from .access import Permission
from .parameters import ConfigVersionId, Cursor, Limit, Offset, id_in_path, paged
from .problems import refusals


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
    """The run of that id."""
    return run_fields(await planner.runs.get(id_in_path("run", run_id)))


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


HANDLERS = (list_runs, get_run, list_jobs, get_job)
