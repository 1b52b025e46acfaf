"""Series rows as files: JSON lines and CSV, under the column names of ``plan_series``.

What is written here reads back equal.  Numbers are the shortest decimal text that does so; in CSV they never carry an
exponent, because people open CSV in spreadsheets.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from json.encoder import encode_basestring
from typing import Any

from ...application.exchange import NamedStream, SeriesReader
from ...domain.errors import InvalidRequestError
from ...domain.plans.series import SeriesRow
from ...domain.shared.numbers import number_text
from .problems import ProblemList
from .series_columns import COLUMN_KINDS, SERIES_COLUMNS
from .series_numbers import plain_number
from .series_rows import RowsOf, csv_rows, json_rows
from .text_files import encoding_of, open_text

_FORMS: dict[str, RowsOf] = {"jsonl": json_rows, "csv": csv_rows}


class FileSeriesReader(SeriesReader):
    """Reads ``.jsonl`` (an object a line) and ``.csv`` (a header; an empty cell is null), row by row."""

    def rows(self, file: NamedStream) -> Iterator[SeriesRow]:
        """The rows of a file in its own order, until the first problem; then only problems are looked for.

        Raises:
            InvalidRequestError: at once, the file is neither ``.jsonl`` nor ``.csv``; later, it cannot be read.
            UnsupportedEncodingError: the file is in no encoding that planvault reads.
            ValidationError: at the end, lines break rules; carries the first hundred problems by line and field.
        """
        read = _FORMS.get(file.name.rpartition(".")[2].lower())
        if read is None:
            raise InvalidRequestError(
                f"{file.name} is no file of series rows.", remedy="Send .jsonl or .csv.", name=file.name
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


def series_csv(rows: Iterable[SeriesRow]) -> Iterator[str]:
    """The rows as lines of CSV, header first; null is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for cells in _csv_lines(rows):
        writer.writerow(cells)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _csv_lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[Iterable[str]]:
    yield SERIES_COLUMNS
    plain = [COLUMN_KINDS[name] in {"number", "whole"} for name in SERIES_COLUMNS]
    for row in rows:
        yield [
            "" if value is None else plain_number(value) if number else value
            for number, value in zip(plain, row, strict=True)
        ]


_JSON: dict[str, Any] = {
    "text": encode_basestring,
    "number": number_text,
    "whole": number_text,
    "document": str,
}
