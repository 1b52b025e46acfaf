"""Routes by which plans are submitted, approved, revoked, pinned, staged and deleted."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from ...application.plan_presentation import psi_state_fields
from ...application.planner import Planner
from ...application.presentation import plan_fields
from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from .access import Permission
from .problems import refusals
from .schemas import ApprovePlanBody, MoveBody, StageBody

ONE = "/plans/{version_id:str}"
_REFUSED = refusals(404, 409, 412, 413, 415, 507)
Comment = Annotated[str | None, QueryParameter(max_length=2000, description="Why; kept with the event.")]
RowVersion = Annotated[int | None, QueryParameter(ge=0, description="Refuse with 412 if the plan has another.")]


@post(
    [ONE + "/submit", ONE + "/psi/submit"],
    opt={"permission": Permission.PLAN},
    summary="Put a draft before the approvers",
    status_code=200,
    responses=_REFUSED,
)
async def submit_plan(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    version_id: FromPath[str],
    data: JSONBody[MoveBody | None] = None,
) -> dict[str, Any]:
    """The version afterwards."""
    said = data or MoveBody()
    return plan_fields(
        await planner.plans.submit(version_id, actor=actor, comment=said.comment, row_version=said.row_version)
    )


@post(
    [ONE + "/approve", ONE + "/psi/approve"],
    opt={"permission": Permission.APPROVE},
    summary="Say yes to a plan as it was seen",
    status_code=200,
    responses=_REFUSED,
)
async def approve_plan(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    version_id: FromPath[str],
    data: JSONBody[ApprovePlanBody],
) -> dict[str, Any]:
    """The version afterwards; it is approved once enough approvers said yes."""
    approved = await planner.plans.approve(
        version_id, digest=data.plan_digest, actor=actor, comment=data.comment, row_version=data.row_version
    )
    return plan_fields(approved)


@post(
    ONE + "/revoke",
    opt={"permission": Permission.ACT},
    summary="Take a submitted or approved plan back to draft",
    status_code=200,
    responses=_REFUSED,
)
async def revoke_plan(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    version_id: FromPath[str],
    data: JSONBody[MoveBody | None] = None,
) -> dict[str, Any]:
    """The version afterwards, without approvals; an author may do this while it is submitted."""
    said = data or MoveBody()
    return plan_fields(
        await planner.plans.revoke(version_id, actor=actor, comment=said.comment, row_version=said.row_version)
    )


@post(
    ONE + "/pin",
    opt={"permission": Permission.APPROVE},
    summary="Keep a plan from trims and deletion",
    status_code=200,
    responses=_REFUSED,
)
async def pin_plan(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    version_id: FromPath[str],
    data: JSONBody[MoveBody | None] = None,
) -> dict[str, Any]:
    """The version afterwards."""
    said = data or MoveBody()
    return plan_fields(
        await planner.plans.pin(version_id, actor=actor, comment=said.comment, row_version=said.row_version)
    )


@post(
    ONE + "/unpin",
    opt={"permission": Permission.APPROVE},
    summary="Let trims and deletion have a plan again",
    status_code=200,
    responses=_REFUSED,
)
async def unpin_plan(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    version_id: FromPath[str],
    data: JSONBody[MoveBody | None] = None,
) -> dict[str, Any]:
    """The version afterwards."""
    said = data or MoveBody()
    return plan_fields(
        await planner.plans.unpin(version_id, actor=actor, comment=said.comment, row_version=said.row_version)
    )


@post(
    ONE + "/stage",
    opt={"permission": Permission.PLAN},
    summary="Say how far a plan has come",
    status_code=200,
    responses=_REFUSED,
)
async def stage_plan(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    version_id: FromPath[str],
    data: JSONBody[StageBody],
) -> dict[str, Any]:
    """The version afterwards."""
    about: dict[str, Any] = {"actor": actor, "comment": data.comment, "row_version": data.row_version}
    if data.to is not None and data.invalidate_from is None:
        return plan_fields(await planner.plans.advance(version_id, to=data.to, **about))
    if data.invalidate_from is not None and data.to is None:
        return plan_fields(await planner.plans.invalidate(version_id, from_stage=data.invalidate_from, **about))
    raise InvalidRequestError(
        "A stage is reached or invalidated.", remedy="Send one of to and invalidate_from, naming a stage."
    )


@get(
    ONE + "/psi/state",
    opt={"permission": Permission.READ},
    summary="Where a plan stands, in the legacy words",
    responses=refusals(404),
)
async def get_psi_state(planner: NamedDependency[Planner], version_id: FromPath[str]) -> dict[str, Any]:
    """``status`` is draft, pending or approved; ``plan_status`` is the word of planvault."""
    return psi_state_fields(await planner.plans.get(version_id))


@delete(
    ONE,
    opt={"permission": Permission.OPERATE},
    summary="Remove a plan; its events stay",
    status_code=200,
    responses=refusals(404, 409, 412, 507),
)
async def delete_plan(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    version_id: FromPath[str],
    comment: Comment = None,
    row_version: RowVersion = None,
) -> dict[str, Any]:
    """Which plan is gone; its id is never used again."""
    gone = await planner.plans.delete(version_id, actor=actor, comment=comment, row_version=row_version)
    return {"status": "deleted", "version_id": gone.version_id}


HANDLERS = (
    submit_plan,
    approve_plan,
    revoke_plan,
    pin_plan,
    unpin_plan,
    stage_plan,
    get_psi_state,
    delete_plan,
)
