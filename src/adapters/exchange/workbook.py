"""Reads a workbook: each sheet as the table or the JSON object that its file would hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...application.exchange import NamedStream
from ...domain.inputs.fields import CellError
from .archive_refusals import readable
from .input_files import CALENDAR_FILE, InputFile
from .part_names import OBJECTS, TABLES, did_you_mean
from .problems import ProblemList
from .sheet_cells import sheet_rows
from .workbook_guard import workbook_parts
from .workbook_objects import calendar_object, named_values
from .workbook_parts import Sheet, Workbook, read_workbook

DATE_COLUMNS = frozenset({"due", "due_date", "effective_from", "effective_to"})
CALENDAR_FACTS = "planning_calendar_facts"
_COLUMNS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTable:
    """A sheet as the records of a CSV file, header first, each with its row number; read once, as it is asked for."""

    source: str
    file: InputFile
    records: Iterator[tuple[int, list[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetObject:
    """A sheet as the JSON object of the file ``name``."""

    source: str
    name: str
    values: Mapping[str, Any]


def workbook_tables(
    file: NamedStream, problems: ProblemList, *, columns: int = _COLUMNS
) -> Iterator[SheetTable | SheetObject]:
    """The sheets of a workbook in its order; each has to be read before the next is asked for.

    Cells and sheets that hold nothing usable are added to ``problems``; a row with such a cell is left out.  Records
    are kept to one cell more than the ``columns`` that a table may have, so that too wide ones can be told.

    Raises:
        ArchiveRejectedError: it is no workbook, or one that is not opened.
        InvalidRequestError: it cannot be read, or the extra ``excel`` is not installed.
    """
    with workbook_parts(file) as parts:
        book = read_workbook(file.name, parts)
        seen: dict[str, str] = {}
        for sheet in book.sheets:
            name = sheet.name.strip().lower()
            source = f"{file.name}/{readable(sheet.name)}"
            target = TABLES[name].name if name in TABLES else OBJECTS.get(name, name)
            if name not in TABLES and name not in OBJECTS and name != CALENDAR_FACTS:
                if _holds_something(book, sheet):
                    problems.add(source, "unknown-sheet", f"is no sheet that is known; {did_you_mean(sheet.name)}")
            elif target in seen:
                problems.add(source, "duplicate-file", f"holds the same as the sheet {seen[target]}")
            else:
                seen[target] = sheet.name
                if name in TABLES:
                    records = _records(book, sheet, source, problems, columns + 1)
                    yield SheetTable(source=source, file=TABLES[name], records=records)
                else:
                    yield _object(book, sheet, source, problems)


def _holds_something(book: Workbook, sheet: Sheet) -> bool:
    return next(sheet_rows(book, sheet), None) is not None


def _object(book: Workbook, sheet: Sheet, source: str, problems: ProblemList) -> SheetObject:
    name = OBJECTS.get(sheet.name.strip().lower(), CALENDAR_FILE)
    read = calendar_object if sheet.name.strip().lower() != CALENDAR_FACTS and name == CALENDAR_FILE else named_values
    return SheetObject(source=source, name=name, values=read(book, sheet_rows(book, sheet), source, problems))


def _records(
    book: Workbook, sheet: Sheet, source: str, problems: ProblemList, widest: int
) -> Iterator[tuple[int, list[str]]]:
    header: list[str] = []
    for number, cells in sheet_rows(book, sheet):
        record = [""] * min(max(len(header), cells[-1].column), widest)
        sound = True
        for cell in cells:
            # What lies beyond the last column still makes the row too wide.
            place = min(cell.column, len(record)) - 1
            column = header[place] if place < len(header) else None
            try:
                record[place] = cell.content(book, date=column in DATE_COLUMNS)
            except CellError as error:
                problems.add(source, error.rule, str(error), line=number, column=column, value=cell.shown())
                sound = False
        if not header and not sound:
            return
        if sound and any(text.strip() for text in record):
            header = header or record
            yield number, record
