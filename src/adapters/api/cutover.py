"""The routes by which a store changes over, and what remains of that."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from pydantic import Field

from ...application.cutover_presentation import outcome_fields, plan_fields, rollback_fields, rollback_verdict_fields
from ...application.planner import Planner
from ...application.storage.cut_over import CutoverOrder, Moved
from ...application.storage.switch_mode import StepTaken
from ...application.storage_presentation import status_fields
from ...domain.access.actor import Actor
from ...domain.storage.state import StorageMode
from .access import Permission
from .problems import refusals
from .schemas import Body, CommentBody
from .storage import MOST_FINDINGS, ModeName, SideName
from .streaming import StreamedAnswer, streamed

_MOST_VERSIONS = 10_000
Without = Annotated[
    list[str],
    Field(max_length=_MOST_VERSIONS, description="Versions that no backfill could take and that are gone on without."),
]


class CutoverBody(Body):
    """Where the store is to go."""

    to: ModeName
    primary: SideName | None = Field(default=None, description="In the mode both; what it is now unless told.")
    plan: bool = Field(default=False, description="Tell the steps and their gates, and change nothing.")
    fill: bool = Field(default=True, description="Fill the side that a step begins.")
    keep_rows: bool = Field(default=False, description="In the mode files, leave the rows in the tables for now.")
    without: Without = Field(default_factory=list)
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
        fill=data.fill,
        keep_rows=data.keep_rows,
        without=data.without,
    )
    return await _outcome(planner, planner.storage.cutover(order))


class RollbackBody(Body):
    """How far back the store is to go."""

    to: ModeName = Field(default=StorageMode.BOTH, description="both (with the primary files) or files.")
    plan: bool = Field(default=False, description="Tell the steps and what is missing, and change nothing.")
    keep_rows: bool = Field(default=False, description="In the mode files, leave the rows in the tables for now.")
    without: Without = Field(default_factory=list)
    comment: str | None = None


@post(
    "/storage/rollback",
    opt={"permission": Permission.OPERATE},
    summary="Let reads come from folders again",
    status_code=HTTP_200_OK,
    responses=refusals(409, 413, 415, 507),
)
async def roll_back(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], data: JSONBody[RollbackBody]
) -> dict[str, Any]:
    """The steps that were taken, or with ``plan`` those that would be and what they would write."""
    if data.plan:
        return rollback_fields(await planner.storage.plan_rollback(data.to, without=data.without))
    order = CutoverOrder(
        mode=data.to, actor=actor, comment=data.comment, keep_rows=data.keep_rows, without=data.without
    )
    return await _outcome(planner, planner.storage.rollback(order))


@post(
    "/storage/rollback/verify",
    opt={"permission": Permission.READ},
    summary="Whether a rollback holds",
    status_code=HTTP_200_OK,
    responses=refusals(413, 415),
)
async def verify_rollback(planner: NamedDependency[Planner], data: JSONBody[CommentBody]) -> dict[str, Any]:
    """Whether reads come from folders and all agrees to the last row, and the first thousand findings."""
    del data  # it asks for everything
    told = rollback_verdict_fields(await planner.storage.verify_rollback())
    return {**told, "findings": told["findings"][:MOST_FINDINGS]}


async def _outcome(planner: Planner, way: AsyncGenerator[StepTaken | Moved]) -> dict[str, Any]:
    async with aclosing(way) as news:
        done = [one async for one in news]
    told = status_fields(await planner.storage.status())
    return {"mode": told["mode"], "primary": told["primary"], **outcome_fields(done)}


@get(
    "/storage/evidence",
    opt={"permission": Permission.READ},
    summary="All that tells where payloads lie and how they came there, in one zip",
    responses={
        200: ResponseSpec(bytes, description="The zip.", media_type="application/zip"),
        **refusals(507),
    },
)
async def get_storage_evidence(planner: NamedDependency[Planner]) -> StreamedAnswer:
    """Changes of mode with what gates measured, the status, every payload digest, checkpoints, and a page to read."""
    pack = await planner.storage.evidence()
    headers = {
        "content-disposition": f'attachment; filename="{pack.name}"',
        "content-length": str(pack.size),
    }
    return await streamed(pack.pieces(), "application/zip", headers)


HANDLERS = (cut_over, roll_back, verify_rollback, get_storage_evidence)
