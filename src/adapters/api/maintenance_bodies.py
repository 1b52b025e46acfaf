"""Bodies of maintenance."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from ...domain.errors import InvalidRequestError
from ...domain.shared.clock import as_utc
from ...domain.storage.retention import KEPT_NEWEST, Retention
from .schemas import Body

_MOST = 2**53


class PauseBody(Body):
    """Why writes are paused, and until when at the latest."""

    reason: str
    until: str = Field(description="An RFC 3339 instant; the pause ends by itself then.")

    def end(self) -> datetime:
        """The instant.

        Raises:
            InvalidRequestError: it is none.
        """
        try:
            return as_utc(datetime.fromisoformat(self.until))
        except (ValueError, OverflowError) as error:
            raise InvalidRequestError(
                f"until {self.until[:40]!r} is no instant.", remedy="Write 2026-11-20T18:00:00Z."
            ) from error


class TrimBody(Body):
    """What is not kept any longer."""

    older_than_days: int | None = Field(default=None, le=_MOST, description="Plans made more than so many days ago.")
    max_rows: int | None = Field(default=None, le=_MOST, description="The oldest, until so many series rows are kept.")
    keep_newest: int = Field(default=KEPT_NEWEST, le=_MOST, description="Never the newest so many plans.")
    kpis_older_than_months: int | None = Field(
        default=None,
        le=_MOST,
        description="For how many months KPIs of trimmed plans stay; else they go with the rows.",
    )
    dry_run: bool = Field(default=False, description="Tell what would go, and change nothing.")
    comment: str | None = None

    def retention(self) -> Retention:
        """What is to be kept.

        Raises:
            InvalidRequestError: nothing is asked for, or a figure is none that can be meant.
        """
        return Retention(
            older_than_days=self.older_than_days,
            max_rows=self.max_rows,
            keep_newest=self.keep_newest,
            kpis_months=self.kpis_older_than_months,
        )
