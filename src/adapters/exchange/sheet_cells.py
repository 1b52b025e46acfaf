"""The cells of a sheet, row by row, and what each of them holds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from xml.etree.ElementTree import Element

from ...domain.inputs.fields import CellError
from .archive_refusals import rejected
from .series_numbers import plain_number
from .sheet_xml import walk
from .workbook_parts import Sheet, Workbook, text_of

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ROW = re.compile(r"[0-9]{1,7}")
_NUMBER = re.compile(r"-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?")
_HINT = "format the column as text and type it again"
Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is not empty: its column from 1, its kind as workbooks spell it, and its text as it is stored."""

    column: int
    kind: str
    text: str
    shows_date: bool = False

    def shown(self) -> str:
        """What to show of it in a problem."""
        return self.text or self.kind

    def value(self, book: Workbook, *, date: bool) -> Value:
        """What it holds; a date, where there may be one, as ISO text.

        Raises:
            CellError: an error, a formula without a result, a time, or a date where none belongs.
        """
        if self.kind == "formula":
            raise CellError("formula-cell", "is a formula without a result; calculate and save the workbook")
        if self.kind == "e":
            raise CellError("error-cell", "is an error; mend the formula")
        if self.kind == "b":
            return self.text in {"1", "true"}
        if self.kind == "d" or (self.kind == "n" and self.shows_date):
            moment = self._moment(book)
            if moment is None or moment.time() != time():
                raise CellError("date-cell", f"is a time or a date that cannot be told; {_HINT}")
            if not date:
                raise CellError("date-cell", f"is a date ({moment.date().isoformat()}); {_HINT}")
            return moment.date().isoformat()
        return self._number() if self.kind == "n" else self.text

    def content(self, book: Workbook, *, date: bool) -> str:
        """The text that a CSV file would hold.

        Raises:
            CellError: as ``value``, or it is true or false.
        """
        value = self.value(book, date=date)
        if isinstance(value, bool):
            raise CellError("boolean-cell", f"is {str(value).upper()}, neither a number nor a text; {_HINT}")
        return plain_number(value) if isinstance(value, float) else str(value)

    def _number(self) -> Value:
        if not _NUMBER.fullmatch(self.text):
            return self.text
        if self.text.lstrip("-").isdigit():
            return int(self.text)
        number = float(self.text)
        return number if math.isfinite(number) else self.text

    def _moment(self, book: Workbook) -> datetime | None:
        try:
            if self.kind == "d":
                moment = datetime.fromisoformat(self.text)
                return moment if moment.tzinfo is None else None
            return _from_serial(float(self.text), since_1904=book.since_1904)
        except (ValueError, OverflowError):
            return None


def _from_serial(days: float, *, since_1904: bool) -> datetime | None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904, WINDOWS_EPOCH, from_excel  # noqa: PLC0415 (an extra)

    found: Any = from_excel(days, CALENDAR_MAC_1904 if since_1904 else WINDOWS_EPOCH)
    return found if isinstance(found, datetime) else None


def sheet_rows(book: Workbook, sheet: Sheet) -> Iterator[tuple[int, list[Cell]]]:
    """The rows that hold something, with their numbers from 1; their cells from left to right.

    Raises:
        ArchiveRejectedError: rows or cells are not in order, beyond the last there can be, or no cells at all.
    """
    reader = _SheetReader(book, sheet)
    for begins, tag, element in walk(book.opener(sheet.part), book.name, sheet.part, whole="c"):
        if tag == "row" and begins:
            reader.begin(element)
        elif tag == "row" and reader.cells:
            yield reader.row, reader.cells
        elif tag == "c" and not begins:
            reader.take(element)
        elif tag == "sheetData" and not begins:
            return


class _SheetReader:
    """Where a sheet has been read to."""

    def __init__(self, book: Workbook, sheet: Sheet) -> None:
        self._book = book
        self._part = sheet.part
        self.row = 0
        self._column = 0
        self.cells: list[Cell] = []

    def begin(self, element: Element) -> None:
        said = element.get("r", str(self.row + 1))
        row = int(said) if _ROW.fullmatch(said) else 0
        if not self.row < row <= MOST_ROWS:
            raise self._broken("has rows that are not in order")
        self.row, self._column, self.cells = row, 0, []

    def take(self, element: Element) -> None:
        self._column = self._place(element.get("r"))
        cell = self._cell(element)
        if cell is not None:
            self.cells.append(cell)

    def _place(self, reference: str | None) -> int:
        if reference is None:
            column, row = self._column + 1, self.row
        else:
            match = _REFERENCE.fullmatch(reference)
            letters, row = (match[1], int(match[2])) if match else ("", 0)
            column = 0
            for letter in letters:
                column = column * 26 + ord(letter) - ord("A") + 1
        if row != self.row or not self._column < column <= MOST_COLUMNS:
            raise self._broken("has cells that are not in order")
        return column

    def _cell(self, element: Element) -> Cell | None:
        kind = element.get("t", "n")
        found = {child.tag.rpartition("}")[2]: child for child in element}
        text = (found["v"].text or "") if "v" in found else ""
        if "f" in found and not text and kind != "str":
            return Cell(self._column, "formula", found["f"].text or "")
        if kind == "inlineStr":
            text = text_of(found["is"]) if "is" in found else ""
        elif kind == "s" and text:
            text = self._shared(text)
        elif kind in {"n", "b", "d", "e"}:
            text = text.strip()
        elif kind not in {"s", "str"}:
            raise self._broken(f"has a cell of a kind that is not known ({kind[:20]})")
        style = element.get("s", "0")
        shows_date = style.isascii() and style.isdigit() and len(style) <= len("65535")
        shows_date = shows_date and int(style) in self._book.date_styles
        return Cell(self._column, kind, text, shows_date) if text else None

    def _shared(self, text: str) -> str:
        if not _ROW.fullmatch(text) or int(text) >= len(self._book.texts):
            raise self._broken("refers to a text that is not there")
        return self._book.texts[int(text)]

    def _broken(self, message: str) -> Exception:
        return rejected(self._book.name, "workbook", message, self._part)
