"""Routes of the baselines of config versions."""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from ...application.plan_presentation import baseline_entry_fields, baseline_fields
from ...application.planner import Planner
from ...application.presentation import list_fields
from ...domain.access.actor import Actor
from .access import Permission
from .parameters import number_in_path
from .problems import refusals
from .schemas import BaselineBody, RollbackBody

ONE = "/configs/{config_version_id:str}/baseline"
_KIND = "config version"


@get(ONE, opt={"permission": Permission.READ}, summary="The baseline of a config version", responses=refusals(404))
async def get_baseline(planner: NamedDependency[Planner], config_version_id: FromPath[str]) -> dict[str, Any]:
    """Which plan it is, since when and by whom; ``version_id`` is null where none was ever set."""
    return baseline_fields(await planner.plans.baseline(number_in_path(_KIND, config_version_id)))


@get(
    ONE + "/history",
    opt={"permission": Permission.READ},
    summary="Every change of a baseline",
    responses=refusals(404),
)
async def get_baseline_history(planner: NamedDependency[Planner], config_version_id: FromPath[str]) -> dict[str, Any]:
    """The changes, newest first."""
    found = await planner.plans.baseline(number_in_path(_KIND, config_version_id))
    return list_fields(found.entries[::-1], baseline_entry_fields)


@post(
    ONE,
    opt={"permission": Permission.APPROVE},
    summary="Make an approved plan the baseline",
    status_code=200,
    responses=refusals(404, 409, 412, 413, 415, 507),
)
async def set_baseline(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    config_version_id: FromPath[str],
    data: JSONBody[BaselineBody],
) -> dict[str, Any]:
    """The baseline afterwards; the plan that it was is superseded."""
    changed = await planner.plans.set_baseline(
        number_in_path(_KIND, config_version_id),
        data.version_id,
        actor=actor,
        comment=data.comment,
        sequence=data.sequence,
    )
    return baseline_fields(changed)


@post(
    ONE + "/rollback",
    opt={"permission": Permission.APPROVE},
    summary="Make the plan before the baseline again",
    status_code=200,
    responses=refusals(404, 409, 412, 413, 415, 507),
)
async def roll_back_baseline(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    config_version_id: FromPath[str],
    data: JSONBody[RollbackBody | None] = None,
) -> dict[str, Any]:
    """The baseline afterwards; that plan is approved again, and the one rolled back is superseded."""
    said = data or RollbackBody()
    changed = await planner.plans.roll_back_baseline(
        number_in_path(_KIND, config_version_id), actor=actor, comment=said.comment, sequence=said.sequence
    )
    return baseline_fields(changed)


HANDLERS = (get_baseline, get_baseline_history, set_baseline, roll_back_baseline)
