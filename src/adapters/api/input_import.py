"""Routes by which input files come in, and what was found in them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from ...application.input_presentation import imported_fields, report_fields, report_summary_fields
from ...application.planner import Planner
from ...application.presentation import page_fields
from ...domain.access.actor import Actor
from ...domain.shared.paging import DEFAULT_LIMIT
from .access import Permission
from .bodies import UPLOAD_BYTES
from .documented import upload_operation
from .input_paths import PATH, REPORTS
from .parameters import Cursor, Limit, id_in_path, location
from .problems import refusals
from .schemas import ImportFields
from .uploads import parse_fields, read_upload


@post(
    PATH,
    opt={"permission": Permission.PLAN},
    summary="Upload input files as the new candidate of a label",
    request_max_body_size=UPLOAD_BYTES,
    operation_class=upload_operation(ImportFields, "Input files by their names, see docs/reference/input-files.md."),
    responses=refusals(404, 409, 412, 413, 415, 422, 507),
)
async def import_inputs(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], request: Request[Any, Any, Any]
) -> Response[dict[str, Any]]:
    """The revision, 201 where it is new; 200 where nothing differs from the one before, or it was only validated."""
    upload = await read_upload(request)
    fields = parse_fields(upload, ImportFields)
    imported = await planner.inputs.import_files(actor=actor, files=upload.files, **fields.model_dump())
    if imported.validated_only:
        return Response(imported_fields(imported), status_code=200)
    path = f"{PATH}/{imported.input_set.label}/revisions/{imported.number}"
    return Response(
        imported_fields(imported),
        status_code=200 if imported.unchanged else 201,
        headers=location(request, path),
    )


@get(REPORTS, opt={"permission": Permission.READ}, summary="List import reports", responses=refusals())
async def list_import_reports(
    planner: NamedDependency[Planner],
    *,
    label: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What imports came to, newest first, without their problems."""
    return page_fields(await planner.inputs.reports(label, limit=limit, cursor=cursor), report_summary_fields)


@get(
    REPORTS + "/{report_id:str}",
    opt={"permission": Permission.READ},
    summary="One import report",
    responses=refusals(404),
)
async def get_import_report(planner: NamedDependency[Planner], report_id: FromPath[str]) -> dict[str, Any]:
    """What an import came to, with its first hundred problems or warnings."""
    return report_fields(await planner.inputs.report(id_in_path("import report", report_id)))


HANDLERS = (import_inputs, list_import_reports, get_import_report)
