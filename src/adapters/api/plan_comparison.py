"""Routes by which plans are compared with one another."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from ...application.comparison_presentation import changes_csv, comparison_fields, group_fields, row_change_fields
from ...application.planner import Planner
from ...domain.plans.comparison import DEFAULT_MEASURES, Materiality, Rollup
from .access import Permission
from .parameters import Cursor, RowLimit
from .problems import refusals
from .series import ROWS
from .streaming import StreamedAnswer, encoded, streamed

ONE = "/plans/{version_id:str}/differences"
Against = Annotated[str, QueryParameter(max_length=64, description="The version before, with which it is compared.")]
Measures = Annotated[
    str | None,
    QueryParameter(max_length=400, description="Measures by commas; demand, supply and backlog unless told."),
]
Absolute = Annotated[float, QueryParameter(ge=0, description="Only differences larger than this.")]
Relative = Annotated[float, QueryParameter(ge=0, description="Only differences larger than this part of the value.")]
Top = Annotated[int | None, QueryParameter(ge=1, le=10_000, description="The largest by the first measure instead.")]


@get(ONE, opt={"permission": Permission.READ}, summary="How two plans differ", responses=refusals(404))
async def compare_plans(
    planner: NamedDependency[Planner],
    version_id: FromPath[str],
    against: Against,
    *,
    measures: Measures = None,
    min_abs: Absolute = 0.0,
    min_rel: Relative = 0.0,
) -> dict[str, Any]:
    """Each level with counts, totals, and the buckets that only one of the plans has."""
    material = _material(measures, min_abs, min_rel)
    return comparison_fields(await planner.plans.compare(against, version_id, material=material))


@get(
    ONE + "/{level:str}",
    opt={"permission": Permission.READ},
    summary="The rows in which two plans differ",
    responses=refusals(404),
)
async def list_changes(  # noqa: PLR0913 (the parameters of the query)
    planner: NamedDependency[Planner],
    version_id: FromPath[str],
    level: FromPath[str],
    against: Against,
    *,
    measures: Measures = None,
    min_abs: Absolute = 0.0,
    min_rel: Relative = 0.0,
    top: Top = None,
    limit: RowLimit = ROWS,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Changed rows in key order, or the ``top`` largest; each measure before, after and by how much."""
    material = _material(measures, min_abs, min_rel)
    if top is not None:
        found = await planner.plans.largest_changes(against, version_id, level=level, top=top, material=material)
        return {"items": [row_change_fields(change, material.measures) for change in found], "next_cursor": None}
    page = await planner.plans.changes(against, version_id, level=level, material=material, limit=limit, cursor=cursor)
    items = [row_change_fields(change, material.measures) for change in page.items]
    return {"items": items, "next_cursor": page.next_cursor}


@get(
    ONE + "/{level:str}/totals",
    opt={"permission": Permission.READ},
    summary="Two plans rolled up",
    responses=refusals(404),
)
async def compare_totals(
    planner: NamedDependency[Planner],
    version_id: FromPath[str],
    level: FromPath[str],
    against: Against,
    *,
    by: FromQuery[Rollup] = Rollup.BUCKET,
    measures: Measures = None,
) -> dict[str, Any]:
    """Sums of both by bucket, item or location."""
    names = _material(measures, 0.0, 0.0).measures
    found = await planner.plans.compared_totals(against, version_id, level=level, by=by, measures=names)
    return {"items": [group_fields(group, names) for group in found], "next_cursor": None}


@get(
    ONE + "/{level:str}/csv",
    opt={"permission": Permission.READ},
    summary="All rows in which two plans differ",
    responses={200: ResponseSpec(str, description="A changed row a line.", media_type="text/csv"), **refusals(404)},
)
async def stream_changes(
    planner: NamedDependency[Planner],
    version_id: FromPath[str],
    level: FromPath[str],
    against: Against,
    *,
    measures: Measures = None,
    min_abs: Absolute = 0.0,
    min_rel: Relative = 0.0,
) -> StreamedAnswer:
    """Key, kind, and each measure before and after; the server holds a batch at a time."""
    material = _material(measures, min_abs, min_rel)
    batches = planner.plans.all_changes(against, version_id, level=level, material=material)
    return await streamed(encoded(changes_csv(batches, material.measures)), "text/csv")


def _material(measures: str | None, absolute: float, relative: float) -> Materiality:
    names = DEFAULT_MEASURES if measures is None else tuple(name.strip() for name in measures.split(","))
    return Materiality(measures=names, absolute=absolute, relative=relative)


HANDLERS = (compare_plans, list_changes, compare_totals, stream_changes)
