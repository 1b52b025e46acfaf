"""Clocks that tests hold in their hands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..domain.shared.clock import Clock

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


class HandClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        """Begin at this moment."""
        self._now = at

    def now(self) -> datetime:
        """The moment at which it stands."""
        return self._now

    def move(self, **by: float) -> None:
        """Go on by so many days, hours, minutes, seconds … (``timedelta``'s words)."""
        self._now += timedelta(**by)
