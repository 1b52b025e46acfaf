"""Reads one CSV file into rows of its section: header contract, line by line, cell by cell."""

from __future__ import annotations

import difflib
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice, repeat
from typing import Any

from ...domain.errors import TooLargeError
from ...domain.inputs.fields import CellError
from ...domain.inputs.sections import InputRow
from .csv_columns import CellColumn
from .csv_records import Record, csv_records
from .input_files import Column, InputFile
from .problems import ProblemList

ROW_LIMIT = 1_000_000
COLUMN_LIMIT = 64
CHUNK = 4096


@dataclass(slots=True, kw_only=True, eq=False)
class Table:
    """The rows of one file and the line each began in; ``sound`` is false once a cell of it is refused.

    A refused cell stands as None in its row, so that keys can still be compared; nothing of an unsound table is
    ever stored.
    """

    source: str
    section: str
    rows: list[InputRow] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("I"))
    sound: bool = True

    def line(self, index: int) -> int | None:
        """The line in which a row began; None in files without lines."""
        return self.lines[index] if self.lines else None


def read_table(file: InputFile, text: Iterable[str], problems: ProblemList) -> Table:
    """The rows of a CSV file; what is wrong is added to ``problems``.

    Raises:
        TooLargeError: more than a million rows.
    """
    table = Table(source=file.name, section=file.section.name)
    before = problems.total
    records = csv_records(text, file.name, problems)
    header = next(records, None)
    if header is not None:
        plan = _Plan(file, header, problems)
        if problems.total == before:
            while batch := list(islice(records, CHUNK)):
                lines, chunk = zip(*batch, strict=True)
                plan.take(lines, chunk, table)
                if len(table.rows) > ROW_LIMIT:
                    raise TooLargeError(f"{file.name} has more than {ROW_LIMIT} rows.", limit=ROW_LIMIT)
    elif problems.total == before:
        problems.add(file.name, "empty-file", f"is empty; its header is {file.header}")
    table.sound = problems.total == before
    return table


class _Plan:
    """What to do with each cell of a file, worked out once from its header."""

    def __init__(self, file: InputFile, first: tuple[int, Record], problems: ProblemList) -> None:
        self._file = file
        self._header_line, header = first
        self._width = len(header)
        self._problems = problems
        found = self._columns(header)
        self._sources: list[CellColumn | str | float | None] = [
            found.get(rule.name, file.constants.get(rule.name, rule.default)) for rule in file.section.fields
        ]
        self._make: Callable[[Iterable[Any]], InputRow] = partial(tuple.__new__, file.section.row_type)  # type: ignore[arg-type]
        self._key = set(file.section.key)

    def _columns(self, header: Record) -> dict[str, CellColumn]:
        """The column of each field; problems for columns that are unknown, twice there, or missing."""
        if len(header) > COLUMN_LIMIT:
            self._header_problem("too-many-columns", f"has {len(header)} columns; at most {COLUMN_LIMIT} are read")
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
                found[column.field] = CellColumn(name, position, rules[column.field])
        for column in self._file.columns:
            if column.required and column.field not in found:
                self._header_problem("missing-column", self._missing(column), column.headers[0])
        return found

    def _header_problem(self, rule: str, message: str, column: str | None = None) -> None:
        self._problems.add(self._file.name, rule, message, line=self._header_line, column=column, value=column)

    def _missing(self, column: Column) -> str:
        return f"{' or '.join(column.headers)} is missing from the header; expected {self._file.header}"

    def _hint(self, name: str) -> str:
        if ";" in name or "\t" in name:
            return f" (part columns by commas); expected {self._file.header}"
        near = difflib.get_close_matches(name.strip().lower(), self._file.by_header(), n=1)
        return f" (did you mean {near[0]}?)" if near else f"; expected {self._file.header}"

    def take(self, lines: Sequence[int], chunk: Sequence[Record], table: Table) -> None:
        """Add the rows of a chunk: column by column when all is well, cell by cell when something is not."""
        table.lines.extend(lines)
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
                table.rows.extend(map(self._make, zip(*values, strict=False)))
                return
        del table.lines[-len(lines) :]
        for line, cells in zip(lines, chunk, strict=True):
            row = self._row(line, cells)
            if row is not None:
                table.rows.append(row)
                table.lines.append(line)

    def _row(self, line: int, cells: Record) -> InputRow | None:
        """One row; None when its key cannot be told."""
        if len(cells) != self._width:
            message = f"has {len(cells)} cells, but the header has {self._width}"
            self._problems.add(self._file.name, "ragged-row", message, line=line)
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
        return self._make(values) if keyed else None

    def _cell(self, line: int, column: CellColumn, cells: Record) -> tuple[Any, bool]:
        text = cells[column.position]
        try:
            return column.cell(text), True
        except CellError as error:
            self._problems.add(self._file.name, error.rule, str(error), line=line, column=column.header, value=text)
            return None, False
