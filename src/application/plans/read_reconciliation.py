"""Looking at how far det and aggregate of a plan lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...domain.errors import NotFoundError
from ...domain.plans.reconciliation import Delta, DeltaOrder, reconcile_levels, select, tolerance_of
from ...domain.shared.ids import version_id
from ...domain.shared.paging import check_limit
from ..unit_of_work import UnitOfWorkFactory
from .publication import AGGREGATE

LOG = "reconciliation_log.json"
LOG_ADJUSTED = "reconciliation_log_adjusted.json"
DET = "det"
DET_ADJUSTED = "det_adjusted"
MOST_DELTAS = 10_000
DELTAS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltasWanted:
    """Which deltas: of the adjusted det or the plain one, all or violations, in which order, and how many."""

    adjusted: bool = False
    violations_only: bool = False
    order: DeltaOrder | None = None
    limit: int = DELTAS


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReconciliation:
    """Hold the levels of a stored plan against each other."""

    unit_of_work: UnitOfWorkFactory

    async def __call__(self, wanted: str, which: DeltasWanted) -> Sequence[Delta]:
        """The deltas by family and period, computed from the rows.

        Raises:
            NotFoundError: there is no such version, or it lacks one of the levels.
            InvalidRequestError: the limit is wrong.
        """
        check_limit(which.limit, maximum=MOST_DELTAS)
        det, log = (DET_ADJUSTED, LOG_ADJUSTED) if which.adjusted else (DET, LOG)
        async with self.unit_of_work(read_only=True) as uow:
            version = await uow.plans.get(version_id(wanted))
            levels = {series.level for series in await uow.payload.series(version.version_id)}
            for level in (AGGREGATE, det):
                if level not in levels:
                    raise NotFoundError(
                        "level",
                        f"{level} of {version.version_id}",
                        remedy="Make the adjusted plan: planvault plans reconcile V --apply-adjusted."
                        if which.adjusted
                        else None,
                    )
            headers = await uow.payload.headers(version.version_id)
            found = await reconcile_levels(
                uow.payload.rows(version.version_id, AGGREGATE),
                uow.payload.rows(version.version_id, det),
                tolerance_of(headers.get(log, {})),
            )
        return select(found.deltas, violations_only=which.violations_only, order=which.order, limit=which.limit)
