"""Making room for more rows, and whether a limit is one that can be meant."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError, PlanvaultError
from ...domain.storage.retention import Retention
from ..plans.row_guard import MakesRoom, in_tables, row_limit
from ..unit_of_work import UnitOfWorkFactory
from .trim_plans import BY_GUARD, TrimOrder, TrimPlans

_LOG = logging.getLogger("planvault.maintenance")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLimit:
    """How many series rows may be kept, and the same number again where less is allowed than there is; 0 is no limit.

    The legacy variable counted plan versions: a value that was carried over must not empty a store.
    """

    unit_of_work: UnitOfWorkFactory
    rows: int = 0
    confirmed: int = 0

    async def stored(self) -> int:
        """How many series rows the tables keep."""
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.maintenance.stored_rows() if await in_tables(uow) else 0

    async def require_meant(self) -> None:
        """Let a limit pass that what is stored fits in, or that was confirmed.

        Raises:
            InvalidRequestError: more is stored, and nobody confirmed the limit.
        """
        if not self.rows or self.confirmed == self.rows:
            return
        stored = await self.stored()
        if stored > self.rows:
            raise InvalidRequestError(
                f"PLANS_DB_MAX_ROWS is {self.rows}, and {stored} series rows are kept; it counts rows, not plans.",
                remedy=f"Set PLANVAULT_GUARD_CONFIRMED={self.rows} if that is meant, or trim first: "
                f"planvault maint trim --max-rows {self.rows} --dry-run.",
                variable="PLANS_DB_MAX_ROWS",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeRoom(MakesRoom):
    """Trim the oldest versions before more is written; a trim of its own, whatever becomes of the write."""

    limit: RowLimit
    trim: TrimPlans
    alert_threshold: int = 0

    async def __call__(self, rows: int, *, limit: int, actor: Actor) -> None:
        """Trim until so many rows more may be kept, as far as retention allows."""
        stored = await self.limit.stored()
        if stored > limit and self.limit.confirmed != limit:
            raise row_limit(stored, adding=rows, limit=limit)
        order = TrimOrder(actor=actor, cause=BY_GUARD)
        try:
            trimmed = await self.trim(Retention(max_rows=max(0, limit - rows)), order)
        except PlanvaultError as error:
            _LOG.warning("plan_repository_capacity_guard_failed max_rows=%d: %s", limit, error.message)
            raise
        count = len(trimmed.versions)
        _LOG.info("plan_repository_capacity_trimmed deleted_versions=%d max_rows=%d", count, limit)
        if 0 < self.alert_threshold <= count:
            _LOG.warning(
                "plan_repository_capacity_trim_alert deleted_versions=%d max_rows=%d alert_threshold=%d",
                count,
                limit,
                self.alert_threshold,
            )
