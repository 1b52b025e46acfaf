"""One set of input files on its way to being content: rows go into a spool, problems into a list."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

from ...application.exchange import NO_ENCODING, InputReading, NamedStream, ReadFile, ReadInputs
from ...domain.inputs.checks import circle_findings, share_findings
from ...domain.inputs.content import hashed
from ...domain.inputs.coverage import coverage_findings
from ...domain.inputs.rows import Parameter
from ...domain.inputs.sections import BOM_LINKS, CALENDAR_WEEKS, MIX_SHARES, PARAMETERS, SECTIONS, InputRow, Section
from .calendar_json import read_calendar
from .csv_records import Record as TextRecord
from .csv_records import csv_records
from .csv_tables import TableReader
from .finding_places import FindingPlaces
from .input_files import (
    CALENDAR_FILE,
    CSV_FILES,
    DIFFERENCE_REPORT_FILE,
    EXPORT_METADATA_FILE,
    INPUT_FILE_NAMES,
    PARAMETERS_FILE,
    InputFile,
    WholeSet,
    whole_set,
)
from .input_spool import BASE, InputSpool, Record, SpooledContent
from .limits import ImportLimits
from .parameter_files import EXPORT_FACTS, ParameterTable, metadata, planning_parameters
from .problems import ProblemList
from .strict_json import read_object
from .text_files import encoding_of, open_text


class SpooledReading(InputReading):
    """Takes files part by part, then says what they come to."""

    def __init__(
        self, spool: InputSpool, *, limits: ImportLimits, share_tolerance: float, encoding: str | None = None
    ) -> None:
        """Keep rows in this spool; ``encoding`` is what somebody says of all files."""
        self.problems = ProblemList()
        self._spool = spool
        self._limits = limits
        self._share_tolerance = share_tolerance
        self._encoding = encoding
        self._parameters = ParameterTable(self.problems)
        self._files: list[ReadFile] = []
        self._sources: list[str] = []
        self._base = "the base"
        self._unsound: set[str] = set()
        self._periods: set[str] = set()
        self._taken: Counter[str] = Counter()
        self._filled_by: dict[str, str] = {}

    @property
    def files(self) -> tuple[ReadFile, ...]:
        """The files taken so far."""
        return tuple(self._files)

    # Parts ------------------------------------------------------------------------------------------------------------

    def take_all(self, files: Sequence[NamedStream]) -> None:
        """Take files as they were sent, in order of name; a name that stands twice is a problem."""
        for name, count in sorted(Counter(file.name for file in files).items()):
            if count > 1:
                self.problems.add(name, "duplicate-file", f"is there {count} times")
        for file in sorted(files, key=lambda file: file.name):
            self.take(file)

    def take(self, file: NamedStream) -> None:
        """Take a file as it was sent, by its name; a report of differences that lies beside is left alone."""
        if file.name == DIFFERENCE_REPORT_FILE:
            return
        if file.name not in INPUT_FILE_NAMES:
            self.problems.add(file.name, "unknown-file", _unknown(file.name))
        elif file.name in CSV_FILES:
            encoding = encoding_of(file, limit=self._limits.csv_bytes, said=self._encoding)
            with open_text(file, encoding) as text:
                records = csv_records(text, file.name, self.problems)
                self.take_records(CSV_FILES[file.name], records, encoding=encoding)
        else:
            encoding = encoding_of(file, limit=self._limits.json_bytes, said=self._encoding)
            with open_text(file, encoding) as text:
                values = read_object(text.read(), file.name, self.problems)
            if values is not None:
                self.take_object(file.name, values, encoding=encoding)

    def take_records(
        self,
        file: InputFile,
        records: Iterator[tuple[int, TextRecord]],
        *,
        source: str | None = None,
        encoding: str = NO_ENCODING,
        guarded: bool = True,
    ) -> None:
        """Take a table that is split into cells already: its header, then its lines, each with its number.

        ``guarded`` takes the apostrophe off that an export to CSV put before what looks like a formula.
        """
        name, before, count = source or file.name, self.problems.total, 0
        table = TableReader(file, name, self.problems, self._limits, guarded=guarded)
        for rows in table.read(records, self._origin(name)):
            self._keep(file.section, rows)
            count += len(rows)
        self._note(file.section, name, encoding, count, sound=self.problems.total == before)

    def take_rows(
        self,
        section: Section,
        source: str,
        lines: Iterable[int] | None,
        rows: Iterable[InputRow],
        *,
        encoding: str = NO_ENCODING,
        sound: bool = True,
    ) -> None:
        """Take rows of a section that were checked already, each with its line, if they have lines.

        They are not ``sound`` when others of the section were refused.
        """
        count = self._kept(section, source, lines, rows)
        self._note(section, source, encoding, count, sound=sound)

    def take_object(
        self, name: str, values: Mapping[str, Any], *, encoding: str = NO_ENCODING, source: str | None = None
    ) -> None:
        """Take what a JSON file of that name holds."""
        shown, before = source or name, self.problems.total
        weeks: Sequence[InputRow] = ()
        parameters: list[Parameter]
        section = PARAMETERS
        if name == CALENDAR_FILE:
            calendar = read_calendar(values, shown, self.problems)
            section, weeks, parameters = CALENDAR_WEEKS, calendar.weeks, calendar.parameters
        elif name == PARAMETERS_FILE:
            parameters = planning_parameters(values, shown, self.problems)
        else:
            leave_out = EXPORT_FACTS if name == EXPORT_METADATA_FILE else frozenset[str]()
            parameters = metadata(values, shown, self.problems, leave_out=leave_out)
        self._kept(CALENDAR_WEEKS, shown, None, weeks)
        self._parameters.take(parameters, shown)
        self._taken[PARAMETERS.name] += len(parameters)
        sound = self.problems.total == before
        self._note(section, shown, encoding, len(weeks) + len(parameters), sound=sound)

    def _kept(self, section: Section, source: str, lines: Iterable[int] | None, rows: Iterable[InputRow]) -> int:
        origin, before = self._origin(source), self._taken[section.name]
        numbered = zip(rows, repeat(0) if lines is None else lines, strict=False)
        self._keep(section, [(*row, origin, line) for row, line in numbered])
        return self._taken[section.name] - before

    def _keep(self, section: Section, records: Sequence[Record]) -> None:
        if section is CALENDAR_WEEKS:
            self._periods.update(record[0] for record in records)
        self._taken[section.name] += len(records)
        self._spool.take(section.name, records)

    def _note(self, section: Section, source: str, encoding: str, count: int, *, sound: bool) -> None:
        if not sound:
            self._unsound.add(section.name)
        self._filled_by.setdefault(section.name, source)
        self._files.append(ReadFile(name=source, encoding=encoding, row_count=count))

    def _origin(self, source: str) -> int:
        if not self._sources or self._sources[-1] != source:
            self._sources.append(source)
        return len(self._sources) - 1

    def _source(self, origin: int) -> str:
        return self._base if origin == BASE else self._sources[origin]

    # What they are merged into, or compared with ----------------------------------------------------------------------

    def keep(self, section: str, rows: Sequence[InputRow], *, base: str) -> None:
        """Take rows of the revision that the files are merged into; those of the files win over them."""
        self._base = base
        if section == CALENDAR_WEEKS.name:
            rows = [row for row in rows if row[0] not in self._periods]
        self._spool.take(section, [(*row, BASE, 0) for row in rows])

    def refuse_empty(self, held: Mapping[str, int]) -> None:
        """Note as a problem that nothing was brought, or that a file without rows would empty a section that has some.

        ``held`` counts the rows of the revision that the files are to replace.
        """
        if self.problems:
            return
        for section, source in self._filled_by.items():
            if not self._taken[section] and held.get(section):
                message = f"has no rows, and would empty {section}, which has {held[section]}"
                self.problems.add(source, "no-rows", message)
        if not self.problems and not self._taken.total():
            source = self._files[0].name if self._files else "the upload"
            self.problems.add(source, "no-rows", "has no rows, and neither has any other file")

    # The end ----------------------------------------------------------------------------------------------------------

    def finish(self) -> ReadInputs:
        """What the files come to.

        Raises:
            ValidationError: something is wrong; carries the first hundred problems.
        """
        for row, source in self._parameters.rows():
            self._spool.take(PARAMETERS.name, [(*row, self._origin(source), 0)])
        counts = {section.name: self._settled(section) for section in SECTIONS}
        row_counts = {name: count for name, count in counts.items() if count}
        places = FindingPlaces(self._spool, self._source)
        batches = self._spool.settled  # what stands behind the fields of a record concerns nobody below
        if MIX_SHARES.name not in self._unsound:
            places.tell(share_findings(batches, tolerance=self._share_tolerance), self.problems)
        if BOM_LINKS.name not in self._unsound:
            places.tell(circle_findings(batches), self.problems)
        self.problems.refuse()
        warnings = ProblemList()
        places.tell(coverage_findings(batches), warnings)
        content_hash = hashed(row_counts, {section.name: batches(section.name) for section in SECTIONS})
        return ReadInputs(
            content=SpooledContent(self._spool, content_hash, row_counts),
            files=self.files,
            warnings=tuple(warnings.kept),
            warning_count=warnings.total,
        )

    def _settled(self, section: Section) -> int:
        # The reader of a calendar knows the path of what stands twice in it.
        told = section is CALENDAR_WEEKS and section.name in self._unsound
        return self._spool.settle(
            section.name, lambda first, later: None if told else self._doubled(section, first, later)
        )

    def _doubled(self, section: Section, first: Record, later: Record) -> None:
        where = f"line {first[-1]}" if first[-1] else "a row"
        if first[-2] != later[-2]:
            where += f" of {self._source(first[-2])}"
        name = " ".join(str(part) for part in first[: len(section.key)] if part != "")
        message = f"{name} stands twice (first in {where})"
        self.problems.add(self._source(later[-2]), "duplicate-key", message, line=later[-1] or None)

    def close(self) -> None:
        """Forget every row."""
        self._spool.close()


def _unknown(name: str) -> str:
    if whole_set(name) in {WholeSet.ZIP, WholeSet.WORKBOOK}:
        return "would hold a whole set of inputs; import it alone, or leave it out"
    near = difflib.get_close_matches(name.lower(), INPUT_FILE_NAMES, n=1)
    return "is no input file; " + (f"did you mean {near[0]}?" if near else f"known are {', '.join(INPUT_FILE_NAMES)}")
