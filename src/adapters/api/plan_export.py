"""The route by which a plan is taken: whole, or the rows of its levels."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response.base import ASGIResponse

from ...application.planner import Planner
from ...application.plans.export_plan import PlanForm
from ...domain.plans.series_filter import SeriesFilter
from .access import Permission
from .etags import names, unchanged
from .problems import refusals
from .series import BucketFrom, BucketTo, Item, Location
from .streaming import JSON_LINES, streamed

MEDIA_TYPES = {
    PlanForm.ZIP: "application/zip",
    PlanForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    PlanForm.CSV: "text/csv",
    PlanForm.JSONL: JSON_LINES,
    PlanForm.PARQUET: "application/vnd.apache.parquet",
}
Form = Annotated[
    PlanForm,
    QueryParameter(description="A zip of the whole plan, rows of a level, or a workbook with a sheet for each level."),
]
OneLevel = Annotated[
    str | None, QueryParameter(max_length=64, description="The level, of which csv, jsonl and parquet hold the rows.")
]


@get(
    "/plans/{version_id:str}/export",
    opt={"permission": Permission.READ},
    summary="A whole plan in one zip, to be registered elsewhere, or the rows of its levels",
    responses={
        200: ResponseSpec(bytes, description="The file.", media_type="application/octet-stream"),
        304: ResponseSpec(None, description="The file is still the one that ``If-None-Match`` names."),
        **refusals(404, 413, 507),
    },
)
async def export_plan(  # noqa: PLR0913 (the query, written out for its description)
    planner: NamedDependency[Planner],
    request: Request[Any, Any, Any],
    version_id: FromPath[str],
    *,
    format: Form = PlanForm.ZIP,  # noqa: A002 (as the export of inputs has it)
    level: OneLevel = None,
    item: Item = None,
    location: Location = None,
    bucket_from: BucketFrom = None,
    bucket_to: BucketTo = None,
    spreadsheet_safe: FromQuery[bool] = False,
) -> ASGIResponse:
    """The file, complete before its first byte is sent; the same ``ETag`` means the same content.

    A zip holds every row, KPI, edit, lock and weight, what the plan says of itself, and the hashes of all files.
    """
    asked: dict[str, Any] = {
        "form": format,
        "level": level,
        "only": SeriesFilter(item=item, location=location, bucket_from=bucket_from, bucket_to=bucket_to),
        "spreadsheet_safe": spreadsheet_safe,
    }
    known = request.headers.get("if-none-match")
    if known is not None:
        tag = await planner.plans.export_tag(version_id, **asked)
        if names(known, tag):
            return unchanged(tag)
    packed = await planner.plans.export_archive(version_id, **asked)
    headers = {
        "content-disposition": f'attachment; filename="{packed.name}"',  # its name needs no escapes
        "content-length": str(packed.size),
        "etag": f'"{packed.tag}"',
    }
    return await streamed(packed.pieces(), MEDIA_TYPES[format], headers)


HANDLERS = (export_plan,)
