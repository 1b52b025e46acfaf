"""``planvault plans compare``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import click

from ...application.comparison_presentation import changes_csv, comparison_fields, group_fields, row_change_fields
from ...application.planner import Planner
from ...application.plans.compare_plans import LevelComparison, PlanComparison
from ...domain.errors import InvalidRequestError
from ...domain.plans.comparison import DEFAULT_MEASURES, Materiality, Rollup, Values
from .figures import count, counted, quantity
from .invocation import Invocation, invocation
from .nouns import Command, listing
from .output import write_json, write_table
from .paging import note_more

_NAMED = 6
_NOTHING = frozenset({"0", "-0"})


@click.command("compare", cls=Command)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--level", help="Show the changed rows of this level.")
@click.option("--measure", "measures", multiple=True, metavar="NAME", help="Compare this measure. May be repeated.")
@click.option("--min-abs", type=float, default=0.0, metavar="X", help="Only differences larger than X.")
@click.option(
    "--min-rel", type=float, default=0.0, metavar="R", help="Only differences larger than R of the value (0.05)."
)
@click.option("--top", type=click.IntRange(1, 10_000), metavar="N", help="The N largest, by the first measure.")
@click.option("--by", type=click.Choice([str(by) for by in Rollup]), help="Sums by this instead of rows.")
@click.option("--csv", "as_csv", is_flag=True, help="Every changed row as CSV.")
@listing
def compare(*, before: str, after: str, level: str | None, as_csv: bool, **asked: Any) -> None:
    """Show what plan version B says differently from plan version A; stored values are compared.

    Buckets that only one of them has are listed apart and are no changes.
    """
    call = invocation()
    material = Materiality(
        measures=tuple(asked["measures"]) or DEFAULT_MEASURES, absolute=asked["min_abs"], relative=asked["min_rel"]
    )
    if level is None:
        if as_csv or asked["by"] or asked["top"]:
            raise InvalidRequestError("Rows and sums are those of a level.", remedy="Add --level det, say.")
        found = call.read(lambda planner: planner.plans.compare(before, after, material=material))
        if call.as_json:
            write_json(comparison_fields(found))
        else:
            _write(call, found)
            _note_edits(call, before, after)
    elif as_csv:
        call.read(lambda planner: _write_csv(planner, before, after, level, material))
    elif asked["by"]:
        _sums(call, before, after, level, material, Rollup(asked["by"]))
    else:
        _rows(call, before, after, level, material, asked)


async def _write_csv(planner: Planner, before: str, after: str, level: str, material: Materiality) -> None:
    batches = planner.plans.all_changes(before, after, level=level, material=material)
    async with aclosing(changes_csv(batches, material.measures)) as pieces:
        async for piece in pieces:
            click.echo(piece, nl=False)


def _sums(call: Invocation, before: str, after: str, level: str, material: Materiality, by: Rollup) -> None:  # noqa: PLR0917 (what is compared, and how)
    found = call.read(
        lambda planner: planner.plans.compared_totals(before, after, level=level, by=by, measures=material.measures)
    )
    if call.as_json:
        items = [group_fields(group, material.measures) for group in found]
        write_json({"items": items, "next_cursor": None})
        return
    _table([str(by)], [([group.group], group.before, group.after) for group in found], material)


def _rows(call: Invocation, before: str, after: str, level: str, material: Materiality, asked: dict[str, Any]) -> None:  # noqa: PLR0917 (what is compared, and which part)
    if asked["top"]:
        changes = call.read(
            lambda planner: planner.plans.largest_changes(
                before, after, level=level, top=asked["top"], material=material
            )
        )
        page = None
    else:
        page = call.read(
            lambda planner: planner.plans.changes(
                before, after, level=level, material=material, limit=asked["limit"], cursor=asked["cursor"]
            )
        )
        changes = page.items
    if call.as_json:
        items = [row_change_fields(change, material.measures) for change in changes]
        write_json({"items": items, "next_cursor": None if page is None else page.next_cursor})
        return
    if not changes:
        click.echo(f"No such difference in {level}.")
    _table(
        ["change", "bucket", "item", "location"],
        [([change.kind, *change.key[2:]], change.before or (), change.after or ()) for change in changes],
        material,
    )
    if page is not None:
        note_more(call, page)


def _table(heads: Sequence[str], rows: Sequence[tuple[Sequence[str], Values, Values]], material: Materiality) -> None:
    if not rows:
        return
    names = [f"{name} {which}" for name in material.measures for which in ("A", "B", "B-A")]
    nothing: Values = (None,) * len(material.measures)
    write_table(
        [*heads, *names],
        [
            [
                *keys,
                *(
                    cell
                    for old, new in zip(before or nothing, after or nothing, strict=True)
                    for cell in _cells(old, new)
                ),
            ]
            for keys, before, after in rows
        ],
        right=names,
    )


def _cells(old: float | None, new: float | None) -> tuple[str, str, str]:
    if old is None and new is None:
        return "-", "-", "-"
    delta = (new or 0.0) - (old or 0.0)
    grown = quantity(delta)
    if grown in _NOTHING:
        return quantity(old), quantity(new), "0"
    return quantity(old), quantity(new), f"+{grown}" if delta > 0 else grown


def _write(call: Invocation, found: PlanComparison) -> None:
    before, after = found.before.version_id, found.after.version_id
    if found.equal:
        click.echo(f"{before} and {after} are equal   payload digest {found.after.payload_digest}")
        return
    click.echo(f"{after} against {before}: " + "; ".join(_said(level) for level in found.levels) + ".")
    differing = [level for level in found.levels if not level.equal]
    _table(["level"], [([level.level], *level.totals) for level in differing if level.totals[0]], found.material)
    for level in differing:
        for what, buckets in (("Entering", level.entering), ("Leaving", level.leaving)):
            if buckets:
                named = ", ".join(bucket[1] for bucket in buckets[:_NAMED])
                more = f" and {len(buckets) - _NAMED} more" if len(buckets) > _NAMED else ""
                click.echo(f"{what} the horizon in {level.level}: {named}{more}")
    changed = next((level.level for level in differing if any(level.counts)), None)
    if changed is not None:
        call.note(f"\nNext: {call.command(f'plans compare {before} {after} --level {changed} --top 20')}")


def _note_edits(call: Invocation, *wanted: str) -> None:
    """Say which of them have edits, which a comparison of stored values does not see."""

    async def edited(planner: Planner) -> list[str]:
        return [version for version in wanted if (await planner.plans.overlay(version)).overlay.overrides]

    for version in call.read(edited):
        call.note(f"{version} has edits, which were not compared: {call.command(f'plans overrides {version}')}")


def _said(level: LevelComparison) -> str:
    if level.equal:
        return f"{level.level} is equal"
    parts = [f"{count(number)} {kind}" for kind, number in level.counts._asdict().items() if number]
    rows = counted(level.rows_after, "row")
    return f"{level.level} {', '.join(parts) or 'no row changed'} of {rows}"
