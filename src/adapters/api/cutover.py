"""The route by which a store changes over."""

from __future__ import annotations

from contextlib import aclosing
from typing import Annotated, Any

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from pydantic import Field

from ...application.cutover_presentation import outcome_fields, plan_fields
from ...application.planner import Planner
from ...application.storage.cut_over import CutoverOrder
from ...application.storage_presentation import status_fields
from ...domain.access.actor import Actor
from .access import Permission
from .problems import refusals
from .schemas import Body
from .storage import ModeName, SideName

_MOST_VERSIONS = 10_000


class CutoverBody(Body):
    """Where the store is to go."""

    to: ModeName
    primary: SideName | None = Field(default=None, description="In the mode both; what it is now unless told.")
    plan: bool = Field(default=False, description="Tell the steps and their gates, and change nothing.")
    fill: bool = Field(default=True, description="Fill the side that a step begins.")
    keep_rows: bool = Field(default=False, description="In the mode files, leave the rows in the tables for now.")
    without: Annotated[list[str], Field(max_length=_MOST_VERSIONS)] = Field(
        default_factory=list, description="Versions that no backfill could take and that are gone on without."
    )
    comment: str | None = None


@post(
    "/storage/cutover",
    opt={"permission": Permission.OPERATE},
    summary="Go step by step to where payloads are to lie",
    status_code=HTTP_200_OK,
    responses=refusals(409, 413, 415, 507),
)
async def cut_over(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], data: JSONBody[CutoverBody]
) -> dict[str, Any]:
    """The steps that were taken, or with ``plan`` those that would be; a closed gate is 409 ``gate-closed``."""
    if data.plan:
        return plan_fields(await planner.storage.plan_cutover(data.to, data.primary, without=data.without))
    order = CutoverOrder(
        mode=data.to,
        primary=data.primary,
        actor=actor,
        comment=data.comment,
        copy=data.fill,
        keep_rows=data.keep_rows,
        without=data.without,
    )
    async with aclosing(planner.storage.cutover(order)) as news:
        done = [one async for one in news]
    told = status_fields(await planner.storage.status())
    return {"mode": told["mode"], "primary": told["primary"], **outcome_fields(done)}


HANDLERS = (cut_over,)
