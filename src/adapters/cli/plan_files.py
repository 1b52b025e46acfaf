"""``planvault plans series``: rows to stdout or to a file."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import click

from ...application.planner import Planner
from ...application.presentation import page_fields, series_fields
from ...domain.errors import InvalidRequestError
from ...domain.plans.series import MEASURES, SeriesRow
from ...domain.plans.series_filter import SeriesFilter
from ...domain.shared.paging import DEFAULT_LIMIT, Page
from .figures import counted, quantity
from .files import written_together
from .invocation import Invocation, invocation
from .launcher import SeriesWriter
from .nouns import Command
from .output import on_terminal, write_json, write_table
from .paging import note_more

FORMS = ("jsonl", "csv", "table")
_STDOUT = Path("-")
_FILTERS = ("item", "location", "bucket_from", "bucket_to")
_KEY = ("time_bucket_key", "item_key", "location_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The rows that are asked for."""

    level: str
    only: SeriesFilter
    limit: int | None
    cursor: str | None


@click.command("series", cls=Command)
@click.argument("wanted", metavar="V")
@click.option("--level", required=True, help="The level: aggregate, det, mrp, mrp_final, weekly_summary …")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    help="How rows are written; else by the name of FILE, a table on a terminal, jsonl in a pipe.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    help="Write to FILE, whole or not at all.",
)
@click.option("--item", help="Only rows of this item.")
@click.option("--location", help="Only rows of this location.")
@click.option("--bucket-from", metavar="BUCKET", help="Only this bucket and later ones.")
@click.option("--bucket-to", metavar="BUCKET", help="Only this bucket and earlier ones.")
@click.option("--limit", type=int, help="How many at most (1 to 10 000); a table and --json show 50 unless told.")
@click.option("--cursor", help="Go on where a page ended: its next_cursor.")
@click.option(
    "--spreadsheet-safe", "safe", is_flag=True, help="Keep spreadsheets from taking text in csv for formulas."
)
def series(*, wanted: str, form: str | None, output: Path | None, safe: bool, **asked: Any) -> None:
    """Write the rows of one level of plan version V in key order.

    jsonl and csv stream every row unless --limit or --cursor ask for a part; both can be registered again.
    """
    call = invocation()
    part = _Part(only=SeriesFilter(**{name: asked.pop(name) for name in _FILTERS}), **asked)
    output = None if output == _STDOUT else output
    form = form or _form_of(output)
    if safe and (form != "csv" or call.as_json):
        raise InvalidRequestError("Only csv can be made safe for spreadsheets.", remedy="Add --format csv.")
    if call.as_json or form == "table":
        if output is not None:
            raise InvalidRequestError("FILE takes rows as jsonl or csv.", remedy="Add --format jsonl or csv.")
        page = call.read(lambda planner: _page(planner, wanted, part))
        _write_page(call, page)
        return
    lines, headings = call.launcher.series_writer(form, safe=safe), 1 if form == "csv" else 0
    with _opened(output) as file:
        written = call.read(lambda planner: _stream(_batches(call, planner, wanted, part), lines, headings, file))
    if output is not None:
        call.note(f"{output} holds {counted(written, 'row')} of {part.level}.")


def _form_of(output: Path | None) -> str:
    if output is None:
        return "table" if on_terminal() else "jsonl"
    form = output.suffix.lower().removeprefix(".")
    if form not in {"jsonl", "csv"}:
        raise InvalidRequestError(
            f"{output} does not say how rows are written.",
            remedy="Add --format jsonl or csv; planvault plans export writes parquet and xlsx.",
        )
    return form


async def _page(planner: Planner, wanted: str, part: _Part) -> Page[SeriesRow]:
    limit = DEFAULT_LIMIT if part.limit is None else part.limit
    return await planner.plans.page(wanted, level=part.level, limit=limit, cursor=part.cursor, only=part.only)


def _write_page(call: Invocation, page: Page[SeriesRow]) -> None:
    if call.as_json:
        write_json(page_fields(page, series_fields))
        return
    # Columns that hold nothing on the whole page say nothing.
    used = [name for name in MEASURES if any(getattr(row, name) is not None for row in page.items)]
    write_table(
        ["bucket", "item", "location", *used],
        [
            [*(getattr(row, name) for name in _KEY), *(quantity(getattr(row, name)) for name in used)]
            for row in page.items
        ],
        right=used,
    )
    note_more(call, page)


async def _batches(call: Invocation, planner: Planner, wanted: str, part: _Part) -> AsyncIterator[Sequence[SeriesRow]]:
    if part.limit is None and part.cursor is None:
        async with aclosing(planner.plans.batches(wanted, level=part.level, only=part.only)) as batches:
            async for batch in batches:
                yield batch
        return
    page = await _page(planner, wanted, part)
    yield page.items
    output = click.get_current_context().params["output"]
    # The next part under the same name would take the place of this one.
    apart = {} if output in {None, _STDOUT} else {"output": output.with_stem(f"{output.stem}-next")}
    note_more(call, page, **apart)


async def _stream(
    batches: AsyncIterator[Sequence[SeriesRow]], lines: SeriesWriter, headings: int, write: Callable[[str], object]
) -> int:
    written = 0
    async with aclosing(batches) as open_batches:  # type: ignore[type-var]
        async for batch in open_batches:
            # Each call of the writer begins with a header; only the first is wanted.
            write("".join(islice(lines(batch), headings if written else 0, None)))
            written += len(batch)
    return written


@contextlib.contextmanager
def _opened(output: Path | None) -> Iterator[Callable[[str], object]]:
    if output is None:
        yield lambda text: click.echo(text, nl=False)
        return
    with written_together() as begin:
        file: TextIO = begin(output)
        yield file.write
