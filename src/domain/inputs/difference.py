"""Differences: what changed between two contents, section by section, row by row, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .content import InputContent
from .revision import InputRevision
from .sections import SECTIONS, InputRow, Section


class RowPair(NamedTuple):
    """One key in two contents: added where ``previous`` is null, removed where ``current`` is, else changed."""

    current: InputRow | None
    previous: InputRow | None


class FieldChange(NamedTuple):
    """A field before and now."""

    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionTotals:
    """What a section comes to: its rows, and the sum of its measure; null where it has none to add up."""

    row_count: int = 0
    total: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionDifference:
    """What changed in one section: counts are whole, lists may be cut; ``changed`` pairs are (current, previous)."""

    section: Section
    added: tuple[InputRow, ...] = ()
    removed: tuple[InputRow, ...] = ()
    changed: tuple[tuple[InputRow, InputRow], ...] = ()
    added_count: int = 0
    removed_count: int = 0
    changed_count: int = 0
    current: SectionTotals
    previous: SectionTotals

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return not (self.added_count or self.removed_count or self.changed_count)

    @property
    def truncated(self) -> bool:
        """Whether a list holds fewer rows than were counted."""
        listed = (len(self.added), len(self.removed), len(self.changed))
        return listed != (self.added_count, self.removed_count, self.changed_count)

    @property
    def absolute_change(self) -> float | None:
        """By how much the total of the measure grew."""
        if self.current.total is None or self.previous.total is None:
            return None
        return self.current.total - self.previous.total

    @property
    def relative_change(self) -> float | None:
        """By which part of what it was the total grew; null where it was nothing."""
        change = self.absolute_change
        return None if change is None or not self.previous.total else change / self.previous.total


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDifference:
    """What changed from one revision to another; every section stands in it, in the order of SECTIONS.

    ``previous`` is null where there was nothing before: then every row was added.
    """

    current: InputRevision
    previous: InputRevision | None
    sections: tuple[SectionDifference, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both hold the same rows."""
        return all(section.is_empty for section in self.sections)

    @property
    def truncated(self) -> bool:
        """Whether a list of some section was cut."""
        return any(section.truncated for section in self.sections)


class DifferenceTally:
    """Counts the pairs of one section and keeps the first so many of each kind."""

    def __init__(self, section: Section, *, rows: int) -> None:
        """Begin with nothing; at most ``rows`` are listed as added, as removed and as changed."""
        self._section = section
        self._rows = rows
        self._added: list[InputRow] = []
        self._removed: list[InputRow] = []
        self._changed: list[tuple[InputRow, InputRow]] = []
        self._counts = [0, 0, 0]

    def take(self, pairs: Iterable[RowPair]) -> None:
        """Count these pairs too."""
        for current, previous in pairs:
            if previous is None and current is not None:
                self._counts[0] += 1
                if len(self._added) < self._rows:
                    self._added.append(current)
            elif current is None and previous is not None:
                self._counts[1] += 1
                if len(self._removed) < self._rows:
                    self._removed.append(previous)
            elif current is not None and previous is not None:
                self._counts[2] += 1
                if len(self._changed) < self._rows:
                    self._changed.append((current, previous))

    def close(self, current: SectionTotals, previous: SectionTotals) -> SectionDifference:
        """What it came to, beside the totals of both contents."""
        added, removed, changed = self._counts
        return SectionDifference(
            section=self._section,
            added=tuple(self._added),
            removed=tuple(self._removed),
            changed=tuple(self._changed),
            added_count=added,
            removed_count=removed,
            changed_count=changed,
            current=current,
            previous=previous,
        )


def row_pairs(section: Section, current: Iterable[InputRow], previous: Iterable[InputRow]) -> Iterator[RowPair]:
    """The pairs in which rows in key order differ: added and changed ones in key order, then removed ones."""
    key_of = section.key_of()
    before = {key_of(row): row for row in previous}
    for row in current:
        known = before.pop(key_of(row), None)
        if known != row:
            yield RowPair(row, known)
    for row in before.values():
        yield RowPair(None, row)


def field_changes(section: Section, current: InputRow, previous: InputRow) -> dict[str, FieldChange]:
    """The fields in which two rows of one key differ, in the order of the section's fields."""
    return {
        rule.name: FieldChange(old, new)
        for rule, new, old in zip(section.fields, current, previous, strict=True)
        if new != old
    }


def totals_of(content: InputContent) -> Mapping[str, SectionTotals]:
    """What every section of a content comes to."""
    return {
        section.name: SectionTotals(
            row_count=len(content.rows(section.name)),
            total=None if section.measure is None else content.total(section.name, section.measure),
        )
        for section in SECTIONS
    }
