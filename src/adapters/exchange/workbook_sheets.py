"""Sheets of a workbook on its way out: text stays text, and numbers read back exactly."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from ...domain.errors import InvalidRequestError, TooLargeError
from ...domain.inputs.fields import Field, FieldKind
from .series_numbers import plain_number
from .zip_writer import entry

if TYPE_CHECKING:
    from openpyxl import Workbook

SHEET_ROWS = 1_048_576  # the header is one of them
CELL_CHARACTERS = 32_767
_NUMBERS = {FieldKind.NUMBER, FieldKind.INTEGER}
_EMPTY: frozenset[object] = frozenset({None, ""})
_MOMENTS = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_PROPERTIES = "docProps/core.xml"
REMEDY = "Export as csv or json, which have no such limit."


def check_rows(title: str, row_count: int) -> None:
    """Let a table pass that a sheet has room for.

    Raises:
        TooLargeError: it has more rows.
    """
    if row_count >= SHEET_ROWS:
        raise TooLargeError(f"{title} has {row_count} rows; a sheet has {SHEET_ROWS}.", remedy=REMEDY, limit=SHEET_ROWS)


def forget(book: Workbook) -> None:
    """Close sheets that will not be saved, and erase the temporary files that openpyxl keeps them in."""
    for sheet in book.worksheets:
        with suppress(Exception):
            sheet.close()
        with suppress(Exception):
            sheet._writer.cleanup()  # type: ignore[attr-defined]  # noqa: SLF001


def empty_book() -> Workbook:
    """A workbook to be written sheet by sheet, in flat memory.

    Raises:
        InvalidRequestError: openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise InvalidRequestError(
            "Workbooks need a library that is not installed.", remedy="pip install 'planvault[excel]'"
        ) from error
    return Workbook(write_only=True)


class Sheet:
    """A sheet being written, row by row."""

    def __init__(self, book: Workbook, title: str, headers: Sequence[str], rules: Sequence[Field]) -> None:
        """Begin a sheet of the book with its headers."""
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

        self._title = title
        self._headers = headers
        self._new_cell: Callable[..., Any] = WriteOnlyCell
        self._sheet = book.create_sheet(title)
        # openpyxl writes floats with 16 digits, which is one too few, and takes text for formulas, dates and errors:
        # so it gets text with the type said beside it.
        self._kinds = ["n" if rule.kind in _NUMBERS else "s" for rule in rules]
        self._nothing = [_EMPTY | {"{}"} if rule.kind is FieldKind.DOCUMENT else _EMPTY for rule in rules]
        self.take([headers], kinds=["s"] * len(headers))

    def take(self, rows: Iterable[Sequence[Any]], *, kinds: Sequence[str] | None = None) -> None:
        """Write rows of values."""
        for row in rows:
            self._sheet.append(
                [self._cell(kind, value, place) for place, (kind, value) in enumerate(zip(kinds or self._kinds, row))]  # noqa: B905
            )

    def _cell(self, kind: str, value: Any, place: int) -> Any:
        if value in self._nothing[place]:
            return None
        text = plain_number(value) if kind == "n" else value
        if len(text) > CELL_CHARACTERS:
            raise InvalidRequestError(
                f"A text of {len(text)} characters in {self._title} ({self._headers[place]}) is longer than "
                f"a cell of a workbook, which takes {CELL_CHARACTERS}.",
                remedy=REMEDY,
            )
        cell = self._new_cell(self._sheet)
        # A workbook means a character by _x0041_; text that only looks so has its first sign escaped.
        cell._value, cell.data_type = _ESCAPE.sub("_x005F_", text), kind  # noqa: SLF001 (setting ``value`` would guess the type)
        return cell


def save(book: Workbook, sink: BinaryIO) -> None:
    """Write the workbook so that the same rows give the same bytes: no moments in it."""
    with tempfile.TemporaryFile(prefix="planvault-") as file:
        book.save(file)
        with zipfile.ZipFile(file) as made, zipfile.ZipFile(sink, "w") as steady:
            for part in made.infolist():
                info = entry(part.filename)
                info.compress_type = zipfile.ZIP_DEFLATED
                with made.open(part) as source, steady.open(info, "w") as target:
                    if part.filename == _PROPERTIES:
                        target.write(_MOMENTS.sub(rb"\g<1>1980-01-01T00:00:00Z", source.read()))
                    else:
                        shutil.copyfileobj(source, target)
