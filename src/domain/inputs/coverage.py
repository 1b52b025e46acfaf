"""What is odd between rows: codes and periods that one section names and another does not know.

These are warnings, never refusals: a set may be odd on purpose.
Each is told once for a code or a period, at the first row that names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .checks import Batches, Finding
from .rows import CalendarWeek
from .sections import (
    BOM_LINKS,
    CALENDAR_WEEKS,
    CAPACITY_BUCKETS,
    FAMILY_DEMANDS,
    INBOUND_ORDERS,
    INVENTORY_SNAPSHOTS,
    ITEMS,
    MIX_SHARES,
    PERIOD_METRICS,
    Section,
)

Key = tuple[Any, ...]
_PERIOD = 1  # where the period stands in a row of demand, capacity and metrics
_DATED = ("cost", "score")
_CALENDAR_FIELDS = len(CALENDAR_WEEKS.fields)


class _Seen(dict[str, Key]):
    """Codes with the key of the first row that names each."""


def coverage_findings(batches: Batches) -> Iterator[Finding]:
    """Everything odd, section by section; rows may carry more behind their fields."""
    calendar = _Calendar.read(batches)
    families, demanded = _seen(batches, FAMILY_DEMANDS, 0, _PERIOD)
    sharing, skus = _seen(batches, MIX_SHARES, 0, 1)
    yield from _families(families, sharing)
    yield from _items(batches, skus)
    (supplied,) = _seen(batches, CAPACITY_BUCKETS, _PERIOD)
    if calendar.periods:
        yield from _periods(calendar, FAMILY_DEMANDS, demanded)
        yield from _periods(calendar, CAPACITY_BUCKETS, supplied)
        yield from _periods(calendar, PERIOD_METRICS, _dated_metrics(batches))
        yield from _orders(calendar, *_seen(batches, INBOUND_ORDERS, 1))
    for period, key in demanded.items():
        if period not in supplied:
            yield _odd(FAMILY_DEMANDS, key, "period-without-capacity", "period", period, "has no capacity at all")


def _families(demanded: Mapping[str, Key], sharing: Mapping[str, Key]) -> Iterator[Finding]:
    for family, key in demanded.items():
        if family not in sharing:
            message = "is demanded, but has no shares"
            yield _odd(FAMILY_DEMANDS, key, "family-without-shares", "family_code", family, message)
    for family, key in sharing.items():
        if family not in demanded:
            message = "has shares, but no demand"
            yield _odd(MIX_SHARES, key, "family-without-demand", "family_code", family, message)


def _items(batches: Batches, skus: Mapping[str, Key]) -> Iterator[Finding]:
    (items,) = _seen(batches, ITEMS, 0)
    parents, children = _seen(batches, BOM_LINKS, 0, 1)
    if items:
        for section, name, codes in (
            (MIX_SHARES, "sku_code", skus),
            (BOM_LINKS, "parent_code", parents),
            (BOM_LINKS, "child_code", children),
        ):
            for code, key in codes.items():
                if code not in items:
                    yield _odd(section, key, "item-without-row", name, code, "has no row among the items")
    known = items.keys() | skus.keys() | parents.keys() | children.keys()
    for section, position in ((INVENTORY_SNAPSHOTS, 1), (INBOUND_ORDERS, 0)):
        (codes,) = _seen(batches, section, position)
        for code, key in codes.items():
            if code not in known:
                message = "is no item, no SKU of a share, and in no bill of materials"
                yield _odd(section, key, "stray-item", "item_code", code, message)


def _periods(calendar: _Calendar, section: Section, named: Mapping[str, Key]) -> Iterator[Finding]:
    for period, key in named.items():
        if period not in calendar.periods:
            yield _odd(section, key, "period-not-in-calendar", "period", period, "is no period of the calendar")


def _orders(calendar: _Calendar, due: Mapping[str, Key]) -> Iterator[Finding]:
    for moment, key in due.items():
        if not calendar.covers(moment):
            message = f"lies outside the calendar ({calendar.start} to {calendar.end})"
            yield _odd(INBOUND_ORDERS, key, "due-outside-calendar", "due_date", moment, message)


@dataclass(slots=True)
class _Calendar:
    """The periods and weeks of a calendar, and the dates that it reaches over."""

    periods: set[str] = field(default_factory=set)
    weeks: set[str] = field(default_factory=set)
    start: str = "9999-12-31"
    end: str = "0000-00-00"

    @classmethod
    def read(cls, batches: Batches) -> _Calendar:
        found = cls()
        for batch in batches(CALENDAR_WEEKS.name):
            for row in batch:
                week = CalendarWeek(*row[:_CALENDAR_FIELDS])
                found.periods.add(week.period)
                found.weeks.add(week.week_code)
                found.start = min(found.start, week.period_start)
                found.end = max(found.end, week.period_end)
        return found

    def covers(self, moment: str) -> bool:
        """Whether a due date, or the key of a period or week, is in the calendar."""
        if len(moment) == len(self.start):
            return self.start <= moment <= self.end
        return moment in self.periods or moment in self.weeks


def _seen(batches: Batches, section: Section, *positions: int) -> list[_Seen]:
    """What stands in each of these fields, found in one pass over the rows."""
    found, key_of = [_Seen() for _ in positions], section.key_of()
    for batch in batches(section.name):
        for seen, position in zip(found, positions, strict=True):
            first = {row[position]: row for row in reversed(batch)}
            for code in reversed(first):
                if code not in seen:
                    seen[code] = key_of(first[code])
    return found


def _dated_metrics(batches: Batches) -> _Seen:
    found, key_of = _Seen(), PERIOD_METRICS.key_of()
    for batch in batches(PERIOD_METRICS.name):
        for row in batch:
            if row[0] in _DATED:
                found.setdefault(row[_PERIOD], key_of(row))
    return found


def _odd(section: Section, key: Key, rule: str, name: str, value: str, message: str) -> Finding:  # noqa: PLR0917 (a line of a table)
    return Finding(
        section=section.name,
        key=key,
        rule=rule,
        message=f"{value} {message}",
        field=name,
        value=value,
        severity="warning",
    )
