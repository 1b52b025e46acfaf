"""Routes of input sets."""

from __future__ import annotations

import json
from typing import Any, Literal

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from ...application.planner import Planner
from ...application.presentation import (
    imported_fields,
    input_set_fields,
    input_summary_fields,
    page_fields,
    revision_fields,
)
from ...domain.access.actor import Actor
from ...domain.errors import NotFoundError
from ...domain.inputs.ports import InputSetFilter
from ...domain.inputs.sections import SECTIONS_BY_NAME, InputRow, Section
from ...domain.shared.ids import label as checked_label
from ...domain.shared.paging import DEFAULT_LIMIT
from .access import Permission
from .bodies import UPLOAD_BYTES
from .documented import upload_operation
from .parameters import ConfigVersionId, Cursor, Limit, location, number_in_path
from .problems import refusals
from .schemas import ApproveBody, ImportFields, SubmitBody
from .streaming import JSON_LINES, StreamedAnswer, json_lines, streamed
from .uploads import parse_fields, read_upload

PATH = "/api/plans/input_sets"
_ONE = PATH + "/{label:str}"


@get(PATH, opt={"permission": Permission.READ}, summary="List input sets", responses=refusals())
async def list_input_sets(
    planner: NamedDependency[Planner],
    *,
    status: FromQuery[Literal["draft", "ready", "archived"] | None] = None,
    config_version_id: ConfigVersionId = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Input sets in order of label."""
    wanted = InputSetFilter(status=status, config_version_id=config_version_id)
    return page_fields(await planner.inputs.list(wanted, limit=limit, cursor=cursor), input_summary_fields)


@post(
    PATH,
    opt={"permission": Permission.PLAN},
    summary="Upload input files as the new candidate of a label",
    request_max_body_size=UPLOAD_BYTES,
    operation_class=upload_operation(ImportFields, "Input files by their names, see docs/reference/input-files.md."),
    responses=refusals(404, 409, 413, 415, 422, 507),
)
async def import_inputs(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], request: Request[Any, Any, Any]
) -> Response[dict[str, Any]]:
    """The revision, 201 where it is new and 200 where nothing differs from the one before."""
    upload = await read_upload(request)
    fields = parse_fields(upload, ImportFields)
    imported = await planner.inputs.import_files(actor=actor, files=upload.files, **fields.model_dump())
    path = f"{PATH}/{imported.input_set.label}/revisions/{imported.number}"
    return Response(
        imported_fields(imported),
        status_code=200 if imported.unchanged else 201,
        headers=location(request, path),
    )


@get(_ONE, opt={"permission": Permission.READ}, summary="One input set", responses=refusals(404))
async def get_input_set(planner: NamedDependency[Planner], label: FromPath[str]) -> dict[str, Any]:
    """The set with all its revisions."""
    return input_set_fields(await planner.inputs.get(label))


@get(
    _ONE + "/revisions/{number:str}",
    opt={"permission": Permission.READ},
    summary="One revision",
    responses=refusals(404),
)
async def get_revision(
    planner: NamedDependency[Planner], label: FromPath[str], number: FromPath[str]
) -> dict[str, Any]:
    """The revision with its row counts and approvals."""
    input_set = await planner.inputs.get(label)
    return revision_fields(input_set.revision(number_in_path("revision", number)))


@get(
    _ONE + "/revisions/{number:str}/sections/{section:str}",
    opt={"permission": Permission.READ},
    summary="All rows of a section, a line of JSON each",
    responses={
        200: ResponseSpec(str, description="One row a line, in key order.", media_type=JSON_LINES),
        **refusals(404),
    },
)
async def stream_section(
    planner: NamedDependency[Planner], label: FromPath[str], number: FromPath[str], section: FromPath[str]
) -> StreamedAnswer:
    """The rows under their field names, in key order; a section that the revision does not use has none."""
    known = SECTIONS_BY_NAME.get(section)
    if known is None:
        raise NotFoundError("section", repr(section[:80]), remedy=f"There are {', '.join(SECTIONS_BY_NAME)}.")
    reference = f"{checked_label(label)}@{number_in_path('revision', number)}"
    rows = planner.inputs.rows(reference, known.name)
    return await streamed(json_lines(rows, lambda row: _row_fields(known, row)), JSON_LINES)


@post(
    _ONE + "/submit",
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
    _ONE + "/approve",
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


def _row_fields(section: Section, row: InputRow) -> dict[str, Any]:
    fields = {field.name: value for field, value in zip(section.fields, row, strict=True)}
    return {name: json.loads(value) if name.endswith("_json") else value for name, value in fields.items()}


HANDLERS = (
    list_input_sets,
    import_inputs,
    get_input_set,
    get_revision,
    stream_section,
    submit_inputs,
    approve_inputs,
)
