"""The route that says why two plans differ."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from ...application.explanation_presentation import explanation_fields
from ...application.planner import Planner
from ...domain.plans.comparison import DEFAULT_MEASURES
from .access import Permission
from .plan_comparison import Against, Measures
from .problems import refusals

Levels = Annotated[
    str | None,
    QueryParameter(max_length=400, description="Levels by commas; det unless told, or all where there is none."),
]


@get(
    "/plans/{version_id:str}/explanation",
    opt={"permission": Permission.READ},
    summary="Why two plans differ",
    responses=refusals(404),
)
async def explain_plans(
    planner: NamedDependency[Planner],
    version_id: FromPath[str],
    against: Against,
    *,
    levels: Levels = None,
    measures: Measures = None,
) -> dict[str, Any]:
    """What each cause does to the totals; engines are run again for it, in memory, where they can be."""
    found = await planner.plans.explain(
        against,
        version_id,
        levels=() if levels is None else _named(levels),
        measures=DEFAULT_MEASURES if measures is None else _named(measures),
    )
    return explanation_fields(found)


def _named(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


HANDLERS = (explain_plans,)
