"""The legacy list of input sets, as forms of the legacy system read it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from ...application.label_presentation import legacy_set_fields
from ...application.planner import Planner
from ...domain.inputs.ports import InputSetFilter
from .access import Permission
from .parameters import HIGHEST_ID
from .problems import refusals

_MOST = 200


@get(
    "/ui/plans/input_sets",
    opt={"permission": Permission.READ},
    summary="List input sets of a config version in the legacy shape",
    responses=refusals(),
)
async def list_legacy_input_sets(
    planner: NamedDependency[Planner],
    *,
    config_version_id: Annotated[int, QueryParameter(ge=1, le=HIGHEST_ID, description="Of which config version.")],
    status: FromQuery[Literal["draft", "ready", "archived", "all"]] = "ready",
    format: FromQuery[Literal["json"] | None] = None,  # noqa: A002 (the legacy name)
) -> dict[str, Any]:
    """The 200 that changed last; times are milliseconds since 1970, ``id`` is the position of the first event."""
    del format
    wanted = InputSetFilter(status=None if status == "all" else status, config_version_id=config_version_id)
    return {"input_sets": [legacy_set_fields(placed) for placed in await planner.inputs.newest(wanted, limit=_MOST)]}


HANDLERS = (list_legacy_input_sets,)
