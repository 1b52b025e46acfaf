"""Routes of backfills; sources are names of the settings, never paths."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK
from pydantic import Field

from ...application.backfill_presentation import backfill_detail_fields, backfill_run_fields, backfilled_fields
from ...application.planner import Planner
from ...application.presentation import page_fields
from ...application.storage.backfill_request import BackfillRequest
from ...domain.access.actor import Actor
from ...domain.shared.clock import span_of
from ...domain.shared.paging import DEFAULT_LIMIT
from ...domain.storage.backfill import Selection
from .access import Permission
from .parameters import Cursor, Limit, id_in_path
from .problems import refusals
from .schemas import Body


class BackfillBody(Body):
    """From where plans are taken, and how."""

    source: str = Field(description="A name among PLANVAULT_SOURCES.", max_length=64)
    dry_run: bool = Field(default=False, description="Do all of it and keep nothing.")
    force: bool = Field(default=False, description="Write series anew also where they changed here.")
    only: list[str] = Field(default_factory=list, max_length=1000, description="Only these versions.")
    since: str | None = Field(default=None, description="Only versions made since this day or instant.")
    resume_from: str | None = Field(default=None, description="Begin with this version.")
    limit: int | None = Field(default=None, ge=1, description="How many versions may be attempted.")


@post(
    "/storage/backfill",
    opt={"permission": Permission.OPERATE},
    summary="Take over the plans of a legacy system",
    status_code=HTTP_200_OK,
    responses=refusals(404, 409, 413, 415, 507),
)
async def backfill(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], data: JSONBody[BackfillBody]
) -> dict[str, Any]:
    """What it came to, version by version; ``status`` says whether anything was left."""
    since = None if data.since is None else span_of("since", data.since, UTC)[0]
    request = BackfillRequest(
        source=data.source,
        actor=actor,
        selection=Selection(only=tuple(data.only), since=since, resume_from=data.resume_from, limit=data.limit),
        dry_run=data.dry_run,
        force=data.force,
    )
    return backfilled_fields(await planner.storage.backfill(request))


@get("/storage/backfills", opt={"permission": Permission.READ}, summary="List backfills", responses=refusals())
async def list_backfills(
    planner: NamedDependency[Planner], *, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> dict[str, Any]:
    """Backfills, newest first."""
    return page_fields(await planner.storage.backfills(limit=limit, cursor=cursor), backfill_run_fields)


@get(
    "/storage/backfills/{run_id:str}",
    opt={"permission": Permission.READ},
    summary="One backfill",
    responses=refusals(404),
)
async def get_backfill(planner: NamedDependency[Planner], run_id: FromPath[str]) -> dict[str, Any]:
    """The backfill of that id, with the versions that it was the last to attempt."""
    return backfill_detail_fields(await planner.storage.backfill_run(id_in_path("backfill", run_id)))


HANDLERS = (backfill, list_backfills, get_backfill)
