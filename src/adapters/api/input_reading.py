"""Routes that look at input sets, revisions and rows."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from ...application.planner import Planner
from ...application.presentation import input_set_fields, input_summary_fields, page_fields, revision_fields
from ...domain.errors import NotFoundError
from ...domain.inputs.label_pattern import LabelPattern
from ...domain.inputs.ports import InputSetFilter
from ...domain.inputs.sections import SECTIONS_BY_NAME, InputRow, Section
from ...domain.shared.ids import label as checked_label
from ...domain.shared.paging import DEFAULT_LIMIT
from .access import Permission
from .input_paths import ONE, PATH, REVISION
from .parameters import ConfigVersionId, Cursor, Limit, number_in_path
from .problems import refusals
from .streaming import JSON_LINES, StreamedAnswer, json_lines, streamed


@get(PATH, opt={"permission": Permission.READ}, summary="List input sets", responses=refusals())
async def list_input_sets(
    planner: NamedDependency[Planner],
    *,
    status: FromQuery[Literal["draft", "ready", "archived"] | None] = None,
    config_version_id: ConfigVersionId = None,
    label: Annotated[
        str | None, QueryParameter(description="Only labels like this: ``*`` is anything, ``?`` one character.")
    ] = None,
    awaiting: Annotated[
        str | None, QueryParameter(description="Only those submitted that somebody of this name could approve.")
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Input sets in order of label."""
    wanted = InputSetFilter(
        status=status,
        config_version_id=config_version_id,
        label=None if label is None else LabelPattern(label),
        awaiting=awaiting,
    )
    return page_fields(await planner.inputs.list(wanted, limit=limit, cursor=cursor), input_summary_fields)


@get(ONE, opt={"permission": Permission.READ}, summary="One input set", responses=refusals(404))
async def get_input_set(planner: NamedDependency[Planner], label: FromPath[str]) -> dict[str, Any]:
    """The set with all its revisions."""
    return input_set_fields(await planner.inputs.get(label))


@get(
    REVISION,
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
    REVISION + "/sections/{section:str}",
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


def _row_fields(section: Section, row: InputRow) -> dict[str, Any]:
    fields = {field.name: value for field, value in zip(section.fields, row, strict=True)}
    return {name: json.loads(value) if name.endswith("_json") else value for name, value in fields.items()}


HANDLERS = (list_input_sets, get_input_set, get_revision, stream_section)
