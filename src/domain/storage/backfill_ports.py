"""Where the ledger of backfills is kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from ..shared.ids import VersionId
from ..shared.paging import Page
from .backfill import BackfillItem, BackfillLease, BackfillRun


class BackfillRepository(Protocol):
    """The backfills of a store, and how every version stands that one was about."""

    async def running(self) -> tuple[BackfillRun, bool] | None:
        """The run under way, if there is one, and whether its lease has lapsed by the store's clock.

        Whoever asks keeps others who ask waiting until the unit of work ends.
        """
        ...

    async def lease(self, owner: str, *, seconds: float) -> BackfillLease:
        """A lease that begins now and lapses after so many seconds, by the store's clock."""
        ...

    async def get(self, run_id: str) -> BackfillRun:
        """The run of that id.

        Raises:
            NotFoundError: there is none.
        """
        ...

    async def list(self, *, limit: int, cursor: str | None) -> Page[BackfillRun]:
        """Runs, newest first.

        Raises:
            InvalidRequestError: the cursor is not of this list.
        """
        ...

    async def add(self, run: BackfillRun) -> None:
        """Keep a new run.

        Raises:
            AlreadyExistsError: its id is taken.
        """
        ...

    async def save(self, run: BackfillRun) -> BackfillRun:
        """Keep a changed run; the answer carries the next ``row_version``.

        Raises:
            StaleVersionError: somebody saved it first, so that it is no longer the caller's.
        """
        ...

    async def item(self, version_id: VersionId) -> BackfillItem | None:
        """How that version stands, if a backfill was ever about it."""
        ...

    async def done(self) -> Collection[VersionId]:
        """The versions of which nothing was left to do."""
        ...

    async def items(self, run_id: str) -> Sequence[BackfillItem]:
        """The versions that a run was the last to attempt, in order of version id."""
        ...

    async def save_item(self, item: BackfillItem) -> None:
        """Keep how a version stands, in the place of how it stood."""
        ...
