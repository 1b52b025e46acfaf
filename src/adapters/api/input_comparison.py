"""Routes that say what changed between revisions, and what a candidate would change."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Any, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from ...application.inputs.diff_inputs import DEFAULT_ROWS, MOST_ROWS
from ...application.inputs.preview_inputs import PREVIEW_ROWS
from ...application.planner import Planner
from ...application.preview_presentation import preview_fields
from ...domain.shared.ids import label as checked_label
from .access import Permission
from .input_paths import ONE
from .problems import refusals
from .streaming import StreamedAnswer, encoded, streamed

CACHE_HEADER = "X-Cache"
_CSV = "text/csv"
_HIGHEST_NUMBER = 999_999_999
_LISTED = "How many rows are listed per section as added, as removed and as changed; {} unless told."

Against = Annotated[
    str | None, QueryParameter(max_length=100, description="LABEL or LABEL@N to compare with, of any input set.")
]
Number = Annotated[int | None, QueryParameter(ge=1, le=_HIGHEST_NUMBER, description="The revision; else what is live.")]
Listed = Annotated[
    int | None,
    QueryParameter(ge=0, le=MOST_ROWS, description=_LISTED.format(f"{DEFAULT_ROWS}, and in CSV all of them,")),
]
Previewed = Annotated[int, QueryParameter(ge=0, le=MOST_ROWS, description=_LISTED.format(PREVIEW_ROWS))]
Refresh = Annotated[bool, QueryParameter(description="Compute the JSON report anew, whatever the cache holds.")]


@get(
    ONE + "/diff",
    opt={"permission": Permission.READ},
    summary="What changed from one revision to another",
    responses={
        200: ResponseSpec(
            dict[str, Any], description="The report; its header X-Cache says hit, miss or stale. Or CSV, streamed."
        ),
        **refusals(404),
    },
)
async def diff_inputs(
    planner: NamedDependency[Planner],
    label: FromPath[str],
    *,
    against: Against = None,
    revision: Number = None,
    format: FromQuery[Literal["json", "csv"]] = "json",  # noqa: A002 (the name of the query parameter)
    limit: Listed = None,
    refresh: Refresh = False,
) -> StreamedAnswer:
    """The report of a revision, or of what is live, against another one.

    Without ``against`` it is the revision that it replaced, or else what is live.
    """
    reference = checked_label(label) if revision is None else f"{checked_label(label)}@{revision}"
    if format == "csv":
        return await streamed(encoded(planner.inputs.diff_csv(reference, against, rows=limit)), _CSV)
    rows = DEFAULT_ROWS if limit is None else limit
    answer = await planner.inputs.diff_report(reference, against, rows=rows, refresh=refresh)
    return await streamed(_whole(answer.body), "application/json", {CACHE_HEADER: str(answer.cache)})


@get(
    ONE + "/preview",
    opt={"permission": Permission.READ},
    summary="What the candidate would change, and who may approve it",
    responses=refusals(404, 409),
)
async def preview_inputs(
    planner: NamedDependency[Planner], label: FromPath[str], limit: Previewed = PREVIEW_ROWS
) -> dict[str, Any]:
    """The candidate with its hash and row counts, its difference from what is live, and what comes next."""
    return preview_fields(await planner.inputs.preview(label, rows=limit))


async def _whole(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


HANDLERS = (diff_inputs, preview_inputs)
