"""Looking at backfills: what ran, what it came to, and how each version stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...domain.shared.paging import Page, check_limit
from ...domain.storage.backfill import BackfillItem, BackfillRun
from ..retrying import retried
from ..unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillDetail:
    """A run with the versions that it was the last to attempt."""

    run: BackfillRun
    items: Sequence[BackfillItem]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBackfills:
    """Read the ledger of backfills."""

    unit_of_work: UnitOfWorkFactory

    @retried
    async def list(self, *, limit: int, cursor: str | None) -> Page[BackfillRun]:
        """Runs, newest first.

        Raises:
            InvalidRequestError: the limit or the cursor is wrong.
        """
        check_limit(limit)
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.backfills.list(limit=limit, cursor=cursor)

    @retried
    async def detail(self, run_id: str) -> BackfillDetail:
        """The run of that id with its versions.

        Raises:
            NotFoundError: there is none.
        """
        async with self.unit_of_work(read_only=True) as uow:
            run = await uow.backfills.get(run_id)
            return BackfillDetail(run=run, items=await uow.backfills.items(run.run_id))
