"""Rows of several groups, kept in sorted runs: in memory as long as they fit, else in a temporary file."""

from __future__ import annotations

import errno
import heapq
import marshal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Generic, Self, TypeVar

from ...domain.errors import StorageError, StorageFullError

_BLOCK = 500

R = TypeVar("R", bound="tuple[Any, ...]")
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows of one group in key order that were written out: their first and last key, and where they lie."""

    first: Key
    last: Key
    blocks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOrder(Generic[R]):
    """How rows of a group are ordered: the key of a row, how to sort many, and how a written row is made again."""

    key_of: Callable[[R], Key]
    in_order: Callable[[list[R]], list[R]]
    row: Callable[[tuple[Any, ...]], R]


class SortedRuns(Generic[R]):
    """Keeps up to ``limit`` rows in memory and the rest in one temporary file, which vanishes with the context.

    Rows that come in key order cost one comparison each: sorting finds them sorted, and runs that follow one another
    are read one after the other instead of being merged.  The file is written and read through one handle, so all of
    it belongs to one thread at a time.  Equal keys come back side by side, in the order in which they were taken if
    ``in_order`` is stable.
    """

    def __init__(self, order_of: Callable[[str], RowOrder[R]], *, limit: int, directory: Path | None = None) -> None:
        """Begin empty; ``order_of`` tells the order of a group."""
        self._order_of = order_of
        self._limit = limit
        self._directory = directory
        self._rows: dict[str, list[R]] = {}
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
        self.close()

    def close(self) -> None:
        """Forget the rows and erase the file."""
        self._rows, self._runs, self._count = {}, {}, 0
        if self._file is not None:
            self._file.close()
            self._file = None

    def take(self, group: str, rows: Iterable[R]) -> None:
        """Take rows of a group in any order.

        Raises:
            StorageFullError: there is no room for the temporary file.
        """
        coming = iter(rows)
        while taken := list(islice(coming, max(1, self._limit - self._count))):
            if self._count >= self._limit:
                self._spill()
            self._sorted.discard(group)
            self._rows.setdefault(group, []).extend(taken)
            self._count += len(taken)

    @property
    def groups(self) -> list[str]:
        """The groups that rows were taken for, in order of name."""
        return sorted(self._rows.keys() | self._runs.keys())

    def in_batches(self, group: str, size: int) -> Iterator[list[R]]:
        """The rows of a group in key order, so many at a time."""
        if group not in self._runs:
            kept = self._in_memory(group)
            yield from (kept[start : start + size] for start in range(0, len(kept), size))
            return
        rows = iter(self._ordered(group))
        while batch := list(islice(rows, size)):
            yield batch

    def _ordered(self, group: str) -> Iterable[R]:
        key_of = self._order_of(group).key_of
        kept = self._in_memory(group)
        runs = [(run.first, run.last, self._read(group, run)) for run in self._runs.get(group, ())]
        if kept:
            runs.append((key_of(kept[0]), key_of(kept[-1]), iter(kept)))
        chains: list[list[Iterator[R]]] = []
        end: Key | None = None
        for first, last, run in runs:
            if end is not None and end <= first:
                chains[-1].append(run)
            else:
                chains.append([run])
            end = last
        parts = [chain.from_iterable(links) for links in chains]
        return parts[0] if len(parts) == 1 else heapq.merge(*parts, key=key_of)

    def _in_memory(self, group: str) -> list[R]:
        rows = self._rows.get(group, [])
        if rows and group not in self._sorted:
            rows = self._rows[group] = self._order_of(group).in_order(rows)
            self._sorted.add(group)
        return rows

    def _spill(self) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="planvault-", dir=self._directory)  # noqa: SIM115
            for group in list(self._rows):
                run = self._write(group, self._in_memory(group), self._file)
                self._runs.setdefault(group, []).append(run)
                del self._rows[group]
        except OSError as error:
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            raise (StorageFullError if full else StorageError)(
                f"Rows cannot be kept in a temporary file ({error.strerror or error}).",
                remedy="Make room in the directory for temporary files, or set TMPDIR to another one.",
            ) from error
        self._count = 0

    def _write(self, group: str, rows: list[R], file: IO[bytes]) -> _Run:
        blocks: list[tuple[int, int]] = []
        position = file.seek(0, 2)
        for start in range(0, len(rows), _BLOCK):
            # marshal takes tuples only, no subclass of them.
            data = marshal.dumps(list(map(tuple, rows[start : start + _BLOCK])))
            file.write(data)
            blocks.append((position, len(data)))
            position += len(data)
        file.flush()
        key_of = self._order_of(group).key_of
        return _Run(key_of(rows[0]), key_of(rows[-1]), tuple(blocks))

    def _read(self, group: str, run: _Run) -> Iterator[R]:
        row = self._order_of(group).row
        for position, length in run.blocks:
            if self._file is None:
                raise StorageError("The rows of this spool are gone; it was closed.")
            self._file.seek(position)
            yield from map(row, marshal.loads(self._file.read(length)))  # noqa: S302 (our own bytes)
