"""Time: always aware, always UTC inside."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

from ..errors import InvalidRequestError


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


def span_of(what: str, text: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first instant that a day (``2026-11-20``, in that zone) or an RFC 3339 instant names, and the first after it.

    Raises:
        InvalidRequestError: the text is neither, or no such day.
    """
    try:
        if len(text) == len("2026-11-20"):
            day = date.fromisoformat(text)
            first, after = (datetime.combine(one, time(), zone) for one in (day, day + timedelta(days=1)))
            return as_utc(first), as_utc(after)
        moment = as_utc(datetime.fromisoformat(text))
        return moment, moment + timedelta(microseconds=1)
    except (ValueError, OverflowError) as error:
        raise InvalidRequestError(
            f"{what} {text[:40]!r} is neither a day nor an instant.",
            remedy="Write 2026-11-20, or 2026-11-20T12:00:00Z.",
        ) from error
