"""Differences and previews as text: the first line answers, then a table per section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from ...application.difference_presentation import change_of_fields, row_fields
from ...application.inputs.preview_inputs import InputPreview
from ...domain.inputs.difference import InputDifference, SectionDifference
from ...domain.inputs.sections import InputRow, Section
from ...domain.shared.canonical import document
from .figures import count, counted, quantity, short
from .invocation import Invocation
from .output import write_fields, write_table

# Section → how it is called, and what one row of it is.
_WORDS = {
    "family_demands": ("demand", "demand row"),
    "capacity_buckets": ("capacity", "capacity row"),
    "mix_shares": ("the mix", "mix share"),
    "inventory_snapshots": ("inventory", "inventory row"),
    "inbound_orders": ("inbound orders", "inbound order"),
    "period_metrics": ("period metrics", "period metric"),
    "items": ("items", "item"),
    "bom_links": ("the BOM", "BOM link"),
    "calendar_weeks": ("the calendar", "calendar week"),
    "parameters": ("parameters", "parameter"),
}
_ALWAYS_SAID = ("family_demands", "capacity_buckets")
_TINY = 0.0005


def write_difference(call: Invocation, difference: InputDifference) -> None:
    """Write what changed, and how to see what was cut."""
    click.echo(answer(difference))
    _write_sections(difference)
    if difference.truncated:
        call.note(f"\nThere are more. All of them: {call.again(form='csv', limit=None)}")


def write_preview(call: Invocation, preview: InputPreview) -> None:
    """Write a candidate, what it changes, and what comes next."""
    revision, policy = preview.revision, preview.policy
    click.echo(f"{revision.reference}  {revision.status}   sha256 {revision.content_hash}")
    click.echo(answer(preview.difference))
    click.echo()
    names = ", ".join(preview.authors)
    write_fields(
        [
            ("  rows", f"{count(sum(revision.row_counts.values()))} in {counted(len(revision.row_counts), 'section')}"),
            ("  authors", names if policy.allow_self_approval else f"{names}; they may not approve"),
            ("  policy", str(policy)),
            ("  approvals", f"{preview.approvals} of {policy.approvals_required}"),
        ]
    )
    _write_sections(preview.difference)
    if preview.difference.truncated:
        call.note(f"\nThere are more. All of them: {call.command(f'inputs diff {revision.reference} --format csv')}")
    who = "" if policy.allow_self_approval else f" other than {names}"
    if preview.next_step == "submit":
        call.note(f"\nNext: {call.command(f'inputs submit {revision.label}')}   (then an approver{who} says yes)")
    else:
        call.note(f"\nNext: {call.command(f'inputs approve {revision.reference}')}   (an approver{who})")


def answer(difference: InputDifference) -> str:
    """The difference in one sentence."""
    current, previous = difference.current, difference.previous
    against = "nothing" if previous is None else previous.reference
    if difference.is_empty:
        return f"{current.reference} and {against} are equal   sha256 {short(current.content_hash)}"
    parts = [part for section in difference.sections for part in _said(section)]
    rest = ["the rest is equal"] if any(section.is_empty for section in difference.sections) else []
    return f"{current.reference} against {against}: {', '.join([*parts, *rest])}."


def against(difference: InputDifference, *, live: int | None) -> str:
    """What an import changes, in one sentence: the sections with a total first, whether they changed or not."""
    previous = difference.previous
    if previous is None:
        return ""
    standing = "which is live" if previous.number == live else "which was there before"
    said = []
    for section in difference.sections:
        if section.section.name in _ALWAYS_SAID and section.is_empty:
            said.append(f"{_WORDS[section.section.name][0]} unchanged")
        elif section.section.name in _ALWAYS_SAID:
            said.append(_with_total(section))
        else:
            said += _said(section)
    return f"Against {previous.reference}, {standing}: {', '.join(said)}."


def _with_total(difference: SectionDifference) -> str:
    """``demand +2.1 % (12 rows changed)``."""
    counts = (
        (difference.changed_count, "changed"),
        (difference.added_count, "added"),
        (difference.removed_count, "removed"),
    )
    said = ", ".join(f"{counted(number, 'row')} {what}" for number, what in counts if number)
    grown = _grown(difference)
    name = _WORDS[difference.section.name][0]
    return f"{name} {grown} ({said})" if grown else f"{name}: {said}"


def _said(difference: SectionDifference) -> Iterator[str]:
    name, thing = _WORDS[difference.section.name]
    parts = [
        (difference.changed_count, f"{counted(difference.changed_count, 'row')} changed in {name}"),
        (difference.added_count, f"{counted(difference.added_count, thing)} added"),
        (difference.removed_count, f"{counted(difference.removed_count, thing)} removed"),
    ]
    said = ", ".join(part for number, part in parts if number)
    if said:
        grown = _grown(difference)
        yield f"{said} ({grown})" if grown else said


def _grown(difference: SectionDifference) -> str:
    """By how much the total grew: ``+2.1 %``; nothing where it did not, or where there was nothing before."""
    relative = difference.relative_change
    if not relative:
        return ""
    return f"{relative * 100:+.1f} %" if abs(relative) >= _TINY else f"{'+' if relative > 0 else '-'}<0.1 %"


def _write_sections(difference: InputDifference) -> None:
    for section in difference.sections:
        if not section.is_empty:
            click.echo()
            click.echo(_heading(section))
            _write_rows(section)


def _heading(difference: SectionDifference) -> str:
    name = _WORDS[difference.section.name][0].removeprefix("the ")
    counts = (
        (difference.changed_count, "changed"),
        (difference.added_count, "added"),
        (difference.removed_count, "removed"),
    )
    parts = [f"{count(number)} {what}" for number, what in counts if number]
    total = ""
    if difference.section.measure is not None:
        grown = _grown(difference)
        total = (
            f"   {difference.section.measure} {quantity(difference.previous.total)} → "
            f"{quantity(difference.current.total)}{f' ({grown})' if grown else ''}"
        )
    return f"{name}: {', '.join(parts)}{total}"


def _write_rows(difference: SectionDifference) -> None:
    section = difference.section
    lines = [
        *(line for current, previous in difference.changed for line in _changed(section, current, previous)),
        *(_whole(section, row, added=True) for row in difference.added),
        *(_whole(section, row, added=False) for row in difference.removed),
    ]
    if lines:
        write_table(["  ", *section.key, "field", "old", "new"], lines, right=("old", "new"))


def _changed(section: Section, current: InputRow, previous: InputRow) -> Iterator[Sequence[object]]:
    for name, change in change_of_fields(section, current, previous).items():
        yield ["  ~", *_key(section, current), name, _cell(change["old"]), _cell(change["new"])]


def _whole(section: Section, row: InputRow, *, added: bool) -> Sequence[object]:
    fields = row_fields(section, row)
    name = section.measure or next(name for name in fields if name not in section.key)
    value = _cell(fields[name])
    return ["  +" if added else "  -", *_key(section, row), name, None if added else value, value if added else None]


def _key(section: Section, row: InputRow) -> list[str]:
    return [str(part) or "-" for part in section.key_of()(row)]


def _cell(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else document(value)
