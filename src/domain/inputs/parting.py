"""Parting: two contents taken apart by what a row is about, and mixed out of parts of both."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from .content import InputContent
from .difference import DifferenceTally, SectionDifference, SectionTotals, row_pairs
from .sections import (
    BOM_LINKS,
    CALENDAR_WEEKS,
    CAPACITY_BUCKETS,
    FAMILY_DEMANDS,
    INBOUND_ORDERS,
    INVENTORY_SNAPSHOTS,
    ITEMS,
    MIX_SHARES,
    PARAMETERS,
    PERIOD_METRICS,
    SECTIONS,
    InputRow,
    Section,
)


class InputPart(StrEnum):
    """What rows of a content are about, in the order in which causes are told."""

    HORIZON = "horizon"
    OPENING_INVENTORY = "opening_inventory"
    DEMAND = "demand"
    CAPACITY = "capacity"
    ORDERS = "orders"
    OTHER_INPUTS = "other_inputs"
    PARAMETERS = "parameters"


_PART_OF: Final[Mapping[str, InputPart]] = {
    FAMILY_DEMANDS.name: InputPart.DEMAND,
    CAPACITY_BUCKETS.name: InputPart.CAPACITY,
    MIX_SHARES.name: InputPart.OTHER_INPUTS,
    INVENTORY_SNAPSHOTS.name: InputPart.OPENING_INVENTORY,
    INBOUND_ORDERS.name: InputPart.ORDERS,
    PERIOD_METRICS.name: InputPart.OTHER_INPUTS,
    ITEMS.name: InputPart.OTHER_INPUTS,
    BOM_LINKS.name: InputPart.OTHER_INPUTS,
    CALENDAR_WEEKS.name: InputPart.HORIZON,
}
_BY_PERIOD: Final = (FAMILY_DEMANDS.name, CAPACITY_BUCKETS.name, PERIOD_METRICS.name)
_PART_OF_SCOPE: Final[Mapping[str, InputPart]] = {
    "planning": InputPart.PARAMETERS,
    "calendar": InputPart.HORIZON,
    "metadata": InputPart.OTHER_INPUTS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartedContents:
    """Two contents whose rows belong to parts: to which one follows from the key, so any mixture is a content.

    The horizon is the calendar, and everything stated for a period that only one of them has a demand in.
    """

    before: InputContent
    after: InputContent
    one_sided: frozenset[str]

    @classmethod
    def of(cls, before: InputContent, after: InputContent) -> PartedContents:
        """The two, with the periods that only one of them plans."""
        return cls(before=before, after=after, one_sided=frozenset(_periods(before) ^ _periods(after)))

    def differences(self) -> dict[InputPart, tuple[SectionDifference, ...]]:
        """What differs, by part in order; each section with counts and the totals of its rows in that part.

        Sections in which nothing differs are left out, and so are parts.
        """
        if self.before.content_hash == self.after.content_hash:
            return {}
        found: dict[InputPart, list[SectionDifference]] = {}
        for section in SECTIONS:
            old, new = self._parted(section, self.before), self._parted(section, self.after)
            for part in InputPart:
                difference = _difference(section, old.get(part, ()), new.get(part, ()))
                if not difference.is_empty:
                    found.setdefault(part, []).append(difference)
        return {part: tuple(found[part]) for part in InputPart if part in found}

    def mixed(self, parts: Collection[InputPart]) -> InputContent:
        """The content before, with these parts of the one after in the place of its own."""
        sections: dict[str, list[InputRow]] = {}
        for section in SECTIONS:
            part_of = self._part_of(section)
            sections[section.name] = [
                *(row for row in self.before.rows(section.name) if part_of(row) not in parts),
                *(row for row in self.after.rows(section.name) if part_of(row) in parts),
            ]
        return InputContent.of(sections)

    def _parted(self, section: Section, content: InputContent) -> Mapping[InputPart, Sequence[InputRow]]:
        part_of = self._part_of(section)
        parted: dict[InputPart, list[InputRow]] = {}
        for row in content.rows(section.name):
            parted.setdefault(part_of(row), []).append(row)
        return parted

    def _part_of(self, section: Section) -> Callable[[InputRow], InputPart]:
        if section.name == PARAMETERS.name:
            return lambda row: _PART_OF_SCOPE[row[0]]
        part = _PART_OF[section.name]
        if not self.one_sided or section.name not in _BY_PERIOD:
            return lambda _: part
        place = [rule.name for rule in section.fields].index("period")
        return lambda row: InputPart.HORIZON if row[place] in self.one_sided else part


def _periods(content: InputContent) -> set[str]:
    return {row.period for row in content.rows(FAMILY_DEMANDS.name)}


def _difference(section: Section, before: Sequence[InputRow], after: Sequence[InputRow]) -> SectionDifference:
    tally = DifferenceTally(section, rows=0)
    tally.take(row_pairs(section, after, before))
    return tally.close(_totals(section, after), _totals(section, before))


def _totals(section: Section, rows: Sequence[InputRow]) -> SectionTotals:
    if section.measure is None:
        return SectionTotals(row_count=len(rows))
    place = [rule.name for rule in section.fields].index(section.measure)
    values: Iterable[Any] = (row[place] for row in rows)
    return SectionTotals(row_count=len(rows), total=math.fsum(values))
