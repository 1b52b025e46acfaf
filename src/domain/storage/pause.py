"""Pauses: for a while, and for a reason, nothing is written; reads go on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..errors import InvalidRequestError, PausedError
from ..shared.clock import instant_text
from ..shared.ids import free_text

_LONGEST_REASON = 200
LONGEST_DAYS = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Who paused writes, why, since when, and until when at the latest."""

    reason: str
    since: datetime
    until: datetime
    actor: str

    @classmethod
    def begun(cls, reason: str, *, until: datetime, actor: str, at: datetime) -> Pause:
        """A pause from now on.

        Raises:
            InvalidRequestError: there is no reason, or the end is past or further away than 31 days.
        """
        said = free_text("reason", reason, limit=_LONGEST_REASON)
        if not said:
            raise InvalidRequestError(
                "A pause needs a reason; everybody who writes is told.", remedy="Add --reason TEXT."
            )
        if not at < until <= at + timedelta(days=LONGEST_DAYS):
            raise InvalidRequestError(
                f"The pause would end at {instant_text(until)}: past, or further away than {LONGEST_DAYS} days.",
                remedy="Name an end that comes soon; a pause that lasts longer is begun again.",
            )
        return cls(reason=said, since=at, until=until, actor=actor)

    def holds(self, at: datetime) -> bool:
        """Whether nothing is written at that moment; a pause that nobody ended ends by itself."""
        return at < self.until

    def refusal(self, at: datetime) -> PausedError:
        """What a writer is told, with the seconds that it is worth waiting."""
        return PausedError(
            f"Writes are paused until {instant_text(self.until)}: {self.reason} ({self.actor}). Reads go on.",
            remedy="Try again later; an operator ends it earlier with planvault maint resume.",
            reason=self.reason,
            until=instant_text(self.until),
            retry_after=max(1, math.ceil((self.until - at).total_seconds())),
        )
