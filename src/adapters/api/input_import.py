"""Routes by which input files come in, and what was found in them."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from ...application.exchange import NamedStream
from ...application.input_presentation import imported_fields, report_fields, report_summary_fields
from ...application.planner import Planner
from ...application.presentation import page_fields
from ...domain.access.actor import Actor
from ...domain.shared.paging import DEFAULT_LIMIT
from .access import Permission
from .bodies import MULTIPART, UPLOAD_BYTES
from .documented import upload_operation
from .input_paths import PATH, REPORTS
from .parameters import Cursor, Limit, id_in_path, location
from .problems import refusals
from .schemas import ImportBody, ImportFields
from .uploads import parse_fields, read_body, read_upload

_DOCUMENT = "inputs.json"
_FILES = "Input files by their names, or one zip, workbook or JSON document; see docs/reference/input-files.md."


@post(
    PATH,
    opt={"permission": Permission.PLAN},
    summary="Upload input files as the new candidate of a label",
    request_max_body_size=UPLOAD_BYTES,
    operation_class=upload_operation(ImportFields, _FILES, json_body=ImportBody),
    responses=refusals(404, 409, 412, 413, 415, 422, 507),
)
async def import_inputs(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], request: Request[Any, Any, Any]
) -> Response[dict[str, Any]]:
    """The revision, 201 where it is new; 200 where nothing differs from the one before, or it was only validated."""
    asked, files = await _brought(request)
    imported = await planner.inputs.import_files(actor=actor, files=files, **asked)
    if imported.validated_only:
        return Response(imported_fields(imported), status_code=200)
    path = f"{PATH}/{imported.input_set.label}/revisions/{imported.number}"
    return Response(
        imported_fields(imported),
        status_code=200 if imported.unchanged else 201,
        headers=location(request, path),
    )


async def _brought(request: Request[Any, Any, Any]) -> tuple[dict[str, Any], Sequence[NamedStream]]:
    if request.content_type[0] == MULTIPART:
        upload = await read_upload(request)
        return parse_fields(upload, ImportFields).model_dump(), upload.files
    body = await read_body(request, ImportBody, remedy="Upload the document as a file.")
    text = json.dumps(body.inputs, ensure_ascii=False).encode()
    return body.model_dump(exclude={"inputs"}), [NamedStream(name=_DOCUMENT, open=lambda: io.BytesIO(text))]


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
