"""Series rows in any order, given back in key order, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from ...application.exchange import RowSpool
from ...domain.plans.series import KEY_LENGTH, SeriesRow
from .sorted_runs import RowOrder, SortedRuns

ROWS_IN_MEMORY = 200_000
BATCH = 2_000

_level_of = itemgetter(0)
_key_of: Callable[[SeriesRow], tuple[str, ...]] = itemgetter(slice(1, KEY_LENGTH))  # of one level, so without it


def _in_order(rows: list[SeriesRow]) -> list[SeriesRow]:
    try:
        return sorted(rows)  # the key stands first in a row, so whole rows compare as their keys do
    except TypeError:  # two rows of one key, compared as far as a null
        return sorted(rows, key=_key_of)


_ORDER: RowOrder[SeriesRow] = RowOrder(key_of=_key_of, in_order=_in_order, row=partial(tuple.__new__, SeriesRow))


class SeriesSpool(SortedRuns[SeriesRow], RowSpool):
    """Series rows in sorted runs, by level."""

    def __init__(self, *, limit: int = ROWS_IN_MEMORY, directory: Path | None = None) -> None:
        """Begin empty."""
        super().__init__(lambda _: _ORDER, limit=limit, directory=directory)

    def add(self, rows: Iterable[SeriesRow]) -> None:
        """Take rows of any level in any order.

        Raises:
            StorageFullError: there is no room for the temporary file.
        """
        for level, group in groupby(rows, _level_of):
            self.take(level, group)

    @property
    def levels(self) -> list[str]:
        """The levels that rows were taken for, in order of name."""
        return self.groups

    def batches(self, level: str) -> Iterator[list[SeriesRow]]:
        """The rows of a level in key order, 2 000 at a time. Equal keys stand side by side."""
        return self.in_batches(level, BATCH)


def open_spool() -> SeriesSpool:
    """An empty spool in the directory for temporary files; leaving it erases what it kept."""
    return SeriesSpool()
