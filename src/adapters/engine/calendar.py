"""The calendar of a plan: the weeks of a period, the period of a week, and the week that a due date falls in."""

from __future__ import annotations

import calendar
import re
from collections.abc import Container, Iterable, Sequence
from datetime import date

from ...domain.inputs.rows import CalendarWeek
from ...domain.shared.natural_order import natural_key

WEEKS_BY_PERIOD = 4
LONG_PERIOD_WEEKS = 5
DAYS_OF_A_WEEK = 7
MONTH_LENGTH = len("2026-11")

_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_NUMBERED = re.compile(r"M([0-9]+)")
_ISO_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")


class Calendar:
    """Weeks by period, with the share of the period's quantities that each week bears.

    Periods come in order of their first day, weeks inside them by sequence, first day and code.  A period that lists
    no weeks has ``<period>-W1`` … with equal shares.
    """

    def __init__(self, rows: Sequence[CalendarWeek], *, weeks: int = WEEKS_BY_PERIOD) -> None:
        """Take the rows of the section ``calendar_weeks``, and the number of weeks of unlisted periods."""
        self._hint = weeks
        listed = [row for row in rows if row.week_code]
        listed.sort(key=lambda row: (row.period_start, row.period, row.sequence, row.week_start or "", row.week_code))
        weights: dict[str, dict[str, float]] = {}
        for row in listed:
            by_week = weights.setdefault(row.period, {})
            by_week[row.week_code] = by_week.get(row.week_code, 0.0) + row.weight
        self._listed = frozenset(weights)
        self._shares = {
            period: (tuple(by_week), _ratios(list(by_week.values()))) for period, by_week in weights.items()
        }
        self._order = {code: position for position, code in enumerate(dict.fromkeys(row.week_code for row in listed))}
        self._period_of = {row.week_code: row.period for row in listed}
        self._ranges = [
            (row.week_start, row.week_end, row.week_code) for row in listed if row.week_start and row.week_end
        ]
        self._spans = sorted({(row.period_start, row.period_end, row.period) for row in rows})
        self.listed_periods = len({row.period for row in rows})

    def shares(self, period: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """The week codes of a period in order, and their shares, which sum to 1."""
        shares = self._shares.get(period)
        if shares is None:
            count = fallback_weeks(period, self._hint)
            codes = tuple(f"{period}-W{number}" for number in range(1, count + 1))
            shares = self._shares[period] = codes, _ratios([1.0] * count)
        return shares

    def plan_weeks(self, periods: Iterable[str]) -> list[str]:
        """The weeks of a plan over these periods, in order of time.

        The calendar's weeks come in its own order, without a gap from the first to the last that is needed; weeks of
        unlisted periods follow in natural order (``M2-W1`` before ``M10-W1``).
        """
        needed = {code for period in periods for code in self.shares(period)[0]}
        positions = [self._order[code] for code in needed if code in self._order]
        weeks = list(self._order)[min(positions) : max(positions) + 1] if positions else []
        return weeks + sorted((code for code in needed if code not in self._order), key=natural_key)

    def period_of_week(self, week: str) -> str:
        """The period of a week: the last one listing it, the month of its Thursday, or its first 7 characters."""
        period = self._period_of.get(week)
        if period is not None:
            return period
        match = _ISO_WEEK.fullmatch(week)
        if match:
            try:
                return date.fromisocalendar(int(match[1]), int(match[2]), 4).isoformat()[:MONTH_LENGTH]
            except ValueError:
                pass
        return week[:MONTH_LENGTH]

    def period_of_date(self, day: str) -> str:
        """The listed period that holds an ISO date, else its month."""
        return next((period for start, end, period in self._spans if start <= day <= end), day[:MONTH_LENGTH])

    def week_of_due(self, due: str, planned: Container[str]) -> str:
        """The week in which an order due then arrives; it need not be one of the ``planned`` weeks.

        A week code is itself, a date the first listed week around it, a listed period its last week.  Without these,
        a period is the week of the hint's number, and a date the first to fourth week by its day of the month.
        """
        if due in planned or due in self._order:
            return due
        if due in self._listed:
            return self._shares[due][0][-1]
        day = _day_of(due)
        if day is None:
            return f"{due}-W{self._hint}"
        for start, end, code in self._ranges:
            if start <= due <= end:
                return code
        return f"{due[:MONTH_LENGTH]}-W{min(WEEKS_BY_PERIOD, (day.day - 1) // DAYS_OF_A_WEEK + 1)}"


def fallback_weeks(period: str, hint: int = WEEKS_BY_PERIOD) -> int:
    """How many weeks an unlisted period has: the hint, and if that is 4, 5 for a long period.

    A month ``2026-11`` is long when more than four ISO weeks touch it, a period ``M<n>`` when 3 divides n.
    """
    if hint != WEEKS_BY_PERIOD:
        return hint
    if _MONTH.fullmatch(period):
        year, month = int(period[:4]), int(period[5:])
        first_weekday, days = calendar.monthrange(year, month)
        touched = -(-(first_weekday + days) // DAYS_OF_A_WEEK)
        return min(LONG_PERIOD_WEEKS, touched)
    match = _NUMBERED.fullmatch(period)
    return LONG_PERIOD_WEEKS if match and int(match[1]) % 3 == 0 else WEEKS_BY_PERIOD


def _ratios(weights: Sequence[float]) -> tuple[float, ...]:
    """Shares that sum to 1; equal ones when all weights are 0.

    Divided twice, as the legacy system does: the last bit decides which week takes a residue.
    """
    total = sum(weights)
    first = [weight / total for weight in weights] if total > 0 else [1.0 / len(weights)] * len(weights)
    again = sum(first)
    return tuple(ratio / again for ratio in first)


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-20") else None
    except ValueError:
        return None
