"""Time: always aware, always UTC inside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from, so that a test can hold it still."""

    def now(self) -> datetime:
        """The present instant, aware and in UTC."""
        ...


class SystemClock(Clock):
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present instant, aware and in UTC, to the microsecond."""
        return datetime.now(UTC)


def as_utc(moment: datetime) -> datetime:
    """The same instant in UTC.

    Raises:
        ValueError: the moment has no offset, so that nobody knows which instant it is.
    """
    if moment.tzinfo is None:
        raise ValueError("a point in time needs its offset from UTC")
    return moment.astimezone(UTC)


def instant_text(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds, ``2026-11-20T17:31:00.000000Z``: sorts as text in order of time."""
    return as_utc(moment).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_instant(text: str) -> datetime:
    """The instant that ``instant_text`` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
