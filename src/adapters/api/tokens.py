"""Routes of access tokens; for admins only."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from ...application.planner import Planner
from ...application.presentation import list_fields, token_fields
from ...domain.access.actor import Actor
from .access import Permission
from .parameters import id_in_path, location
from .problems import refusals
from .schemas import TokenBody


@get("/tokens", opt={"permission": Permission.ADMIN}, summary="List access tokens", responses=refusals())
async def list_tokens(planner: NamedDependency[Planner]) -> dict[str, Any]:
    """All tokens, oldest first; none shows its secret."""
    return list_fields(await planner.tokens.list(), token_fields)


@post(
    "/tokens",
    opt={"permission": Permission.ADMIN},
    summary="Issue an access token",
    responses=refusals(413, 415, 507),
)
async def create_token(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    data: JSONBody[TokenBody],
) -> Response[dict[str, Any]]:
    """The token; its text stands in ``token`` this once. The first of a store is an admin's."""
    token, text = await planner.tokens.create(data.name, data.roles, actor=actor, days=data.days)
    return Response({**token_fields(token), "token": text}, headers=location(request, f"/tokens/{token.token_id}"))


@delete(
    "/tokens/{token_id:str}",
    opt={"permission": Permission.ADMIN},
    summary="Revoke an access token",
    status_code=200,
    responses=refusals(404, 409, 412, 507),
)
async def revoke_token(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], token_id: FromPath[str]
) -> dict[str, Any]:
    """The token, closed for good."""
    return token_fields(await planner.tokens.revoke(id_in_path("token", token_id), actor=actor))


HANDLERS = (list_tokens, create_token, revoke_token)
