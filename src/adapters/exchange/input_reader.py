"""Reads a set of input files into the content of a revision; nothing wrong passes, and nothing wrong hides another."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...application.exchange import InputReader, NamedStream, ReadFile, ReadInputs
from ...domain.errors import InvalidRequestError
from ...domain.inputs.content import InputContent
from ...domain.inputs.rows import Parameter
from ...domain.inputs.sections import CALENDAR_WEEKS, PARAMETERS
from .calendar_json import read_calendar
from .cross_checks import check_tables
from .csv_tables import Table, read_table
from .input_files import (
    CALENDAR_FILE,
    CSV_FILES,
    EXPORT_METADATA_FILE,
    INPUT_FILE_NAMES,
    PARAMETERS_FILE,
)
from .parameter_files import EXPORT_FACTS, ParameterTable, metadata, planning_parameters
from .problems import ProblemList
from .strict_json import read_object
from .text_files import FILE_BYTES, encoding_of, open_text, reading

JSON_BYTES = 2 * 1024 * 1024


class FileInputReader(InputReader):
    """Reads the files named in ``docs/reference/input-files.md``, strictly."""

    def directory(self, path: Path) -> ReadInputs:
        """The content of a directory of input files; hidden files and folders are left alone.

        Raises:
            ValidationError: a file, column or cell breaks its rule; carries the first hundred problems.
            UnsupportedEncodingError: a file is in no encoding that planvault reads.
            InvalidRequestError: the path is no directory, cannot be read, or holds no input file.
            TooLargeError: a file is larger or longer than the limits.
        """
        with reading(str(path)):
            entries = sorted(path.iterdir())
        files: list[NamedStream] = []
        for entry in entries:
            if entry.name.startswith(".") or (entry.is_dir() and entry.name not in INPUT_FILE_NAMES):
                continue
            if entry.exists() and not (entry.is_file() or entry.is_dir()):
                # Opening a pipe would wait for somebody to write into it.
                raise InvalidRequestError(f"{entry.name} cannot be read (it is no file).", name=entry.name)
            files.append(NamedStream(name=entry.name, open=_opener(entry)))
        return self._read(files, f"The directory {path}")

    def streams(self, files: Sequence[NamedStream]) -> ReadInputs:
        """The content of files sent one by one, by the rules of ``directory``."""
        return self._read(files, "The request")

    def _read(self, files: Sequence[NamedStream], where: str) -> ReadInputs:
        if not files:
            raise InvalidRequestError(
                f"{where} holds no input file.", remedy=f"Known files are {', '.join(INPUT_FILE_NAMES)}."
            )
        reading_of = _Reading()
        for name, count in sorted(Counter(file.name for file in files).items()):
            if count > 1:
                reading_of.problems.add(name, "duplicate-file", f"is there {count} times")
        for file in sorted(files, key=lambda file: file.name):
            reading_of.take(file)
        return reading_of.finish()


def _opener(path: Path) -> Any:
    return lambda: path.open("rb")


class _Reading:
    """One set of files on its way to being content."""

    def __init__(self) -> None:
        self.problems = ProblemList()
        self._tables: dict[str, list[Table]] = {}
        self._parameters = ParameterTable(self.problems)
        self._files: list[ReadFile] = []

    def take(self, file: NamedStream) -> None:
        if file.name not in INPUT_FILE_NAMES:
            near = difflib.get_close_matches(file.name.lower(), INPUT_FILE_NAMES, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(INPUT_FILE_NAMES)}"
            self.problems.add(file.name, "unknown-file", f"is no input file; {hint}")
        elif file.name in CSV_FILES:
            self._take_csv(file)
        else:
            self._take_json(file)

    def finish(self) -> ReadInputs:
        for section, tables in self._tables.items():
            if section != CALENDAR_WEEKS.name:  # whose reader knows the path of each week
                check_tables(section, tables, self.problems)
        self.problems.refuse()
        sections = {
            section: [row for table in tables for row in table.rows] for section, tables in self._tables.items()
        }
        sections[PARAMETERS.name] = list(self._parameters.rows())
        return ReadInputs(content=InputContent.of(sections), files=tuple(self._files))

    def _take_csv(self, file: NamedStream) -> None:
        encoding = encoding_of(file, limit=FILE_BYTES)
        with open_text(file, encoding) as text:
            table = read_table(CSV_FILES[file.name], text, self.problems)
        self._keep(table, encoding)

    def _take_json(self, file: NamedStream) -> None:
        encoding = encoding_of(file, limit=JSON_BYTES)
        with open_text(file, encoding) as text:
            values = read_object(text.read(), file.name, self.problems)
        if values is None:
            return
        weeks: list[Any] = []
        parameters: list[Parameter]
        if file.name == CALENDAR_FILE:
            calendar = read_calendar(values, file.name, self.problems)
            weeks, parameters = list(calendar.weeks), calendar.parameters
        elif file.name == PARAMETERS_FILE:
            parameters = planning_parameters(values, file.name, self.problems)
        else:
            leave_out = EXPORT_FACTS if file.name == EXPORT_METADATA_FILE else frozenset[str]()
            parameters = metadata(values, file.name, self.problems, leave_out=leave_out)
        if weeks:
            self._tables[CALENDAR_WEEKS.name] = [Table(source=file.name, section=CALENDAR_WEEKS.name, rows=weeks)]
        self._parameters.take(parameters, file.name)
        count = len(weeks) + len(parameters)
        self._files.append(ReadFile(name=file.name, encoding=encoding, row_count=count))

    def _keep(self, table: Table, encoding: str) -> None:
        self._tables.setdefault(table.section, []).append(table)
        self._files.append(ReadFile(name=table.source, encoding=encoding, row_count=len(table.rows)))
