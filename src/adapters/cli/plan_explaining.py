"""``planvault plans explain``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import click

from ...application.difference_presentation import REPORT_KEYS
from ...application.explanation_presentation import explanation_fields
from ...application.planner import Planner
from ...application.plans.explain_plans import ExplainedLine, PlanExplanation
from ...domain.inputs.difference import SectionDifference
from ...domain.plans.comparison import DEFAULT_MEASURES
from .figures import count, quantity
from .invocation import Invocation, invocation
from .nouns import Command
from .output import write_json, write_table
from .progress import progress_bars

_NOTHING = frozenset({"0", "-0"})


@click.command("explain", cls=Command)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--level", "levels", multiple=True, metavar="LEVEL", help="Explain this level. May be repeated.")
@click.option("--measure", "measures", multiple=True, metavar="NAME", help="Explain this measure. May be repeated.")
def explain(before: str, after: str, levels: tuple[str, ...], measures: tuple[str, ...]) -> None:
    """Say why plan version B comes to something else than plan version A, cause by cause; edits count.

    Engines are run again in memory with one cause swapped at a time; where they cannot be, evidence is told.
    """
    call = invocation()

    async def work(planner: Planner) -> PlanExplanation:
        with progress_bars(call) as progress:
            return await planner.plans.explain(
                before, after, levels=levels, measures=measures or DEFAULT_MEASURES, progress=progress
            )

    found = call.read(work)
    if call.as_json:
        write_json(explanation_fields(found))
    else:
        _write(found)
        _note_rows(call, found)


def _note_rows(call: Invocation, found: PlanExplanation) -> None:
    """Say where the rows are; edits are no part of a comparison."""
    differing = next((level for level, amounts in found.difference.items() if any(amounts)), None)
    if differing is not None and found.before.payload_digest != found.after.payload_digest:
        compared = f"plans compare {found.before.version_id} {found.after.version_id} --level {differing} --top 20"
        call.note(f"\nNext: {call.command(compared)}")


def _write(found: PlanExplanation) -> None:
    before, after = found.before.version_id, found.after.version_id
    for level in found.totals[0]:
        click.echo(f"Why {level} of {after} differs from {before}:")
        old, new = found.totals[0][level], found.totals[1][level]
        rows = [
            [before, *map(quantity, old)],
            *([f"  {_named(line.source)}", *_amounts(found, line, level)] for line in found.lines),
            [after, *map(quantity, new)],
        ]
        write_table(["", *found.measures], rows, right=found.measures)
        click.echo()
    for line in found.lines:
        for said in _evidence(line):
            click.echo(said)
    if not found.lines:
        click.echo("Both were made of the same inputs by the same engine, and edited alike.")
    for reason in found.by_evidence:
        click.echo(f"Not run again: {reason}")


def _amounts(found: PlanExplanation, line: ExplainedLine, level: str) -> Sequence[str]:
    if line.amounts is None:
        return ["-"] * len(found.measures)
    return [_grown(amount) for amount in line.amounts[level]]


def _grown(amount: Fraction) -> str:
    said = quantity(float(amount))
    if said in _NOTHING:
        return "0"
    return f"+{said}" if amount > 0 else said


def _evidence(line: ExplainedLine) -> Iterator[str]:
    """What changed in a cause, and why it could not be run alone."""
    name = _named(line.source)
    for section in line.inputs:
        yield f"{name}: {_section(section)}"
    for setting, change in line.settings.items():
        yield f"{name}: {setting} {_value(change.before)} → {_value(change.after)}"
    if line.not_alone is not None:
        yield f"{name} could not be run alone, so it is in the interaction: {line.not_alone}"


def _section(section: SectionDifference) -> str:
    counts = {"added": section.added_count, "removed": section.removed_count, "changed": section.changed_count}
    parts = ", ".join(f"{count(number)} {kind}" for kind, number in counts.items() if number)
    key = REPORT_KEYS[section.section.name]
    if section.section.measure is None:
        return f"{key} {parts}"
    return (
        f"{key} {parts}; {section.section.measure} "
        f"{quantity(section.previous.total)} → {quantity(section.current.total)}"
    )


def _value(value: Any) -> str:
    return "none" if value is None else str(value)


def _named(source: str) -> str:
    return source.replace("_", " ")
