"""The route by which input files come in."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency

from ...application.planner import Planner
from ...application.presentation import imported_fields
from ...domain.access.actor import Actor
from .access import Permission
from .bodies import UPLOAD_BYTES
from .documented import upload_operation
from .input_paths import PATH
from .parameters import location
from .problems import refusals
from .schemas import ImportFields
from .uploads import parse_fields, read_upload


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


HANDLERS = (import_inputs,)
