"""Plans made again and held against themselves, as the facade offers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...domain.plans.reconciliation import Delta
from ...domain.plans.version import PlanVersion
from ..engine import Progress, silent
from .read_reconciliation import DeltasWanted, ReadReconciliation
from .reconcile_plan import ReconcilePlan, ReconcileRequest


@dataclass(frozen=True, kw_only=True)
class Reconciling:
    """How det and aggregate are brought together, and how far they lie apart."""

    reconcile_plan: ReconcilePlan
    read_reconciliation: ReadReconciliation

    async def reconcile(self, request: ReconcileRequest, *, progress: Progress = silent) -> PlanVersion:
        """Make a plan again with other parameters or from other inputs (``ReconcilePlan``)."""
        return await self.reconcile_plan(request, progress=progress)

    async def deltas(self, version_id: str, wanted: DeltasWanted | None = None) -> Sequence[Delta]:
        """How far det and aggregate of a version lie apart, by family and period."""
        return await self.read_reconciliation(version_id, wanted or DeltasWanted())
