"""The route that tells what happened to an input set."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from ...application.audit_presentation import input_set_events_fields
from ...application.inputs.following import EVENTS
from ...application.planner import Planner
from .access import Permission
from .input_paths import ONE
from .parameters import Cursor, Limit
from .problems import refusals


@get(
    ONE + "/events",
    opt={"permission": Permission.READ},
    summary="What happened to an input set",
    responses=refusals(404),
)
async def list_input_set_events(
    planner: NamedDependency[Planner], label: FromPath[str], limit: Limit = EVENTS, cursor: Cursor = None
) -> dict[str, Any]:
    """Events newest first, under their legacy names; those of a deleted set are still there."""
    return input_set_events_fields(await planner.inputs.events(label, limit=limit, cursor=cursor))


HANDLERS = (list_input_set_events,)
