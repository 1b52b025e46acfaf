"""Numbers, times and names as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from ...domain.plans.kpis import Kpi

HASH_SHOWN = 8
_LARGEST_IN_FULL = 1e15
# What a run or job says that was stopped from outside.
_STOPPED = "canceled"


def count(number: int) -> str:
    """A count with its thousands apart: ``3 410``."""
    return f"{number:,}".replace(",", " ")


def counted(number: int, thing: str) -> str:
    """A count with its thing: ``1 file``, ``3 410 series rows``."""
    return f"{count(number)} {thing}{'' if number == 1 else 's'}"


def quantity(value: float | None) -> str:
    """A quantity to at most one decimal; ``-`` where there is none."""
    if value is None:
        return "-"
    if abs(value) >= _LARGEST_IN_FULL:
        return f"{value:.6g}"
    return f"{value:,.1f}".removesuffix(".0").replace(",", " ")


def percent(value: float) -> str:
    """A ratio as a percentage: ``97.4 %``."""
    return f"{value * 100:.1f} %"


def kpi_value(kpi: Kpi) -> str:
    """The value of a KPI with its unit."""
    return percent(kpi.value) if kpi.unit == "ratio" else f"{quantity(kpi.value)} {kpi.unit}"


def short(content_hash: str | None) -> str:
    """The beginning of a hash: ``9f3c2a7e…``."""
    return "-" if content_hash is None else f"{content_hash[:HASH_SHOWN]}…"


def moment(at: datetime | None, zone: ZoneInfo) -> str:
    """A time of day in the zone of the settings, to the minute; ``-`` where there is none."""
    return "-" if at is None else at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def duration(milliseconds: int | None) -> str:
    """How long something took: ``0.8 s``."""
    return "-" if milliseconds is None else f"{milliseconds / 1000:.1f} s"


def ending(error: str | None) -> str | None:
    """Why a run or job has no result."""
    return f"{_STOPPED}: it was told to stop before it was done" if error == _STOPPED else error
