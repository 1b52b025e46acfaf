"""Who asks, and whether a route is for them: one gate before every handler."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from ...application.planner import Planner
from ...domain.access.actor import Actor, Role
from ...domain.errors import UnauthenticatedError
from .parameters import check_query

HOST_ACTOR = "planvault.actor"


class Permission(StrEnum):
    """What a route asks of the actor; every route declares one in its ``opt``.

    ``ACT`` asks for somebody, in whatever role: there the use case alone can say who may.
    """

    OPEN = "open"
    READ = "read"
    PLAN = "plan"
    APPROVE = "approve"
    OPERATE = "operate"
    ACT = "act"
    ADMIN = "admin"


_ROLES = {
    Permission.PLAN: Role.PLANNER,
    Permission.APPROVE: Role.APPROVER,
    Permission.OPERATE: Role.OPERATOR,
    Permission.ADMIN: Role.ADMIN,
}


def permission_of(handler: BaseRouteHandler) -> Permission:
    """The permission that a route declares.

    Litestar answers OPTIONS by itself; that tells which methods there are, so it is reading.

    Raises:
        TypeError: it declares none; the app cannot be made with such a route.
    """
    declared = handler.opt.get("permission")
    if isinstance(declared, Permission):
        return declared
    if getattr(handler, "http_methods", None) == {"OPTIONS"}:
        return Permission.READ
    raise TypeError(f"the route {sorted(handler.paths)} declares no permission")


@dataclass(frozen=True, slots=True)
class Gate:
    """Finds out who asks and lets them pass where the route's permission allows it.

    What an actor may do to a particular thing is asked again by the use cases, in the transaction of the change.
    """

    planner: Planner

    async def admit(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Let the request pass; its actor stands in ``scope["user"]`` from here on.

        Raises:
            UnauthenticatedError: nobody is named where somebody has to be, or the token does not hold.
            ForbiddenError: the actor lacks the role that the route asks for.
            InvalidRequestError: the name in ``X-Actor`` is none, or the query holds a parameter that is none.
        """
        permission = permission_of(handler)
        if permission is Permission.OPEN:
            return
        actor = await self._actor(connection)
        if actor is None and permission is not Permission.READ:
            raise UnauthenticatedError(
                "The request does not say who acts.",
                remedy="Send 'Authorization: Bearer TOKEN', or 'X-Actor: NAME' while the store has no token.",
            )
        if actor is not None and permission in _ROLES:
            actor.require(_ROLES[permission])
        connection.scope["user"] = actor
        check_query(connection, handler)

    async def _actor(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Actor | None:
        verified: Any = connection.scope.get(HOST_ACTOR)
        if isinstance(verified, Actor):
            return verified
        header = connection.headers.get("authorization")
        if header is not None:
            scheme, _, text = header.partition(" ")
            if scheme.lower() != "bearer":
                raise UnauthenticatedError(
                    "The Authorization header is not of the scheme Bearer.",
                    remedy="Send 'Authorization: Bearer TOKEN'.",
                )
            return await self.planner.tokens.authenticate(text.strip())
        if await self.planner.tokens.required():
            raise UnauthenticatedError(
                "This store takes verified actors only, for reading too.",
                remedy="Send 'Authorization: Bearer TOKEN'.",
            )
        name = connection.headers.get("x-actor")
        # Header bytes reach us as Latin-1; people's names are sent as UTF-8.
        return None if name is None else Actor.asserted(name.encode("latin-1").decode())
