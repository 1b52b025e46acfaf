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
from .schemas import ApproveBody, SubmitBody


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


HANDLERS = (submit_inputs, approve_inputs)
