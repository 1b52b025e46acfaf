"""Reads ``planning_calendar.json``: rows of the section ``calendar_weeks``, and settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...domain.inputs.fields import CellError, Field
from ...domain.inputs.rows import CalendarWeek, Parameter
from ...domain.inputs.sections import CALENDAR_WEEKS
from .parameter_files import parameter, planning_parameters, typed
from .problems import ProblemList
from .strict_json import joined

_RULES = {rule.name: rule for rule in CALENDAR_WEEKS.fields}
_FACTS = ("calendar_type", "week_unit")
# Legacy calendars carry these, always empty: costs and scores have files of their own.
_MOVED = {"period_cost": "period_cost.csv", "period_score": "period_score.csv"}
_PERIOD = {
    "period": _RULES["period"],
    "start_date": _RULES["period_start"],
    "end_date": _RULES["period_end"],
}
_WEEK = {
    "week_code": Field(name="week_code", required=True),
    "sequence": _RULES["sequence"],
    "start_date": _RULES["week_start"],
    "end_date": _RULES["week_end"],
    "weight": _RULES["weight"],
    "attributes": _RULES["attributes_json"],
}


@dataclass(slots=True)
class Calendar:
    """What a calendar file holds."""

    weeks: list[CalendarWeek] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)


def read_calendar(values: Mapping[str, Any], source: str, problems: ProblemList) -> Calendar:
    """The rows of a calendar object; an empty object means that there is no calendar.

    What is wrong is added to ``problems`` with its path (``periods[0].weeks[2].start_date``) as the column.
    """
    return _CalendarReader(source, problems).read(values)


class _CalendarReader:
    def __init__(self, source: str, problems: ProblemList) -> None:
        self._source = source
        self._problems = problems
        self._calendar = Calendar()

    def read(self, values: Mapping[str, Any]) -> Calendar:
        self._known(values, (*_FACTS, "periods", "planning_params", *_MOVED), "")
        for name in _FACTS:
            if (value := values.get(name)) is not None:
                if isinstance(value, str) and value:
                    self._fact(name, value)
                else:
                    self._refuse("json-type", "is not a text", name, value)
        for name, file in _MOVED.items():
            if values.get(name):
                self._refuse("unknown-key", f"belongs in {file}", name)
        parameters = values.get("planning_params")
        if isinstance(parameters, dict):
            self._calendar.parameters += planning_parameters(
                parameters, self._source, self._problems, path="planning_params"
            )
        elif parameters is not None:
            self._refuse("json-type", "is not a JSON object", "planning_params", parameters)
        self._periods(values.get("periods"))
        return self._calendar

    def _fact(self, name: str, value: str) -> None:
        try:
            self._calendar.parameters.append(parameter("calendar", name, value))
        except CellError as error:
            self._refuse(error.rule, str(error), name, value)

    def _periods(self, periods: Any) -> None:
        seen: dict[str, str] = {}
        for path, period in self._objects(periods, "periods"):
            self._known(period, (*_PERIOD, "weeks"), path)
            cells = self._cells(period, _PERIOD, path)
            if cells is None:
                continue
            name, start, end = cells
            if name in seen:
                message = f"{name} stands twice (first in {seen[name]})"
                self._refuse("duplicate-key", message, joined(path, "period"), name)
            seen.setdefault(name, path)
            self._rising(start, end, path)
            self._weeks(period.get("weeks"), (name, start, end), joined(path, "weeks"))

    def _weeks(self, weeks: Any, period: tuple[str, str, str], path: str) -> None:
        name, period_start, period_end = period
        seen: dict[str, str] = {}
        objects = list(self._objects(weeks, path))
        for here, week in objects:
            self._known(week, tuple(_WEEK), here)
            cells = self._cells(week, _WEEK, here)
            if cells is None:
                continue
            code, sequence, start, end, weight, attributes = cells
            if code in seen:
                message = f"{code} stands twice in {name} (first in {seen[code]})"
                self._refuse("duplicate-key", message, joined(here, "week_code"), code)
            seen.setdefault(code, here)
            self._inside(start or period_start, end or period_end, period, here)
            self._calendar.weeks.append(
                CalendarWeek(name, sequence, code, start, end, period_start, period_end, weight, attributes)
            )
        if not objects:
            self._calendar.weeks.append(CalendarWeek(name, 0, "", None, None, period_start, period_end))

    def _inside(self, start: str, end: str, period: tuple[str, str, str], path: str) -> None:
        name, period_start, period_end = period
        if not self._rising(start, end, path):
            return
        if start < period_start or end > period_end:
            message = f"runs from {start} to {end}, outside {name} ({period_start} to {period_end})"
            self._refuse("calendar-dates", message, path)

    def _rising(self, start: str, end: str, path: str) -> bool:
        if start > end:
            self._refuse("calendar-dates", f"ends on {end}, before it starts on {start}", path)
        return start <= end

    def _objects(self, values: Any, path: str) -> Iterable[tuple[str, dict[str, Any]]]:
        if values is None:
            return
        if not isinstance(values, list):
            self._refuse("json-type", "is not a list", path, values)
            return
        for index, value in enumerate(values):
            here = f"{path}[{index}]"
            if isinstance(value, dict):
                yield here, value
            else:
                self._refuse("json-type", "is not a JSON object", here, value)

    def _cells(self, values: Mapping[str, Any], rules: Mapping[str, Field], path: str) -> list[Any] | None:
        cells: list[Any] = []
        for name, rule in rules.items():
            try:
                cells.append(typed(rule, values.get(name)))
            except CellError as error:
                self._refuse(error.rule, str(error), joined(path, name), values.get(name))
        return cells if len(cells) == len(rules) else None

    def _known(self, values: Mapping[str, Any], names: tuple[str, ...], path: str) -> None:
        for name in values:
            if name not in names:
                message = f"is no key that is known here; expected {', '.join(names)}"
                self._refuse("unknown-key", message, joined(path, name))

    def _refuse(self, rule: str, message: str, path: str, value: object = None) -> None:
        self._problems.add(self._source, rule, message, column=path, value=value)
