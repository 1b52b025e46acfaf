"""Routes of config versions."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from ...application.planner import Planner
from ...application.presentation import config_fields, list_fields
from ...domain.access.actor import Actor
from .access import Permission
from .parameters import location, number_in_path
from .problems import refusals
from .schemas import ConfigBody


@get("/configs", opt={"permission": Permission.READ}, summary="List config versions", responses=refusals())
async def list_configs(planner: NamedDependency[Planner]) -> dict[str, Any]:
    """All config versions, in order of id."""
    return list_fields(await planner.configs.list(), config_fields)


@post(
    "/configs",
    opt={"permission": Permission.PLAN},
    summary="Make a config version",
    responses=refusals(409, 413, 415, 507),
)
async def create_config(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    data: JSONBody[ConfigBody],
) -> Response[dict[str, Any]]:
    """The config version just made."""
    config = await planner.configs.create(
        data.name, actor=actor, horizon_days=data.horizon_days, attributes=data.attributes
    )
    return Response(config_fields(config), headers=location(request, f"/configs/{config.config_version_id}"))


@get(
    "/configs/{config_version_id:str}",
    opt={"permission": Permission.READ},
    summary="One config version",
    responses=refusals(404),
)
async def get_config(planner: NamedDependency[Planner], config_version_id: FromPath[str]) -> dict[str, Any]:
    """The config version of that id."""
    return config_fields(await planner.configs.get(number_in_path("config version", config_version_id)))


HANDLERS = (list_configs, create_config, get_config)
