"""Sheets that stand for JSON files: the calendar as a table, settings as names and values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ...domain.inputs.fields import CellError
from .problems import ProblemList
from .sheet_cells import Cell
from .strict_json import read_object
from .workbook_parts import Workbook

Rows = Iterator[tuple[int, list[Cell]]]
_TEXTS = ("period", "week_code")
_DATES = {"start_date": "start_date", "end_date": "end_date", "week_start": "start_date", "week_end": "end_date"}
_CALENDAR = ("period", "start_date", "end_date", "week_code", "sequence", "week_start", "week_end", "weight")
_ATTRIBUTES = "attributes"
_NAME, _VALUE = "name", "value"


def calendar_object(book: Workbook, rows: Rows, source: str, problems: ProblemList) -> dict[str, Any]:
    """The object of ``planning_calendar.json``: one row a week; a row without a week is a period without weeks."""
    sheet = _Sheet(book, source, problems)
    periods: dict[Any, dict[str, Any]] = {}
    for number, found in sheet.rows(rows, _CALENDAR[:3], (*_CALENDAR[3:], _ATTRIBUTES)):
        row = {name: sheet.value(name, cell, number) for name, cell in found.items()}
        period = {name: row.get(name) for name in _CALENDAR[:3]}
        known = periods.setdefault(period["period"], {**period, "weeks": []})
        if any(known[name] != period[name] for name in period):
            message = f"gives {period['period']} other dates than a row above"
            problems.add(source, "calendar-dates", message, line=number, column="start_date")
        week = {_DATES.get(name, name): row[name] for name in row if name not in period and row[name] is not None}
        if week.keys() - {"sequence", "weight", _ATTRIBUTES} or week.get("sequence"):
            known["weeks"].append(week)
    return {"periods": list(periods.values())} if periods else {}


def named_values(book: Workbook, rows: Rows, source: str, problems: ProblemList) -> dict[str, Any]:
    """The object of names and values; a value is JSON, or else the text that stands there."""
    sheet = _Sheet(book, source, problems)
    values: dict[str, Any] = {}
    for number, found in sheet.rows(rows, (_NAME, _VALUE), ()):
        name = sheet.value(_NAME, found.get(_NAME), number)
        if name is None:
            problems.add(source, "required", "is empty, but needs a value", line=number, column=_NAME)
        elif name in values:
            problems.add(source, "json-duplicate-key", "stands twice", line=number, column=_NAME, value=name)
        else:
            values[name] = sheet.value(_VALUE, found.get(_VALUE), number)
    return values


class _Sheet:
    """One such sheet on its way to being an object."""

    def __init__(self, book: Workbook, source: str, problems: ProblemList) -> None:
        self._book = book
        self._source = source
        self._problems = problems

    def rows(self, rows: Rows, needed: Sequence[str], others: Sequence[str]) -> Iterator[tuple[int, dict[str, Cell]]]:
        """The rows below the header, by name of column."""
        first = next(rows, None)
        if first is None:
            return
        before = self._problems.total
        line, cells = first
        names: dict[int, str] = {}
        for cell in cells:
            name = cell.text
            if name not in (*needed, *others):
                message = f"is no column of this sheet; expected {', '.join((*needed, *others))}"
                self._refuse("unknown-column", message, line, name)
            elif name in names.values():
                self._refuse("duplicate-column", "stands twice in the header", line, name)
            names[cell.column] = name
        for name in needed:
            if name not in names.values():
                self._refuse("missing-column", "is missing from the header", line, name)
        if self._problems.total == before:
            for number, row in rows:
                yield number, self._by_name(number, row, names)

    def _by_name(self, number: int, cells: list[Cell], names: dict[int, str]) -> dict[str, Cell]:
        for cell in cells:
            if cell.column not in names:
                self._problems.add(self._source, "ragged-row", "has more cells than the header", line=number)
        return {names[cell.column]: cell for cell in cells if cell.column in names}

    def _refuse(self, rule: str, message: str, line: int, name: str) -> None:
        self._problems.add(self._source, rule, message, line=line, column=name, value=name)

    def value(self, name: str, cell: Cell | None, number: int) -> Any:
        """What a cell means in a column: a text, a date, or JSON; None where it is empty or refused."""
        if cell is None:
            return None
        try:
            if name in (*_TEXTS, _NAME):
                return cell.content(self._book, date=False)
            value = cell.value(self._book, date=name in _DATES)
        except CellError as error:
            self._problems.add(self._source, error.rule, str(error), line=number, column=name, value=cell.shown())
            return None
        if isinstance(value, str) and name in (_VALUE, _ATTRIBUTES):
            return self._json(value, name, number)
        return value

    def _json(self, text: str, name: str, number: int) -> Any:
        try:
            json.loads(text)  # one value, and nothing beside it
        except (ValueError, RecursionError):
            if text[:1] in {"{", "[", '"'}:
                self._problems.add(self._source, "json-syntax", "is no JSON", line=number, column=name, value=text)
            return text
        found = ProblemList()
        opened = read_object(f'{{"{name}": {text}}}', self._source, found)
        for problem in found.kept:
            message, column, value = problem.message, problem.column, problem.value
            self._problems.add(self._source, problem.rule, message, line=number, column=column, value=value)
        return None if opened is None else opened[name]
