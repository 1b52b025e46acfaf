"""The JSON files of an export: calendar, parameters, metadata and facts, as the importer reads them."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from itertools import groupby
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any, cast

from ...application.exchange import SectionReader
from ...domain.inputs.rows import CalendarWeek
from ...domain.inputs.sections import CALENDAR_WEEKS
from ...domain.shared.numbers import number_text
from .export_tables import section_rows

_PERIOD_FIELDS = ("period", "period_start", "period_end")


def object_text(members: Mapping[str, str]) -> str:
    """A JSON object of members whose values are JSON text already, a line each."""
    if not members:
        return "{}\n"
    lines = ",\n".join(f"  {encode_basestring(name)}: {value}" for name, value in members.items())
    return f"{{\n{lines}\n}}\n"


def fact_texts(facts: Mapping[str, Any]) -> dict[str, str]:
    """Facts as JSON text, by name."""
    return {name: json.dumps(value, ensure_ascii=False, allow_nan=False) for name, value in facts.items()}


async def calendar_text(facts: Mapping[str, str], read: SectionReader) -> AsyncGenerator[str, None]:
    """A calendar object, a period a line; without facts and weeks it is empty.

    Weeks say only what is not the default, so that a calendar is no longer than what it was imported from.
    """
    head = "".join(f"  {encode_basestring(name)}: {value},\n" for name, value in facts.items())
    begun = False
    async for period, weeks in _periods(read):
        yield ",\n    " if begun else f'{{\n{head}  "periods": [\n    '
        begun = True
        yield _period_text(period, weeks)
    if begun:
        yield "\n  ]\n}\n"
    else:
        yield object_text(facts)


async def _periods(read: SectionReader) -> AsyncGenerator[tuple[tuple[str, ...], list[CalendarWeek]], None]:
    period_of = itemgetter(*(list(CalendarWeek._fields).index(name) for name in _PERIOD_FIELDS))
    open_period: tuple[str, ...] | None = None
    kept: list[CalendarWeek] = []
    async for batch in section_rows(read, CALENDAR_WEEKS.name):
        for period, rows in groupby(batch, period_of):
            if open_period is not None and period != open_period:
                yield open_period, kept
                kept = []
            open_period = period
            kept += cast("list[CalendarWeek]", list(rows))
    if open_period is not None:
        yield open_period, kept


def _period_text(period: tuple[str, ...], weeks: list[CalendarWeek]) -> str:
    name, start, end = map(encode_basestring, period)
    listed = ",".join(_week_text(week) for week in weeks if week.week_code)
    tail = f',"weeks":[{listed}]' if listed else ""
    return f'{{"period":{name},"start_date":{start},"end_date":{end}{tail}}}'


def _week_text(week: CalendarWeek) -> str:
    parts = [f'"week_code":{encode_basestring(week.week_code)},"sequence":{week.sequence}']
    if week.week_start is not None:
        parts.append(f'"start_date":{encode_basestring(week.week_start)}')
    if week.week_end is not None:
        parts.append(f'"end_date":{encode_basestring(week.week_end)}')
    if week.weight != 1:
        parts.append(f'"weight":{number_text(week.weight)}')
    if week.attributes_json != "{}":
        parts.append(f'"attributes":{week.attributes_json}')
    return f"{{{','.join(parts)}}}"
