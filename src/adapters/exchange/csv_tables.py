"""Reads one CSV file into rows of its section: header contract, line by line, cell by cell."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import islice, repeat
from typing import Any

from ...domain.errors import TooLargeError
from ...domain.inputs.fields import CellError
from .csv_columns import CellColumn
from .csv_records import Record
from .input_files import Column, InputFile
from .limits import ImportLimits
from .problems import ProblemList

CHUNK = 4096


class TableReader:
    """Turns the records of one file, header first, into rows of its section.

    A refused cell stands as None in its row, so that keys can still be compared; nothing of such a file is ever
    stored.
    """

    def __init__(
        self, file: InputFile, source: str, problems: ProblemList, limits: ImportLimits, *, guarded: bool = True
    ) -> None:
        """Read a file of this kind; ``source`` is how problems name it, ``guarded`` text loses its apostrophe."""
        self._file = file
        self._source = source
        self._problems = problems
        self._limits = limits
        self._guarded = guarded

    def read(self, records: Iterator[tuple[int, Record]], origin: int) -> Iterator[list[tuple[Any, ...]]]:
        """The rows in batches, each with ``origin`` and the line it began in as two more values.

        What is wrong is added to the problems.

        Raises:
            TooLargeError: more rows than the limit.
        """
        before, count = self._problems.total, 0
        header = next(records, None)
        if header is None:
            if self._problems.total == before:
                self._problems.add(self._source, "empty-file", f"is empty; its header is {self._file.header}")
            return
        plan = _Plan(self._file, self._source, self._problems, self._limits.columns, guarded=self._guarded)
        plan.begin(header)
        if self._problems.total != before:
            return
        while batch := list(islice(records, CHUNK)):
            lines, chunk = zip(*batch, strict=True)
            rows = plan.rows(lines, chunk, origin)
            count += len(rows)
            if count > self._limits.rows:
                raise TooLargeError(f"{self._source} has more than {self._limits.rows} rows.", limit=self._limits.rows)
            yield rows


class _Plan:
    """What to do with each cell of a file, worked out once from its header."""

    def __init__(self, file: InputFile, source: str, problems: ProblemList, columns: int, *, guarded: bool) -> None:
        self._file = file
        self._source = source
        self._problems = problems
        self._most_columns = columns
        self._guarded = guarded
        self._header_line = 1
        self._width = 0
        self._sources: list[CellColumn | str | float | None] = []
        self._key = set(file.section.key)

    def begin(self, first: tuple[int, Record]) -> None:
        """Look at the header."""
        self._header_line, header = first
        self._width = len(header)
        found = self._columns(header)
        self._sources = [
            found.get(rule.name, self._file.constants.get(rule.name, rule.default))
            for rule in self._file.section.fields
        ]

    def _columns(self, header: Record) -> dict[str, CellColumn]:
        """The column of each field; problems for columns that are unknown, twice there, or missing."""
        if len(header) > self._most_columns:
            message = f"has {len(header)} columns; at most {self._most_columns} are read"
            self._header_problem("too-many-columns", message)
            return {}
        known = self._file.by_header()
        rules = {rule.name: rule for rule in self._file.section.fields}
        found: dict[str, CellColumn] = {}
        for position, name in enumerate(header):
            column = known.get(name)
            if column is None:
                self._header_problem("unknown-column", f"is no column of this file{self._hint(name)}", name)
            elif column.field in found:
                earlier = found[column.field].header
                same = "stands twice" if earlier == name else f"means the same column as {earlier}"
                self._header_problem("duplicate-column", f"{same} in the header", name)
            else:
                found[column.field] = CellColumn(name, position, rules[column.field], guarded=self._guarded)
        for column in self._file.columns:
            if column.required and column.field not in found:
                self._header_problem("missing-column", self._missing(column), column.headers[0])
        return found

    def _header_problem(self, rule: str, message: str, column: str | None = None) -> None:
        self._problems.add(self._source, rule, message, line=self._header_line, column=column, value=column)

    def _missing(self, column: Column) -> str:
        return f"{' or '.join(column.headers)} is missing from the header; expected {self._file.header}"

    def _hint(self, name: str) -> str:
        if ";" in name or "\t" in name:
            return f" (part columns by commas); expected {self._file.header}"
        near = difflib.get_close_matches(name.strip().lower(), self._file.by_header(), n=1)
        return f" (did you mean {near[0]}?)" if near else f"; expected {self._file.header}"

    def rows(self, lines: Sequence[int], chunk: Sequence[Record], origin: int) -> list[tuple[Any, ...]]:
        """The rows of a chunk: column by column when all is well, cell by cell when something is not."""
        if set(map(len, chunk)) == {self._width}:
            columns = list(zip(*chunk, strict=True))
            try:
                values = [
                    source.values(columns[source.position]) if isinstance(source, CellColumn) else repeat(source)
                    for source in self._sources
                ]
            except CellError:
                pass
            else:
                return list(zip(*values, repeat(origin), lines, strict=False))
        found = ((line, self._row(line, cells)) for line, cells in zip(lines, chunk, strict=True))
        return [(*row, origin, line) for line, row in found if row is not None]

    def _row(self, line: int, cells: Record) -> list[Any] | None:
        """One row; None when its key cannot be told."""
        if len(cells) != self._width:
            message = f"has {len(cells)} cells, but the header has {self._width}"
            self._problems.add(self._source, "ragged-row", message, line=line)
            return None
        values: list[Any] = []
        keyed = True
        for rule, source in zip(self._file.section.fields, self._sources, strict=True):
            if isinstance(source, CellColumn):
                value, sound = self._cell(line, source, cells)
                keyed = keyed and (sound or rule.name not in self._key)
                values.append(value)
            else:
                values.append(source)
        return values if keyed else None

    def _cell(self, line: int, column: CellColumn, cells: Record) -> tuple[Any, bool]:
        text = cells[column.position]
        try:
            return column.cell(text), True
        except CellError as error:
            self._problems.add(self._source, error.rule, str(error), line=line, column=column.header, value=text)
            return None, False
