"""Comparison: how two plan versions differ, row by row and rolled up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from ..errors import InvalidRequestError
from .series import FIRST_MEASURE, MEASURES, SeriesKey, SeriesRow

DEFAULT_MEASURES: Final = ("demand", "supply", "backlog")
Values = tuple[float | None, ...]
Bucket = tuple[str, str]


class RowChange(NamedTuple):
    """A row of which the two versions say different things: the compared measures before and after.

    ``before`` is null for a row that was added, ``after`` for one that was removed.
    """

    key: SeriesKey
    before: Values | None
    after: Values | None

    @property
    def kind(self) -> str:
        """``added``, ``removed`` or ``changed``."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    def delta(self, place: int) -> float:
        """By how much the measure at that place grew; nothing counts as 0."""
        before = 0.0 if self.before is None else self.before[place] or 0.0
        after = 0.0 if self.after is None else self.after[place] or 0.0
        return after - before


class Rollup(StrEnum):
    """By what rows are rolled up."""

    BUCKET = "bucket"
    ITEM = "item"
    LOCATION = "location"


class GroupTotals(NamedTuple):
    """The sums of a group of rows in both versions; null where a version has no such row, or none with the measure."""

    group: str
    before: Values
    after: Values


class ChangeCounts(NamedTuple):
    """How many rows were added, removed and changed."""

    added: int = 0
    removed: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Materiality:
    """Which measures are compared, and from where on a difference counts.

    One counts when it is larger than ``absolute`` and than ``relative`` times the larger of the two values, for any
    of the measures; nothing counts as 0.
    """

    measures: tuple[str, ...] = DEFAULT_MEASURES
    absolute: float = 0.0
    relative: float = 0.0

    def __post_init__(self) -> None:
        """Measures are known and named once; bounds are finite and not negative.

        Raises:
            InvalidRequestError: something is not.
        """
        unknown = [name for name in self.measures if name not in MEASURES]
        if unknown or not self.measures or len(set(self.measures)) != len(self.measures):
            raise InvalidRequestError(
                f"{unknown[0][:80]!r} is no measure." if unknown else "Measures are named once each.",
                remedy=f"Compare some of {', '.join(MEASURES)}.",
            )
        for bound in (self.absolute, self.relative):
            if not (math.isfinite(bound) and bound >= 0):
                raise InvalidRequestError("A bound of materiality is a number from 0 on.")

    @property
    def counts_everything(self) -> bool:
        """Whether every difference counts, however small."""
        return not (self.absolute or self.relative)

    def counts(self, change: RowChange) -> bool:
        """Whether a change is large enough; without bounds a row that comes or goes always is."""
        if self.counts_everything and change.kind != "changed":
            return True
        return any(self._is_large(change, place) for place in range(len(self.measures)))

    def _is_large(self, change: RowChange, place: int) -> bool:
        before = 0.0 if change.before is None else change.before[place] or 0.0
        after = 0.0 if change.after is None else change.after[place] or 0.0
        size = abs(after - before)
        return size > self.absolute and size > self.relative * abs(before) and size > self.relative * abs(after)


def values_of(row: SeriesRow, measures: Sequence[str]) -> Values:
    """The compared measures of a row."""
    row_values: tuple[Any, ...] = row
    return tuple(row_values[FIRST_MEASURE + MEASURES.index(name)] for name in measures)


def changes_between(
    before: Iterable[SeriesRow], after: Iterable[SeriesRow], material: Materiality
) -> Iterator[RowChange]:
    """The changes between two series, in key order."""
    old, new = {row.key: row for row in before}, {row.key: row for row in after}
    for key in sorted(old.keys() | new.keys()):
        if (change := change_of((old.get(key), new.get(key)), material)) is not None:
            yield change


def change_of(pair: tuple[SeriesRow | None, SeriesRow | None], material: Materiality) -> RowChange | None:
    """What changed between two rows of one key, of which one may be missing; none where nothing counts."""
    row = pair[0] or pair[1]
    if row is None:
        return None
    before, after = (None if one is None else values_of(one, material.measures) for one in pair)
    change = RowChange(row.key, before, after)
    return change if before != after and material.counts(change) else None


class GroupSums:
    """The sums of a series by bucket, item or location, taken batch by batch; memory grows with the groups alone."""

    def __init__(self, by: Rollup, measures: Sequence[str]) -> None:
        """Begin with nothing."""
        self._place = {Rollup.BUCKET: 2, Rollup.ITEM: 3, Rollup.LOCATION: 4}[by]
        self._measures = tuple(measures)
        self._groups: dict[str, list[float | None]] = {}

    def take(self, rows: Iterable[SeriesRow]) -> None:
        """Add up more rows."""
        for row in rows:
            sums = self._groups.setdefault(row.key[self._place], [None] * len(self._measures))
            for place, value in enumerate(values_of(row, self._measures)):
                if value is not None:
                    sums[place] = (sums[place] or 0.0) + value

    def groups(self) -> Mapping[str, Values]:
        """The sums so far; null where no row has the measure."""
        return {group: tuple(sums) for group, sums in self._groups.items()}


def rolled_up(
    before: Iterable[SeriesRow], after: Iterable[SeriesRow], by: Rollup, measures: Sequence[str]
) -> list[GroupTotals]:
    """The sums of both series by bucket, item or location, in order of group."""
    old, new = GroupSums(by, measures), GroupSums(by, measures)
    old.take(before)
    new.take(after)
    return totals_of(old, new, measures)


def totals_of(before: GroupSums, after: GroupSums, measures: Sequence[str]) -> list[GroupTotals]:
    """Both sums side by side, in order of group."""
    old, new = before.groups(), after.groups()
    nothing: Values = (None,) * len(measures)
    return [
        GroupTotals(group, old.get(group, nothing), new.get(group, nothing))
        for group in sorted(old.keys() | new.keys())
    ]
