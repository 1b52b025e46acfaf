"""Routes about labels as a whole: archive, restore, delete, history."""

from __future__ import annotations

from typing import Any

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from ...application.label_presentation import deleted_fields, label_step_fields
from ...application.planner import Planner
from ...application.presentation import input_set_fields, list_fields
from ...domain.access.actor import Actor
from .access import Permission
from .input_paths import ONE
from .parameters import Comment
from .problems import refusals
from .schemas import CommentBody


@post(
    ONE + "/archive",
    opt={"permission": Permission.APPROVE},
    summary="Close a label",
    status_code=200,
    responses=refusals(404, 409, 412, 413, 415, 507),
)
async def archive_inputs(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    label: FromPath[str],
    data: JSONBody[CommentBody | None] = None,
) -> dict[str, Any]:
    """The set afterwards: only reading, restore and delete remain."""
    said = data or CommentBody()
    return input_set_fields(await planner.inputs.archive(label, actor=actor, comment=said.comment))


@post(
    ONE + "/restore",
    opt={"permission": Permission.APPROVE},
    summary="Open an archived label again",
    status_code=200,
    responses=refusals(404, 409, 412, 413, 415, 507),
)
async def restore_inputs(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    label: FromPath[str],
    data: JSONBody[CommentBody | None] = None,
) -> dict[str, Any]:
    """The set afterwards."""
    said = data or CommentBody()
    return input_set_fields(await planner.inputs.restore(label, actor=actor, comment=said.comment))


@delete(
    ONE,
    opt={"permission": Permission.OPERATE},
    summary="Delete a label with all its revisions",
    status_code=200,
    responses=refusals(404, 409, 412, 507),
)
async def delete_inputs(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    label: FromPath[str],
    comment: Comment = None,
) -> dict[str, Any]:
    """What was deleted; refused while a plan refers to it. Its events stay, and its numbers are never used again."""
    return deleted_fields(await planner.inputs.delete(label, actor=actor, comment=comment))


@get(ONE + "/history", opt={"permission": Permission.READ}, summary="What a label pointed to", responses=refusals(404))
async def list_history(planner: NamedDependency[Planner], label: FromPath[str]) -> dict[str, Any]:
    """What it pointed to in its present life, newest first: since when, which content, by whose move."""
    return list_fields(await planner.inputs.history(label), label_step_fields)


HANDLERS = (archive_inputs, restore_inputs, delete_inputs, list_history)
