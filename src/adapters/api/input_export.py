"""The route by which inputs are taken out."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response.base import ASGIResponse

from ...application.exchange import ExportEncoding, ExportForm, ExportLayout, ExportOptions
from ...application.planner import Planner
from ...domain.shared.ids import label as checked_label
from .access import Permission
from .etags import names, unchanged
from .input_paths import ONE
from .problems import refusals
from .streaming import streamed

_HIGHEST = 999_999_999
_MEDIA_TYPES = {
    ExportForm.ZIP: "application/zip",
    ExportForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportForm.JSON: "application/json",
}
Revision = Annotated[
    int | None, QueryParameter(ge=1, le=_HIGHEST, description="The revision's number; what is live without one.")
]
Against = Annotated[
    str | None, QueryParameter(description="LABEL or LABEL@N: what differs goes into the zip as diff_report.json.")
]
Form = Annotated[ExportForm, QueryParameter(description="A zip of CSV files, a workbook, or one JSON document.")]


@get(
    ONE + "/export",
    opt={"permission": Permission.READ},
    summary="The exact inputs of a revision as one file",
    responses={
        200: ResponseSpec(bytes, description="The file.", media_type="application/octet-stream"),
        304: ResponseSpec(None, description="The file is still the one that ``If-None-Match`` names."),
        **refusals(404, 409, 413, 507),
    },
)
async def export_inputs(  # noqa: PLR0913 (the parameters of the route)
    planner: NamedDependency[Planner],
    request: Request[Any, Any, Any],
    label: FromPath[str],
    *,
    format: Form = ExportForm.ZIP,  # noqa: A002 (the legacy name of the parameter)
    revision: Revision = None,
    layout: FromQuery[ExportLayout] = ExportLayout.LOSSLESS,
    encoding: FromQuery[ExportEncoding] = ExportEncoding.UTF_8,
    include_meta: FromQuery[bool] = False,
    spreadsheet_safe: FromQuery[bool] = False,
    diff_against: Against = None,
) -> ASGIResponse:
    """The file, complete and checked against the content hash before its first byte is sent.

    The same ``ETag`` means the same bytes.
    """
    reference = str(checked_label(label)) + ("" if revision is None else f"@{revision}")
    options = ExportOptions(
        layout=layout, encoding=encoding, spreadsheet_safe=spreadsheet_safe, include_meta=include_meta
    )
    asked = request.headers.get("if-none-match")
    if asked is not None:
        tag = await planner.inputs.export_tag(reference, form=format, options=options, against=diff_against)
        if names(asked, tag):
            return unchanged(tag)
    archive = await planner.inputs.export_archive(reference, form=format, options=options, against=diff_against)
    return await streamed(
        archive.pieces(),
        _MEDIA_TYPES[format],
        {
            "content-disposition": f'attachment; filename="{archive.name}"',  # a label needs no escapes
            "content-length": str(archive.size),
            "etag": f'"{archive.tag}"',
        },
    )


HANDLERS = (export_inputs,)
