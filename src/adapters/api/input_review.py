"""Routes by which a revision becomes live."""

from __future__ import annotations

from typing import Any

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from ...application.planner import Planner
from ...application.presentation import input_set_fields
from ...domain.access.actor import Actor
from ...domain.shared.ids import label as checked_label
from .access import Permission
from .input_paths import ONE
from .problems import refusals
from .schemas import ApproveBody, RejectBody, RevertBody, SubmitBody


@post(
    ONE + "/submit",
    opt={"permission": Permission.PLAN},
    summary="Put a revision before the approvers",
    status_code=200,
    responses=refusals(404, 409, 412, 413, 415, 507),
)
async def submit_inputs(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    label: FromPath[str],
    data: JSONBody[SubmitBody | None] = None,
) -> dict[str, Any]:
    """The set afterwards."""
    wanted = data or SubmitBody()
    reference = checked_label(label) if wanted.revision is None else f"{checked_label(label)}@{wanted.revision}"
    return input_set_fields(await planner.inputs.submit(reference, actor=actor, comment=wanted.comment))


@post(
    ONE + "/approve",
    opt={"permission": Permission.APPROVE},
    summary="Say yes to exactly one content",
    status_code=200,
    responses=refusals(404, 409, 412, 413, 415, 507),
)
async def approve_inputs(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    label: FromPath[str],
    data: JSONBody[ApproveBody],
) -> dict[str, Any]:
    """The set afterwards; the revision is live once enough approvers said yes."""
    approved = await planner.inputs.approve(
        label, revision=data.revision, content_hash=data.content_hash, actor=actor, comment=data.comment
    )
    return input_set_fields(approved)


@post(
    ONE + "/adopt",
    opt={"permission": Permission.APPROVE},
    summary="Submit and approve what came from a legacy system",
    status_code=200,
    responses=refusals(404, 409, 412, 413, 415, 507),
)
async def adopt_inputs(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    label: FromPath[str],
    data: JSONBody[ApproveBody],
) -> dict[str, Any]:
    """The set afterwards; the revision is live once enough approvers said yes."""
    adopted = await planner.inputs.adopt(
        label, revision=data.revision, content_hash=data.content_hash, actor=actor, comment=data.comment
    )
    return input_set_fields(adopted)


@post(
    ONE + "/reject",
    opt={"permission": Permission.ACT},
    summary="Say no to a candidate, or withdraw it",
    status_code=200,
    responses=refusals(404, 409, 412, 413, 415, 507),
)
async def reject_inputs(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    label: FromPath[str],
    data: JSONBody[RejectBody],
) -> dict[str, Any]:
    """The set afterwards; for approvers and for authors of the revision. What is live stays live."""
    reference = f"{checked_label(label)}@{data.revision}"
    return input_set_fields(await planner.inputs.reject(reference, actor=actor, comment=data.comment))


@post(
    ONE + "/revert",
    opt={"permission": Permission.APPROVE},
    summary="Take back what is live",
    status_code=200,
    responses=refusals(404, 409, 412, 413, 415, 507),
)
async def revert_inputs(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    label: FromPath[str],
    data: JSONBody[RevertBody | None] = None,
) -> dict[str, Any]:
    """The set afterwards; what the revision replaced is live again on its old approvals."""
    wanted = data or RevertBody()
    reference = checked_label(label) if wanted.revision is None else f"{checked_label(label)}@{wanted.revision}"
    return input_set_fields(await planner.inputs.revert(reference, actor=actor, comment=wanted.comment))


HANDLERS = (submit_inputs, approve_inputs, adopt_inputs, reject_inputs, revert_inputs)
