"""The route that puts other rows into a plan."""

from __future__ import annotations

from typing import Any

from litestar import Request, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import BaseModel, ConfigDict, Field

from ...application.exchange import NamedStream
from ...application.planner import Planner
from ...application.presentation import plan_fields
from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from .access import Permission
from .bodies import MULTIPART, UPLOAD_BYTES
from .documented import upload_operation
from .plans import lines_of
from .problems import refusals
from .schemas import MoveBody
from .uploads import parse_fields, read_body, read_upload


class SeriesFields(BaseModel):
    """Why rows are replaced, and as what the plan was looked at, as fields of an upload."""

    model_config = ConfigDict(extra="forbid")

    comment: str | None = None
    row_version: int | None = Field(default=None, ge=0)


class SeriesBody(MoveBody):
    """The rows that take the place of those of their levels, under the column names of ``plan_series``."""

    rows: list[dict[str, Any]]


@put(
    "/plans/{version_id:str}/series",
    opt={"permission": Permission.PLAN},
    summary="Replace all rows of one level or of several",
    request_max_body_size=UPLOAD_BYTES,
    operation_class=upload_operation(
        SeriesFields, "One .jsonl, .csv or .parquet file of series rows.", json_body=SeriesBody
    ),
    responses=refusals(404, 409, 412, 413, 415, 422, 507),
)
async def replace_series(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    version_id: FromPath[str],
) -> dict[str, Any]:
    """The version with its new digests; its edits, locks and weights stay."""
    said, file = await _asked(request)
    version = await planner.plans.replace_file(
        version_id, file, actor=actor, comment=said.comment, row_version=said.row_version
    )
    return plan_fields(version)


async def _asked(request: Request[Any, Any, Any]) -> tuple[SeriesFields | SeriesBody, NamedStream]:
    if request.content_type[0] != MULTIPART:
        body = await read_body(request, SeriesBody, remedy="Upload the rows as a .jsonl, .csv or .parquet file.")
        return body, lines_of(body.rows)
    upload = await read_upload(request)
    if len(upload.files) != 1:
        raise InvalidRequestError(
            f"The request holds {len(upload.files)} files, not one.",
            remedy="Send one .jsonl, .csv or .parquet file of rows.",
        )
    return parse_fields(upload, SeriesFields), upload.files[0]


HANDLERS = (replace_series,)
