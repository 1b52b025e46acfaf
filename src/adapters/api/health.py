"""Routes about the server itself."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec

from ...application.planner import Planner
from ...domain.errors import StorageError
from .access import Permission
from .problems import refusals

EXPOSITION = "text/plain; version=0.0.4"


@get("/healthz", opt={"permission": Permission.OPEN}, summary="Whether this process answers")
async def get_health() -> dict[str, str]:
    """Ok, whatever the store does."""
    return {"status": "ok"}


@get("/readyz", opt={"permission": Permission.OPEN}, summary="Whether the store answers", responses=refusals())
async def get_readiness(planner: NamedDependency[Planner]) -> dict[str, str]:
    """Ready, once the store answers and is at this server's schema."""
    await planner.ping()
    return {"status": "ready"}


@get(
    "/metrics",
    opt={"permission": Permission.READ},
    summary="What was counted, for Prometheus",
    media_type="text/plain",
    responses={200: ResponseSpec(str, description="The text format.", media_type="text/plain"), **refusals()},
)
async def get_metrics(planner: NamedDependency[Planner]) -> Response[bytes]:
    """The counters of this process, how the jobs of the store stand, and how much it keeps, if it answers."""
    with suppress(StorageError):
        await planner.jobs.standing()
        await planner.maint.measure()
    return Response(planner.metrics(), media_type=EXPOSITION)


@get(
    "/schema/openapi.json",
    opt={"permission": Permission.READ},
    summary="This API, described",
    include_in_schema=False,
)
async def get_openapi(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The OpenAPI description."""
    return request.app.openapi_schema.to_schema()


HANDLERS = (get_health, get_readiness, get_metrics, get_openapi)
