"""Random contents of the kind that input files can hold, and exports of them read back."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from planvault.adapters.exchange.input_writer import FileInputWriter
from planvault.application.exchange import ExportOptions, OutgoingContent
from planvault.domain.inputs.content import InputContent, parameter_rows
from planvault.domain.inputs.fields import Field, FieldKind
from planvault.domain.inputs.rows import CalendarWeek
from planvault.domain.inputs.sections import (
    BOM_LINKS,
    CALENDAR_WEEKS,
    MIX_SHARES,
    PARAMETERS,
    SECTIONS,
    InputRow,
    Section,
)
from planvault.domain.shared.canonical import document
from planvault.domain.shared.numbers import EXACT_INTEGERS

from .builders import read

# What makes trouble in CSV, spreadsheets and encodings, all of it in CP932.
LETTERS = "aZ0,\";'=+-@＝＠ｱ彩～①{}"
_FACTS = {"label": "weekly", "number": 3, "status": "ready"}


def texts(alphabet: str) -> st.SearchStrategy[str]:
    return st.text(alphabet=alphabet, min_size=1, max_size=6).map(
        lambda text: unicodedata.normalize("NFC", text).strip() or "x"
    )


def numbers(rule: Field) -> st.SearchStrategy[float]:
    # An integer beyond 2^53 is refused at the door, and so is -0.0 kept as 0.0.
    low = -EXACT_INTEGERS if rule.minimum is None else rule.minimum
    high = EXACT_INTEGERS if rule.maximum is None else rule.maximum
    return st.floats(min_value=low, max_value=high).map(lambda value: value + 0.0)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(alphabet=LETTERS, max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(alphabet="abc", max_size=2), inner, max_size=2),
    max_leaves=4,
)
_OBJECTS = st.dictionaries(st.text(alphabet=LETTERS, max_size=3), _JSON, max_size=2)


def cells(rule: Field, alphabet: str) -> st.SearchStrategy[Any]:
    by_kind: Mapping[FieldKind, st.SearchStrategy[Any]] = {
        FieldKind.TEXT: texts(alphabet),
        FieldKind.NUMBER: numbers(rule),
        FieldKind.DATE: st.dates().map(str),
        FieldKind.CHOICE: st.sampled_from(rule.choices or ("",)),
        FieldKind.DOCUMENT: _OBJECTS.map(document),
    }
    return by_kind[rule.kind] if rule.required else st.none() | by_kind[rule.kind]


def rows_of(section: Section, alphabet: str) -> st.SearchStrategy[list[InputRow]]:
    row = st.tuples(*(cells(rule, alphabet) for rule in section.fields)).map(section.row)
    key_of = section.key_of()
    return st.lists(row, max_size=4, unique_by=key_of).map(_made_sound(section))


def _made_sound(section: Section) -> Any:
    def sound(rows: list[InputRow]) -> list[InputRow]:
        if section is MIX_SHARES:  # one SKU a family and date, with all of it
            first = {(row[0], row[2]): row for row in reversed(rows)}
            return [MIX_SHARES.row([*row[:3], 1, *row[4:]]) for row in first.values()]
        if section is BOM_LINKS:  # links go down in order of name, so never round
            return [row for row in rows if row[0] < row[1]]
        return rows

    return sound


@st.composite
def calendars(draw: st.DrawFn, alphabet: str) -> list[InputRow]:
    weeks: list[InputRow] = []
    for month, name in enumerate(draw(st.lists(texts(alphabet), max_size=3, unique=True)), start=1):
        start, end = f"2026-{month:02}-01", f"2026-{month:02}-28"
        codes = draw(st.lists(texts(alphabet), max_size=3, unique=True))
        for sequence, code in enumerate(codes):
            day = draw(st.none() | st.just(f"2026-{month:02}-07"))
            weight = draw(numbers(CALENDAR_WEEKS.fields[7]))
            attributes = draw(_OBJECTS.map(document))
            weeks.append(CalendarWeek(name, sequence, code, day, day, start, end, weight, attributes))
        if not codes:
            weeks.append(CalendarWeek(name, 0, "", None, None, start, end))
    return weeks


@st.composite
def contents(draw: st.DrawFn, alphabet: str = LETTERS) -> InputContent:
    """A content that a set of files can hold."""
    sections: dict[str, Iterable[InputRow]] = {
        section.name: draw(rows_of(section, alphabet))
        for section in SECTIONS
        if section not in {CALENDAR_WEEKS, PARAMETERS}
    }
    sections[CALENDAR_WEEKS.name] = draw(calendars(alphabet))
    names = st.dictionaries(texts(alphabet), _JSON, max_size=3)
    planning = {name: value for name, value in draw(names).items() if value is not None}
    facts = draw(st.dictionaries(st.sampled_from(["calendar_type", "week_unit"]), texts(alphabet)))
    sections[PARAMETERS.name] = [
        *parameter_rows("planning", planning),
        *parameter_rows("metadata", draw(names)),
        *parameter_rows("calendar", facts),
    ]
    return InputContent.of(sections)


def outgoing(content: InputContent, batch: int = 2) -> OutgoingContent:
    """The content as a writer gets it, in batches as small as that."""

    async def read(section: str) -> AsyncIterator[Sequence[InputRow]]:
        rows = content.rows(section)
        for start in range(0, len(rows), batch):
            yield rows[start : start + batch]

    return OutgoingContent(read=read, row_counts=content.row_counts, facts=_FACTS)


async def exported(content: InputContent, options: ExportOptions | None = None) -> dict[str, bytes]:
    """The files of an export, by name."""
    files = await FileInputWriter().files(outgoing(content), options or ExportOptions())
    return {file.name: b"".join([piece async for piece in file.pieces()]) for file in files}


def imported(files: Mapping[str, bytes]) -> InputContent:
    """What an import makes of files."""
    if not files:
        return InputContent.of({})
    return read(dict(files)).content


def as_legacy(content: InputContent) -> InputContent:
    """What of a content the legacy layout carries, with its parameters."""
    kept = {"family_demands": 3, "capacity_buckets": 3, "inventory_snapshots": 3}
    sections: dict[str, Iterable[InputRow]] = {
        name: [type(row)(*row[:width]) for row in content.rows(name)] for name, width in kept.items()
    }
    first = {row[0]: row for row in reversed(content.rows("mix_shares"))}
    sections["mix_shares"] = [type(row)(row[0], row[1], "", row[3]) for row in first.values()]
    orders = {row[:2]: row for row in content.rows("inbound_orders")}
    sections["inbound_orders"] = [type(row)(*row[:2], "", "", "", row[5]) for row in orders.values()]
    metrics = [row for row in content.rows("period_metrics") if row[0] != "custom"]
    sections["period_metrics"] = [type(row)(*row[:3]) for row in metrics]
    sections["calendar_weeks"] = content.rows("calendar_weeks")
    sections["parameters"] = [row for row in content.rows("parameters") if row.scope != "metadata"]
    return InputContent.of(sections)


def all_options(*encodings: Any) -> st.SearchStrategy[ExportOptions]:
    return st.builds(
        lambda encoding, safe, meta: replace(
            ExportOptions(), encoding=encoding, spreadsheet_safe=safe, include_meta=meta
        ),
        st.sampled_from(encodings),
        st.booleans(),
        st.booleans(),
    )
