"""Charts for terminals: a sparkline, and demand against supply by period."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from ...application.plans.read_plans import PeriodTotals
from .figures import quantity
from .output import draws, write_table

_STEPS = "▁▂▃▄▅▆▇█"
_BAR = 32


def sparklines(*courses: Sequence[float | None]) -> list[str]:
    """One character for each value, from the lowest for 0 to the highest for the largest of all; a gap for none."""
    largest = max((value for values in courses for value in values if value is not None), default=0.0)
    return [_sparkline(values, largest) for values in courses]


def _sparkline(values: Sequence[float | None], largest: float) -> str:
    return "".join(" " if value is None else _STEPS[_step(value, largest)] for value in values)


def write_demand_and_supply(periods: Sequence[PeriodTotals]) -> None:
    """Write demand, supply and backlog by period in units, on a terminal with bars."""
    columns = ["period", "demand", "supply", "backlog"]
    bars = draws()
    largest = max((value for period in periods for value in (period.demand, period.supply) if value), default=0.0)
    rows = [
        [
            period.period,
            *(quantity(value) for value in (period.demand, period.supply, period.backlog)),
            *([_bar(period, largest)] if bars else []),
        ]
        for period in periods
    ]
    heading = [*columns, "█ supply  ░ demand without supply"] if bars else columns
    write_table(heading, rows, right=columns[1:])


def _bar(period: PeriodTotals, largest: float) -> Text:
    supply = _length(period.supply or 0.0, largest)
    missing = max(0, _length(period.demand or 0.0, largest) - supply)
    return Text.assemble(("█" * supply, "green"), ("░" * missing, "red"))


def _length(value: float, largest: float) -> int:
    return round(max(0.0, value) / largest * _BAR) if largest > 0 else 0


def _step(value: float, largest: float) -> int:
    return round(max(0.0, value) / largest * (len(_STEPS) - 1)) if largest > 0 else 0
