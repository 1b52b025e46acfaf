"""Routes of plans as tables: a measure by item and bucket, and what each level comes to."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from ...application.pivot_presentation import outline_fields, pivot_csv, pivot_fields
from ...application.planner import Planner
from ...application.presentation import list_fields
from ...domain.plans.series_filter import SeriesFilter
from ...domain.shared.paging import DEFAULT_LIMIT
from .access import Permission
from .parameters import Cursor, Limit
from .problems import refusals
from .series import BucketFrom, BucketTo, Item, Level, Location
from .streaming import StreamedAnswer, encoded, streamed

_PLAN = "/plans/{version_id:str}"
Measure = Annotated[str, QueryParameter(max_length=64, description="The measure: demand, supply, backlog …")]


@get(
    _PLAN + "/pivot",
    opt={"permission": Permission.READ},
    summary="A measure by item and bucket",
    responses=refusals(404),
)
async def get_pivot(  # noqa: PLR0913 (the query, written out for its description)
    planner: NamedDependency[Planner],
    version_id: FromPath[str],
    level: Level,
    measure: Measure,
    *,
    item: Item = None,
    location: Location = None,
    bucket_from: BucketFrom = None,
    bucket_to: BucketTo = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Some items, added up over locations; their ``values`` stand in the order of ``buckets``."""
    only = SeriesFilter(item=item, location=location, bucket_from=bucket_from, bucket_to=bucket_to)
    page = await planner.plans.pivot(version_id, level=level, measure=measure, only=only, limit=limit, cursor=cursor)
    return pivot_fields(page, level=level, measure=measure)


@get(
    _PLAN + "/pivot.csv",
    opt={"permission": Permission.READ},
    summary="A measure by item and bucket, as CSV",
    responses={200: ResponseSpec(str, description="An item a line.", media_type="text/csv"), **refusals(404)},
)
async def stream_pivot(  # noqa: PLR0913 (the query, written out for its description)
    planner: NamedDependency[Planner],
    version_id: FromPath[str],
    level: Level,
    measure: Measure,
    *,
    item: Item = None,
    location: Location = None,
    bucket_from: BucketFrom = None,
    bucket_to: BucketTo = None,
) -> StreamedAnswer:
    """Every item; the server holds some at a time."""
    only = SeriesFilter(item=item, location=location, bucket_from=bucket_from, bucket_to=bucket_to)
    pages = planner.plans.pivot_pages(version_id, level=level, measure=measure, only=only)
    return await streamed(encoded(pivot_csv(pages)), "text/csv")


@get(
    _PLAN + "/levels",
    opt={"permission": Permission.READ},
    summary="What each level of a plan comes to",
    responses=refusals(404),
)
async def list_levels(planner: NamedDependency[Planner], version_id: FromPath[str]) -> dict[str, Any]:
    """Rows, buckets, items, locations and the sum of each measure, counted and added up from the rows."""
    return list_fields(await planner.plans.levels(version_id), outline_fields)


HANDLERS = (get_pivot, stream_pivot, list_levels)
