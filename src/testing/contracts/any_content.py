"""Random contents for property tests: few keys and few values, so that two of them often meet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from ...domain.inputs.content import InputContent
from ...domain.inputs.fields import Field, FieldKind
from ...domain.inputs.sections import SECTIONS, InputRow, Section

_TEXTS = ("A", "B", "b", "東")
_DATES = ("2026-01-31", "2026-02-01")
_DOCUMENTS = ('{"note":"é"}', '{"note":"e","rank":2}')


def any_content(*, most_rows: int = 6) -> st.SearchStrategy[InputContent]:
    """A valid content with up to so many rows in each section."""
    return st.fixed_dictionaries({section.name: _rows(section, most_rows) for section in SECTIONS}).map(InputContent.of)


def _rows(section: Section, most: int) -> st.SearchStrategy[list[InputRow]]:
    row = st.tuples(*(_values(section, field) for field in section.fields)).map(section.row)
    return st.lists(row, max_size=most).map(lambda rows: _once(section, rows))


def _once(section: Section, rows: Iterable[InputRow]) -> list[InputRow]:
    key_of = section.key_of()
    return list({key_of(row): row for row in rows}.values())


def _values(section: Section, field: Field) -> st.SearchStrategy[Any]:
    missing = [] if field.required else [None]
    match field.kind:
        case FieldKind.NUMBER:
            known: Iterable[Any] = (0.0, 0.1, 0.5) if section.name == "mix_shares" else (0.0, 0.1, 1e9)
        case FieldKind.INTEGER:
            known = (0, 1)
        case FieldKind.DATE:
            known = _DATES
        case FieldKind.CHOICE:
            known = field.choices
        case FieldKind.DOCUMENT:
            known = _DOCUMENTS
        case FieldKind.TEXT:
            known = _DOCUMENTS if field.name.endswith("_json") else _TEXTS
    return st.sampled_from([*known, *missing])
