"""Backfills, as the facade offers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...domain.shared.paging import DEFAULT_LIMIT, Page
from ...domain.storage.backfill import BackfillRun
from .backfill_plans import BackfillPlans
from .backfill_request import Backfilled, BackfillRequest
from .read_backfills import BackfillDetail, ReadBackfills


@dataclass(frozen=True, kw_only=True)
class Backfilling:
    """How plans come here from elsewhere."""

    backfill_plans: BackfillPlans
    read_backfills: ReadBackfills

    @property
    def sources(self) -> Sequence[str]:
        """The names of the sources that can be backfilled from, in order."""
        return self.backfill_plans.sources.names

    async def backfill(self, request: BackfillRequest) -> Backfilled:
        """Take the plans of a legacy system (``BackfillPlans``)."""
        return await self.backfill_plans(request)

    async def backfills(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[BackfillRun]:
        """Backfills, newest first."""
        return await self.read_backfills.list(limit=limit, cursor=cursor)

    async def backfill_run(self, run_id: str) -> BackfillDetail:
        """The backfill of that id, with the versions that it was the last to attempt."""
        return await self.read_backfills.detail(run_id)
