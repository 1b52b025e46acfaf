"""Series rows as files: JSON lines, CSV and Parquet, under the column names of ``plan_series``.

What is written here reads back equal.  Numbers are the shortest decimal text that does so; in CSV they never carry an
exponent, because people open CSV in spreadsheets.
"""

from __future__ import annotations

import csv
import io
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
    writers = [(f'"{name}":', _JSON[COLUMN_KINDS[name]]) for name in SERIES_COLUMNS]
    for row in rows:
        parts = [name + write(value) for (name, write), value in zip(writers, row, strict=True) if value is not None]
        yield f"{{{','.join(parts)}}}\n"


def series_csv(rows: Iterable[SeriesRow], *, safe: bool = False) -> Iterator[str]:
    """The rows as lines of CSV, header first, then some lines at a time; null is an empty cell.

    ``safe`` puts an apostrophe before text that a spreadsheet would take for a formula.
    """
    yield csv_header()
    remaining = iter(rows)
    while some := list(islice(remaining, _ROWS_AT_ONCE)):
        yield csv_text(some, safe=safe)


def csv_header() -> str:
    """The first line of CSV."""
    return f"{','.join(SERIES_COLUMNS)}\n"


def csv_text(rows: Sequence[SeriesRow], *, safe: bool = False) -> str:
    """The rows as lines of CSV without a header."""
    # Column by column, because most columns of a plan are null, or the same text again and again.
    columns = [
        _cells(COLUMN_KINDS[name], column, safe=safe)
        for name, column in zip(SERIES_COLUMNS, zip(*rows, strict=True), strict=True)
    ]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(zip(*columns, strict=True))
    return buffer.getvalue()


def _cells(kind: str, column: Sequence[Any], *, safe: bool) -> Sequence[str | None]:
    if kind == "document":
        return column
    write: Callable[[Any], str] = partial(guarded, safe=safe) if kind == "text" else plain_number
    texts = {value: write(value) for value in set(column) if value is not None}
    return [texts.get(value) for value in column]


_JSON: dict[str, Any] = {
    "text": encode_basestring,
    "number": number_text,
    "whole": number_text,
    "document": str,
}
