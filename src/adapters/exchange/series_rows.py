"""Reads series rows from JSON lines and CSV lines; every refusal names its line and its field."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from ...domain.errors import InvalidRequestError
from ...domain.plans.series import SeriesRow, series_row
from ...domain.shared.ids import TextLengthError
from ...domain.shared.numbers import EXACT_INTEGERS
from .csv_records import Record, csv_records
from .formula_guard import unguarded
from .problems import ProblemList
from .series_columns import COLUMN_KINDS, IGNORED_COLUMNS, NEEDED_COLUMNS
from .series_numbers import read_number
from .strict_json import Refused, exact_decimal, exact_integer, no_constant

LINE_LENGTH = 1 << 20
_WHOLE = re.compile(r"-?[0-9]{1,16}")
# Only a number this long can have more digits than a float64 keeps.
_LONG_NUMBER = re.compile(r"[0-9][0-9.]{16}")


class LineError(Exception):
    """A line breaks a rule: which, in which field, and what stands there."""

    def __init__(self, rule: str, message: str, column: str | None = None, value: object = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.column = column
        self.value = value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    opened = dict(pairs)
    if len(opened) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise LineError("json-duplicate-key", "stands twice in its object", twice)
    return opened


_read = json.JSONDecoder(object_pairs_hook=_once, parse_constant=no_constant).decode
_read_exactly = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=no_constant, parse_float=exact_decimal, parse_int=exact_integer
).decode


def json_rows(text: TextIO, source: str, problems: ProblemList) -> Iterator[SeriesRow]:
    """The rows of JSON lines; blank lines are skipped, what is wrong is added to ``problems``."""
    line = 0
    while content := text.readline(LINE_LENGTH):
        line += 1
        if len(content) == LINE_LENGTH and content[-1] != "\n":
            message = f"is longer than {LINE_LENGTH} characters; nothing after it was read"
            problems.add(source, "length", message, line=line)
            return
        if not content.isspace():
            try:
                row = _json_row(content)
            except LineError as error:
                problems.add(source, error.rule, str(error), line=line, column=error.column, value=error.value)
            else:
                yield row


def csv_rows(text: TextIO, source: str, problems: ProblemList) -> Iterator[SeriesRow]:
    """The rows of a CSV text with a header; what is wrong is added to ``problems``."""
    records = csv_records(text, source, problems)
    first = next(records, None)
    if first is None:
        if not problems:
            problems.add(source, "empty-file", f"is empty; it needs the columns {', '.join(NEEDED_COLUMNS)}")
        return
    check_header(*first, source, problems)
    if problems:
        return
    names = first[1]
    for line, cells in records:
        try:
            row = _csv_row(names, cells)
        except LineError as error:
            problems.add(source, error.rule, str(error), line=line, column=error.column, value=error.value)
        else:
            yield row


def check_header(line: int, names: Sequence[str], source: str, problems: ProblemList) -> None:
    """Note columns that are unknown, stand twice, or are missing."""
    for position, name in enumerate(names):
        if name not in COLUMN_KINDS and name not in IGNORED_COLUMNS:
            problems.add(source, "unknown-column", "is no column of a series row", line=line, column=name, value=name)
        elif name in names[:position]:
            problems.add(source, "duplicate-column", "stands twice in the header", line=line, column=name, value=name)
    for name in NEEDED_COLUMNS:
        if name not in names:
            problems.add(source, "missing-column", "is missing from the header", line=line, column=name)


def _json_row(content: str) -> SeriesRow:
    try:
        fields = (_read_exactly if _LONG_NUMBER.search(content) else _read)(content)
    except json.JSONDecodeError as error:
        raise LineError("json-syntax", f"is no JSON ({error.msg})") from error
    except RecursionError as error:
        raise LineError("json-depth", "is nested too deep") from error
    if not isinstance(fields, dict):
        raise LineError("json-type", "is not a JSON object")
    row = sound_row(fields)
    if "\\u" in content:
        _check_encodable(row)
    return row


def _csv_row(names: Record, cells: Record) -> SeriesRow:
    if len(cells) != len(names):
        raise LineError("ragged-row", f"has {len(cells)} cells, but the header has {len(names)}")
    fields: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        if cell and name in COLUMN_KINDS:
            try:
                fields[name] = _CELLS[COLUMN_KINDS[name]](cell)
            except ValueError as error:
                raise LineError("number", str(error), name, cell) from error
    return sound_row(fields)


def sound_row(fields: Mapping[str, Any]) -> SeriesRow:
    """The row of these fields, of which null ones are left out, and documents may be text or open.

    Raises:
        LineError: a field breaks a rule.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    for name in IGNORED_COLUMNS.intersection(given):
        del given[name]
    for name in given.keys() & _CHECKED:
        _check_value(name, given)
    try:
        return series_row(given)
    except InvalidRequestError as error:
        raise _refusal(error, given) from error


def _refusal(error: InvalidRequestError, fields: Mapping[str, Any]) -> LineError:
    unknown = sorted(set(fields) - COLUMN_KINDS.keys())
    if unknown:
        return LineError("unknown-column", "is no field of a series row", unknown[0])
    column = str(error.params["field"])
    if column not in fields:
        return LineError("required", "is empty, but needs a value", column)
    value = fields[column]
    if isinstance(value, Refused):
        return LineError("number", value.reason, column, value.text)
    if isinstance(error.__cause__, TextLengthError):
        return LineError("length", str(error.__cause__), column, value)
    kind = COLUMN_KINDS[column]
    return LineError("number" if kind == "whole" else kind, str(error.__cause__), column, value)


_CHECKED = {name for name, kind in COLUMN_KINDS.items() if kind in {"document", "whole"}}


def _check_value(name: str, fields: dict[str, Any]) -> None:
    """Open documents and look at the types that ``series_row`` takes for granted."""
    value = fields[name]
    if COLUMN_KINDS[name] == "whole":
        if not isinstance(value, int) or abs(value) > EXACT_INTEGERS:
            raise LineError("number", "is not a whole number", name, getattr(value, "text", value))
        return
    if isinstance(value, str):
        try:
            value = fields[name] = _read_exactly(value)
        except (ValueError, RecursionError) as error:
            raise LineError("document", "is not JSON that can be kept", name, value) from error
    expected = list if name == "splits_json" else dict
    if not isinstance(value, expected):
        what = "list" if expected is list else "object"
        raise LineError("document", f"is not a JSON {what}", name, value)
    if not value:
        del fields[name]  # the default, which need not be written canonically again


def _check_encodable(row: SeriesRow) -> None:
    for name in ("splits_json", "extra_json"):
        try:
            getattr(row, name).encode()
        except UnicodeEncodeError as error:
            raise LineError("document", "holds half a character (a lone surrogate)", name) from error


def _whole(cell: str) -> int:
    if not _WHOLE.fullmatch(cell):
        raise ValueError("is not a whole number")
    return int(cell)


_CELLS: dict[str, Callable[[str], Any]] = {"text": unguarded, "document": str, "number": read_number, "whole": _whole}
RowsOf = Callable[[TextIO, str, ProblemList], Iterable[SeriesRow]]
