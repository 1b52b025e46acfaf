"""Input rows of all sections in any order, given back in key order and each key once, in bounded memory."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from ...domain.inputs.content import BATCH_ROWS
from ...domain.inputs.sections import SECTIONS, SECTIONS_BY_NAME, InputRow, Section
from .sorted_runs import RowOrder, SortedRuns

ROWS_IN_MEMORY = 100_000
BASE = -1

# A row of a section with two more values: the number of the source that it comes from, and the line (0: none).
Record = tuple[Any, ...]


def _order(section: Section) -> RowOrder[Record]:
    key_of: Callable[[Record], Record] = operator.itemgetter(slice(len(section.key)))  # keys stand first in rows
    return RowOrder(key_of=key_of, in_order=partial(_in_order, key_of=key_of), row=tuple)


def _in_order(records: list[Record], *, key_of: Callable[[Record], Record]) -> list[Record]:
    try:
        if all(map(operator.lt, records, islice(records, 1, None))):
            return records  # as systems export them: nothing to sort, and no key to cut out
    except TypeError:  # two records of one key, compared as far as a null
        pass
    return sorted(records, key=key_of)


def _winner(records: Iterator[Record]) -> Record:
    first = next(records)
    return first if first[-2] != BASE else next((record for record in records if record[-2] != BASE), first)


_ORDERS = {section.name: _order(section) for section in SECTIONS}


class InputSpool(SortedRuns[Record]):
    """Records by section. ``settle`` each section before reading it.

    Where a key stands more than once, a record of the upload wins over one of the base (source ``BASE``), and an
    earlier one over a later one.
    """

    def __init__(self, *, limit: int = ROWS_IN_MEMORY, directory: Path | None = None) -> None:
        """Begin empty."""
        super().__init__(_ORDERS.__getitem__, limit=limit, directory=directory)
        self._doubled: set[str] = set()

    def settle(self, section: str, doubled: Callable[[Record, Record], None]) -> int:
        """How many keys the section has; ``doubled`` is told of each record of the upload whose key was there."""
        key_of = _ORDERS[section].key_of
        count, last = 0, None
        for batch in self.in_batches(section, BATCH_ROWS):
            keys = list(map(key_of, batch))
            if keys[0] == last or any(map(operator.eq, keys, islice(keys, 1, None))):
                self._doubled.add(section)
                return self._count_keys(section, doubled)
            count, last = count + len(batch), keys[-1]
        self._doubled.discard(section)
        return count

    def _count_keys(self, section: str, doubled: Callable[[Record, Record], None]) -> int:
        count = 0
        for _, group in groupby(self._records(section), _ORDERS[section].key_of):
            count += 1
            first: Record | None = None
            for record in group:
                if record[-2] == BASE:
                    continue
                if first is None:
                    first = record
                else:
                    doubled(first, record)
        return count

    def settled(self, section: str) -> Iterator[list[Record]]:
        """The records of a section in key order, each key once, a few thousand at a time."""
        if section not in self._doubled:
            yield from self.in_batches(section, BATCH_ROWS)
            return
        groups = groupby(self._records(section), _ORDERS[section].key_of)
        records = (_winner(group) for _, group in groups)
        while batch := list(islice(records, BATCH_ROWS)):
            yield batch

    def batches(self, section: str) -> Iterator[list[InputRow]]:
        """The rows of a section in key order, each key once, a few thousand at a time."""
        known = SECTIONS_BY_NAME[section]
        cut: Callable[[Record], Record] = operator.itemgetter(slice(len(known.fields)))
        row: Callable[[Iterable[Any]], InputRow] = partial(tuple.__new__, known.row_type)  # type: ignore[arg-type]
        for batch in self.settled(section):
            yield list(map(row, map(cut, batch)))

    def _records(self, section: str) -> Iterator[Record]:
        for batch in self.in_batches(section, BATCH_ROWS):
            yield from batch


class SpooledContent:
    """A content whose rows lie in a spool; gone when that is closed."""

    def __init__(self, spool: InputSpool, content_hash: str, row_counts: Mapping[str, int]) -> None:
        """Take what was found of the settled rows."""
        self._spool = spool
        self.content_hash = content_hash
        self.row_counts = row_counts

    def batches(self, section: str) -> Iterator[list[InputRow]]:
        """The rows of a section in key order, a few thousand at a time."""
        return self._spool.batches(section)
