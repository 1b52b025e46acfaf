"""Differences as CSV: a line per changed field, and a line per row that came or went; written while it is read."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from typing import Any

from ...domain.inputs.difference import RowPair
from ...domain.inputs.sections import SECTIONS, InputRow, Section
from ...domain.shared.canonical import document
from ..difference_presentation import REPORT_KEYS, change_of_fields, row_fields

KEY_COLUMNS = tuple(f"key{number}" for number in range(1, 1 + max(len(section.key) for section in SECTIONS)))
COLUMNS = ("section", "change", *KEY_COLUMNS, "field", "old", "new")

Batches = AsyncGenerator[tuple[Section, Sequence[RowPair]]]


async def difference_csv(batches: Batches) -> AsyncGenerator[str]:
    """The text, batch by batch, header first; lines end with a line feed.

    The first piece comes only once something was read, so that what is missing is told instead of it.
    """
    header = [COLUMNS]
    async with aclosing(batches):
        async for section, pairs in batches:
            yield _text([*header, *_lines(section, pairs)])
            header = []
    if header:
        yield _text(header)


def _lines(section: Section, pairs: Iterable[RowPair]) -> Iterator[Sequence[str]]:
    name, key_of = REPORT_KEYS[section.name], section.key_of()
    for current, previous in pairs:
        if current is not None and previous is not None:
            for field, change in change_of_fields(section, current, previous).items():
                yield (name, "changed", *_key(key_of(current)), field, _cell(change["old"]), _cell(change["new"]))
        elif current is not None:
            yield (name, "added", *_key(key_of(current)), "", "", _rest(section, current))
        elif previous is not None:
            yield (name, "removed", *_key(key_of(previous)), "", _rest(section, previous), "")


def _key(key: Sequence[Any]) -> list[str]:
    return [*(str(part) for part in key), *[""] * (len(KEY_COLUMNS) - len(key))]


def _rest(section: Section, row: InputRow) -> str:
    """The fields beside the key, as one JSON object."""
    return document({name: value for name, value in row_fields(section, row).items() if name not in section.key})


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else document(value)


def _text(lines: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(lines)
    return buffer.getvalue()
