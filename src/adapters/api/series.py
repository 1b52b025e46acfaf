"""Routes of what a plan holds: its series, page by page or as a stream, and its artifacts."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.response.base import ASGIResponse

from ...application.planner import Planner
from ...application.plans.export_plan import PlanForm
from ...application.presentation import page_fields, series_fields
from ...domain.plans.series_filter import SeriesFilter
from .access import Permission
from .etags import names, unchanged
from .parameters import Cursor, RowLimit
from .problems import refusals
from .streaming import JSON_LINES, StreamedAnswer, encoded, json_lines, streamed

Level = Annotated[str, QueryParameter(max_length=64, description="The level: aggregate, det, mrp …")]
Item = Annotated[str | None, QueryParameter(max_length=200, description="Only rows of this item.")]
Location = Annotated[str | None, QueryParameter(max_length=200, description="Only rows of this location.")]
BucketFrom = Annotated[str | None, QueryParameter(max_length=200, description="Only this bucket and later ones.")]
BucketTo = Annotated[str | None, QueryParameter(max_length=200, description="Only this bucket and earlier ones.")]
ROWS = 500
_PLAN = "/plans/{version_id:str}"
_MEDIA_TYPES = {"json": "application/json", "csv": "text/csv"}
_ANY = "application/octet-stream"


@get(
    _PLAN + "/series",
    opt={"permission": Permission.READ},
    summary="Some rows of a level",
    responses=refusals(404),
)
async def page_series(  # noqa: PLR0913 (the query, written out for its description)
    planner: NamedDependency[Planner],
    version_id: FromPath[str],
    level: Level,
    *,
    item: Item = None,
    location: Location = None,
    bucket_from: BucketFrom = None,
    bucket_to: BucketTo = None,
    limit: RowLimit = ROWS,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Rows in key order under the column names of ``plan_series``."""
    only = SeriesFilter(item=item, location=location, bucket_from=bucket_from, bucket_to=bucket_to)
    page = await planner.plans.page(version_id, level=level, limit=limit, cursor=cursor, only=only)
    return page_fields(page, series_fields)


@get(
    _PLAN + "/series.jsonl",
    opt={"permission": Permission.READ},
    summary="All rows of a level, a line of JSON each",
    responses={
        200: ResponseSpec(str, description="One row a line, in key order.", media_type=JSON_LINES),
        304: ResponseSpec(None, description="The rows are still those that ``If-None-Match`` names."),
        **refusals(404),
    },
)
async def stream_series(  # noqa: PLR0913 (the query, written out for its description)
    planner: NamedDependency[Planner],
    request: Request[Any, Any, Any],
    version_id: FromPath[str],
    level: Level,
    *,
    item: Item = None,
    location: Location = None,
    bucket_from: BucketFrom = None,
    bucket_to: BucketTo = None,
) -> ASGIResponse:
    """The rows in key order; the server holds a batch at a time. The same ``ETag`` means the same rows."""
    only = SeriesFilter(item=item, location=location, bucket_from=bucket_from, bucket_to=bucket_to)
    tag = await planner.plans.export_tag(version_id, form=PlanForm.JSONL, level=level, only=only)
    if names(request.headers.get("if-none-match", ""), tag):
        return unchanged(tag)
    batches = planner.plans.batches(version_id, level=level, only=only)
    return await streamed(json_lines(batches, series_fields), JSON_LINES, {"etag": f'"{tag}"'})


@get(
    _PLAN + "/artifacts",
    opt={"permission": Permission.READ},
    summary="The artifacts that a plan can be written as",
    responses=refusals(404),
)
async def list_artifacts(planner: NamedDependency[Planner], version_id: FromPath[str]) -> dict[str, Any]:
    """Names and media types, in order of name."""
    names = await planner.plans.artifact_names(version_id)
    return {"items": [{"name": name, "media_type": media_type(name)} for name in names], "next_cursor": None}


@get(
    _PLAN + "/artifacts/{name:str}",
    opt={"permission": Permission.READ},
    summary="One artifact",
    responses={
        200: ResponseSpec(str, description="The artifact, JSON or CSV by its name.", media_type=_ANY),
        **refusals(404),
    },
)
async def get_artifact(
    planner: NamedDependency[Planner], version_id: FromPath[str], name: FromPath[str]
) -> StreamedAnswer:
    """The text of the artifact, rendered while it is sent."""
    answer = await streamed(encoded(planner.plans.artifact(version_id, name)), media_type(name))
    answer.headers["content-disposition"] = f'attachment; filename="{name}"'  # a known name by now
    return answer


def media_type(name: str) -> str:
    """The media type of an artifact of that name."""
    return _MEDIA_TYPES.get(name.rpartition(".")[2], _ANY)


HANDLERS = (page_series, stream_series, list_artifacts, get_artifact)
