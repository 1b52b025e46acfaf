"""Rows in any order, given back in key order: sorted runs, in memory as long as they fit, else in a temporary file."""

from __future__ import annotations

import errno
import heapq
import marshal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby, islice
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from ...application.exchange import RowSpool
from ...domain.errors import StorageError, StorageFullError
from ...domain.plans.series import KEY_LENGTH, SeriesRow

ROWS_IN_MEMORY = 200_000
BATCH = 2_000
_BLOCK = 500

_level_of = itemgetter(0)
_key_of: Callable[[SeriesRow], tuple[str, ...]] = itemgetter(slice(1, KEY_LENGTH))  # of one level, so without it
_row: Callable[[Iterable[Any]], SeriesRow] = partial(tuple.__new__, SeriesRow)


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows of one level in key order that were written out: their first and last key, and where they lie."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    blocks: tuple[tuple[int, int], ...]


class SeriesSpool(RowSpool):
    """Keeps up to ``limit`` rows in memory and the rest in one temporary file, which vanishes with the context.

    Rows that come in key order cost one comparison each: sorting finds them sorted, and runs that follow one another
    are read one after the other instead of being merged.  The file is written and read through one handle, so a
    spool belongs to one thread at a time.
    """

    def __init__(self, *, limit: int = ROWS_IN_MEMORY, directory: Path | None = None) -> None:
        self._limit = limit
        self._directory = directory
        self._rows: dict[str, list[SeriesRow]] = {}
        self._sorted: set[str] = set()
        self._count = 0
        self._runs: dict[str, list[_Run]] = {}
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget the rows and erase the file."""
        self._rows, self._runs, self._count = {}, {}, 0
        if self._file is not None:
            self._file.close()
            self._file = None

    def add(self, rows: Iterable[SeriesRow]) -> None:
        """Take rows of any level in any order.

        Raises:
            StorageFullError: there is no room for the temporary file.
        """
        for level, group in groupby(rows, _level_of):
            while taken := list(islice(group, max(1, self._limit - self._count))):
                if self._count >= self._limit:
                    self._spill()
                self._sorted.discard(level)
                self._rows.setdefault(level, []).extend(taken)
                self._count += len(taken)

    @property
    def levels(self) -> list[str]:
        """The levels that rows were taken for, in order of name."""
        return sorted(self._rows.keys() | self._runs.keys())

    def batches(self, level: str) -> Iterator[list[SeriesRow]]:
        """The rows of a level in key order, 2 000 at a time. Equal keys stand side by side."""
        rows = iter(self._ordered(level))
        while batch := list(islice(rows, BATCH)):
            yield batch

    def _ordered(self, level: str) -> Iterable[SeriesRow]:
        kept = self._in_memory(level)
        runs = [(run.first, run.last, self._read(run)) for run in self._runs.get(level, ())]
        if kept:
            runs.append((_key_of(kept[0]), _key_of(kept[-1]), iter(kept)))
        chains: list[list[Iterator[SeriesRow]]] = []
        end: tuple[str, ...] | None = None
        for first, last, run in runs:
            if end is not None and end <= first:
                chains[-1].append(run)
            else:
                chains.append([run])
            end = last
        parts = [chain.from_iterable(links) for links in chains]
        return parts[0] if len(parts) == 1 else heapq.merge(*parts, key=_key_of)

    def _in_memory(self, level: str) -> list[SeriesRow]:
        rows = self._rows.get(level, [])
        if rows and level not in self._sorted:
            rows = self._rows[level] = _in_order(rows)
            self._sorted.add(level)
        return rows

    def _spill(self) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="planvault-", dir=self._directory)  # noqa: SIM115
            for level in list(self._rows):
                self._runs.setdefault(level, []).append(self._write(self._in_memory(level), self._file))
                del self._rows[level]
        except OSError as error:
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            raise (StorageFullError if full else StorageError)(
                f"Rows cannot be kept in a temporary file ({error.strerror or error}).",
                remedy="Make room in the directory for temporary files, or set TMPDIR to another one.",
            ) from error
        self._count = 0

    def _write(self, rows: list[SeriesRow], file: IO[bytes]) -> _Run:
        blocks: list[tuple[int, int]] = []
        position = file.seek(0, 2)
        for start in range(0, len(rows), _BLOCK):
            # marshal takes tuples only, no subclass of them.
            data = marshal.dumps(list(map(tuple, rows[start : start + _BLOCK])))
            file.write(data)
            blocks.append((position, len(data)))
            position += len(data)
        file.flush()
        return _Run(_key_of(rows[0]), _key_of(rows[-1]), tuple(blocks))

    def _read(self, run: _Run) -> Iterator[SeriesRow]:
        for position, length in run.blocks:
            if self._file is None:
                raise StorageError("The rows of this spool are gone; it was closed.")
            self._file.seek(position)
            yield from map(_row, marshal.loads(self._file.read(length)))  # noqa: S302 (our own bytes)


def _in_order(rows: list[SeriesRow]) -> list[SeriesRow]:
    try:
        return sorted(rows)  # the key stands first in a row, so whole rows compare as their keys do
    except TypeError:  # two rows of one key, compared as far as a null
        return sorted(rows, key=_key_of)


def open_spool() -> SeriesSpool:
    """An empty spool in the directory for temporary files; leaving it erases what it kept."""
    return SeriesSpool()
