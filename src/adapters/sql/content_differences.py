"""The statements that compare two contents where they lie: joins on the clustered key, which both sides are sorted by.

``IS DISTINCT FROM`` is the same on both databases and takes null for a value, so that 5 and null differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...domain.inputs.difference import RowPair
from ...domain.inputs.sections import SECTIONS, Section

NO_CONTENT = -1  # ids of contents begin at 0


def pairs_sql(section: Section, table: str) -> tuple[str, str]:
    """Rows added or changed in key order, and rows removed; ``:1`` is the current content, ``:2`` the previous one."""
    names = [field.name for field in section.fields]
    current = ", ".join(f"c.{name}" for name in names)
    previous = ", ".join(f"p.{name}" for name in names)
    same_key = " AND ".join(f"p.{name} = c.{name}" for name in section.key)
    differing = " OR ".join(f"c.{name} IS DISTINCT FROM p.{name}" for name in names if name not in section.key)
    first = section.key[0]
    added_or_changed = (
        f"SELECT {current}, {previous} FROM {table} c "  # noqa: S608 (names of our own)
        f"LEFT JOIN {table} p ON p.content_id = :2 AND {same_key} "
        f"WHERE c.content_id = :1 AND (p.{first} IS NULL OR {differing}) "
        f"ORDER BY {', '.join(f'c.{name}' for name in section.key)}"
    )
    removed = (
        f"SELECT {current}, {previous} FROM {table} p "  # noqa: S608 (names of our own)
        f"LEFT JOIN {table} c ON c.content_id = :1 AND {same_key} "
        f"WHERE p.content_id = :2 AND c.{first} IS NULL "
        f"ORDER BY {', '.join(f'p.{name}' for name in section.key)}"
    )
    return added_or_changed, removed


def pair_of(section: Section) -> Callable[[Any], RowPair]:
    """A function from what such a statement gives to the two rows."""
    width = len(section.fields)
    key = section.positions()[0]
    made = section.row_type

    def pair(values: Any) -> RowPair:
        current, previous = values[:width], values[width:]
        return RowPair(
            None if current[key] is None else made(*current), None if previous[key] is None else made(*previous)
        )

    return pair


def totals_sql(tables: Mapping[str, str]) -> str:
    """Of every section its position, its row count and the sum of its measure; ``:1`` is the content."""
    return " UNION ALL ".join(
        f"SELECT {position}, COUNT(*), "  # noqa: S608 (names of our own)
        f"{'NULL' if section.measure is None else f'SUM({section.measure})'} "
        f"FROM {tables[section.name]} WHERE content_id = :1"
        for position, section in enumerate(SECTIONS)
    )
