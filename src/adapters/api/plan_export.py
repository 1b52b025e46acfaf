"""The route by which a whole plan is taken."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from ...application.planner import Planner
from .access import Permission
from .problems import refusals
from .streaming import StreamedAnswer, streamed


@get(
    "/plans/{version_id:str}/export",
    opt={"permission": Permission.READ},
    summary="A whole plan in one zip, to be registered elsewhere",
    responses={
        200: ResponseSpec(bytes, description="The zip.", media_type="application/zip"),
        **refusals(404, 413, 507),
    },
)
async def export_plan(planner: NamedDependency[Planner], version_id: FromPath[str]) -> StreamedAnswer:
    """Every row, KPI, edit, lock and weight, what the plan says of itself, and the hashes of all files."""
    packed = await planner.plans.export_archive(version_id)
    headers = {
        "content-disposition": f'attachment; filename="{packed.name}"',  # a version id needs no escapes
        "content-length": str(packed.size),
    }
    return await streamed(packed.pieces(), "application/zip", headers)


HANDLERS = (export_plan,)
