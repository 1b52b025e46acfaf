"""Series rows as files: JSON lines, CSV and Parquet, under the column names of ``plan_series``.

What is written here reads back equal.  Numbers are the shortest decimal text that does so; in CSV they never carry an
exponent, because people open CSV in spreadsheets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from json.encoder import encode_basestring
from typing import Any

from ...application.exchange import NamedStream, SeriesReader
from ...domain.errors import InvalidRequestError
from ...domain.plans.series import SeriesRow
from ...domain.shared.numbers import number_text
from .formula_guard import guarded
from .parquet import parquet_rows
from .problems import ProblemList
from .series_columns import COLUMN_KINDS, SERIES_COLUMNS
from .series_numbers import plain_number
from .series_rows import RowsOf, csv_rows, json_rows
from .text_files import encoding_of, open_text

_ROWS_AT_ONCE = 2_000
_NEEDS_QUOTES = re.compile(r'[",\r\n]')
_FORMS: dict[str, RowsOf] = {"jsonl": json_rows, "csv": csv_rows}


class FileSeriesReader(SeriesReader):
    """Reads ``.jsonl`` (an object a line), ``.csv`` (a header; an empty cell is null) and ``.parquet``, row by row.

    In CSV an apostrophe before text that a spreadsheet would take for a formula is taken off, as exports put it on.
    """

    def rows(self, file: NamedStream) -> Iterator[SeriesRow]:
        """The rows of a file in its own order, until the first problem; then only problems are looked for.

        Raises:
            InvalidRequestError: at once, the file is of no such form; later, it cannot be read, or needs a library that
                is not installed.
            UnsupportedEncodingError: the file is in no encoding that planvault reads.
            ValidationError: at the end, lines break rules; carries the first hundred problems by line and field.
        """
        form = file.name.rpartition(".")[2].lower()
        if form == "parquet":
            return parquet_rows(file)
        read = _FORMS.get(form)
        if read is None:
            raise InvalidRequestError(
                f"{file.name} is no file of series rows.", remedy="Send .jsonl, .csv or .parquet.", name=file.name
            )
        return _sound_rows(file, read)


def _sound_rows(file: NamedStream, read: RowsOf) -> Iterator[SeriesRow]:
    problems = ProblemList()
    encoding = encoding_of(file, limit=None)
    with open_text(file, encoding) as text:
        for row in read(text, file.name, problems):
            if not problems:
                yield row
    problems.refuse()


def series_lines(rows: Iterable[SeriesRow]) -> Iterator[str]:
    """Each row as a line of JSON with its line end; what is null is left out, documents are written open."""
    for columns in _by_columns(rows):
        texts = [
            _texts(column, partial(_member, f'"{name}":', _JSON[COLUMN_KINDS[name]]))
            for name, column in zip(SERIES_COLUMNS, columns, strict=True)
        ]
        yield from (f"{{{''.join(parts)[:-1]}}}\n" for parts in zip(*texts, strict=True))


def _member(name: str, write: Callable[[Any], str], value: Any) -> str:
    return f"{name}{write(value)},"


def _by_columns(rows: Iterable[SeriesRow]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows some at a time, column by column: most are null, or the same value again and again."""
    remaining = iter(rows)
    while some := list(islice(remaining, _ROWS_AT_ONCE)):
        yield list(zip(*some, strict=True))


def _texts(column: Sequence[Any], write: Callable[[Any], str]) -> list[str]:
    """The values of a column, each different one written once; nothing where it is null."""
    texts = {value: write(value) for value in set(column) if value is not None}
    return [texts.get(value, "") for value in column]


def series_csv(rows: Iterable[SeriesRow], *, safe: bool = False) -> Iterator[str]:
    """The rows as lines of CSV, header first, then some lines at a time; null is an empty cell.

    ``safe`` puts an apostrophe before text that a spreadsheet would take for a formula.
    """
    yield csv_header()
    for columns in _by_columns(rows):
        yield _csv_text(columns, safe=safe)


def csv_header() -> str:
    """The first line of CSV."""
    return f"{','.join(SERIES_COLUMNS)}\n"


def csv_text(rows: Sequence[SeriesRow], *, safe: bool = False) -> str:
    """The rows as lines of CSV without a header."""
    return "".join(islice(series_csv(rows, safe=safe), 1, None))


def _csv_text(columns: Sequence[tuple[Any, ...]], *, safe: bool) -> str:
    def text_cell(text: str) -> str:
        return _quoted(guarded(text, safe=safe))

    cells: dict[str, Callable[[Any], str]] = {
        "text": text_cell,
        "document": _quoted,
        "number": plain_number,
        "whole": plain_number,
    }
    texts = [_texts(column, cells[COLUMN_KINDS[name]]) for name, column in zip(SERIES_COLUMNS, columns, strict=True)]
    return "".join([f"{','.join(parts)}\n" for parts in zip(*texts, strict=True)])


def _quoted(text: str) -> str:
    """The text as a cell of CSV, in quotes where it needs them."""
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


_JSON: dict[str, Any] = {
    "text": encode_basestring,
    "number": number_text,
    "whole": number_text,
    "document": str,
}
