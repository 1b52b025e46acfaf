"""Routes that look at input sets, revisions and rows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response.base import ASGIResponse
from litestar.serialization import encode_json

from ...application.input_presentation import section_row_fields
from ...application.planner import Planner
from ...application.presentation import input_set_fields, input_summary_fields, page_fields, revision_fields
from ...domain.errors import InvalidRequestError, NotFoundError
from ...domain.inputs.label_pattern import LabelPattern
from ...domain.inputs.ports import InputSetFilter
from ...domain.inputs.sections import SECTIONS_BY_NAME, InputRow
from ...domain.shared.ids import label as checked_label
from ...domain.shared.paging import DEFAULT_LIMIT
from .access import Permission
from .input_paths import ONE, PATH, REVISION
from .parameters import MOST_ROWS, ConfigVersionId, Cursor, Limit, number_in_path
from .problems import refusals
from .streaming import JSON_LINES, json_lines, streamed

ROWS = 500
SomeRows = Annotated[int | None, QueryParameter(ge=1, le=MOST_ROWS, description="How many rows a page has; 500.")]
_STREAM = ".jsonl"


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
    summary="Rows of a section, page by page, or all as a stream",
    responses={
        200: ResponseSpec(
            dict[str, Any],
            description="A page of rows; with ``.jsonl`` behind the section, a line of JSON for each row.",
            media_type="application/json",
        ),
        **refusals(404),
    },
)
async def read_section(
    planner: NamedDependency[Planner],
    label: FromPath[str],
    number: FromPath[str],
    section: FromPath[str],
    *,
    limit: SomeRows = None,
    cursor: Cursor = None,
) -> ASGIResponse:
    """Rows under their field names, in key order; a section that the revision does not use has none.

    With ``.jsonl`` behind the section's name all rows come as a stream, and the server holds a batch at a time.
    """
    known = SECTIONS_BY_NAME.get(section.removesuffix(_STREAM))
    if known is None:
        raise NotFoundError("section", repr(section[:80]), remedy=f"There are {', '.join(SECTIONS_BY_NAME)}.")
    reference = f"{checked_label(label)}@{number_in_path('revision', number)}"

    def fields(row: InputRow) -> dict[str, Any]:
        return section_row_fields(known, row)

    if not section.endswith(_STREAM):
        page = await planner.inputs.page(reference, known.name, limit=limit or ROWS, cursor=cursor)
        return ASGIResponse(body=encode_json(page_fields(page, fields)), media_type="application/json")
    if limit is not None or cursor is not None:
        raise InvalidRequestError("A stream has no pages.", remedy="Leave out .jsonl, or limit and cursor.")
    return await streamed(json_lines(planner.inputs.rows(reference, known.name), fields), JSON_LINES)


HANDLERS = (list_input_sets, get_input_set, get_revision, read_section)
