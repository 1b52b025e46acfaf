"""``planvault plans pivot`` and ``levels``: plans as tables."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import click

from ...application.pivot_presentation import bucket_headings, outline_fields, pivot_csv, pivot_fields
from ...application.planner import Planner
from ...application.plans.pivot_plan import PivotPage
from ...application.presentation import list_fields
from ...domain.errors import InvalidRequestError
from ...domain.plans.pivot import LevelOutline
from ...domain.plans.series_filter import SeriesFilter
from ...domain.shared.paging import Page
from .figures import count, counted, quantity
from .invocation import Invocation, invocation
from .nouns import Command, listing
from .output import on_terminal, write_json, write_table
from .paging import note_more

_FILTERS = ("item", "location", "bucket_from", "bucket_to")
_GAP = 2


@click.command("pivot", cls=Command)
@click.argument("wanted", metavar="V")
@click.option("--level", required=True, help="The level: aggregate, det, mrp, mrp_final, weekly_summary …")
@click.option("--measure", required=True, metavar="NAME", help="The measure: demand, supply, backlog …")
@click.option("--item", help="Only this item.")
@click.option("--location", help="Only rows of this location.")
@click.option("--bucket-from", metavar="BUCKET", help="Only this bucket and later ones.")
@click.option("--bucket-to", metavar="BUCKET", help="Only this bucket and earlier ones.")
@click.option("--csv", "as_csv", is_flag=True, help="Every item as CSV.")
@listing
def pivot(*, wanted: str, level: str, measure: str, as_csv: bool, **asked: Any) -> None:
    """Show one measure of a level of plan version V: items down, buckets across, locations added up.

    Items and buckets come in natural order, M2 before M10.
    """
    call = invocation()
    only = SeriesFilter(**{name: asked.pop(name) for name in _FILTERS})
    if as_csv:
        if call.as_json:
            raise InvalidRequestError("An answer is CSV or JSON.", remedy="Leave out --csv or --json.")
        call.read(lambda planner: _write_csv(planner, wanted, level, measure, only))
        return
    page = call.read(lambda planner: planner.plans.pivot(wanted, level=level, measure=measure, only=only, **asked))
    if call.as_json:
        write_json(pivot_fields(page, level=level, measure=measure))
    elif page.rows:
        _write_table(call, page)
    else:
        click.echo(f"{level} has no such rows.")


async def _write_csv(planner: Planner, wanted: str, level: str, measure: str, only: SeriesFilter) -> None:
    pages = planner.plans.pivot_pages(wanted, level=level, measure=measure, only=only)
    async with aclosing(pivot_csv(pages)) as pieces:
        async for piece in pieces:
            click.echo(piece, nl=False)


def _write_table(call: Invocation, page: PivotPage) -> None:
    headings = bucket_headings(page.buckets)
    lines = [[row.item, quantity(row.total), *map(quantity, row.values)] for row in page.rows]
    shown = _fitting(["item", "total", *headings], lines)
    write_table(["item", "total", *headings[:shown]], [line[: 2 + shown] for line in lines], right=["total", *headings])
    if shown < len(headings):
        following = call.again(bucket_from=page.buckets[shown][1])
        call.note(f"\n{counted(len(headings) - shown, 'more bucket')} on the right. Next: {following}")
    note_more(call, Page(items=page.rows, next_cursor=page.next_cursor))


def _fitting(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> int:
    """How many buckets a terminal has room for, at least one; elsewhere all of them."""
    if not on_terminal():
        return len(headings) - 2
    widths = [max(map(len, column)) + _GAP for column in zip(headings, *lines, strict=True)]
    room, shown = shutil.get_terminal_size().columns - widths[0] - widths[1], 0
    for width in widths[2:]:
        room -= width
        if room < 0:
            break
        shown += 1
    return max(1, shown)


@click.command("levels", cls=Command)
@click.argument("wanted", metavar="V")
def levels(*, wanted: str) -> None:
    """Show what each level of plan version V comes to: rows, buckets, items, locations, and the sum of each measure."""
    call = invocation()
    found = call.read(lambda planner: planner.plans.levels(wanted))
    if call.as_json:
        write_json(list_fields(found, outline_fields))
        return
    _write_levels(found)


def _write_levels(found: Sequence[LevelOutline]) -> None:
    names = list(dict.fromkeys(name for level in found for name in level.totals))
    counts = ["rows", "buckets", "items", "locations"]
    write_table(
        ["level", *counts, *names],
        [
            [
                level.level,
                *(count(getattr(level, name)) for name in counts),
                *(quantity(level.totals.get(name)) for name in names),
            ]
            for level in found
        ],
        right=[*counts, *names],
    )
