"""Where plans come from and whether they can be repeated, as the facade offers it."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.access.actor import Actor
from ...domain.plans.version import PlanVersion
from ...domain.shared.paging import DEFAULT_LIMIT, Page
from ..engine import Progress, silent
from .read_provenance import PlanProvenance, ReadProvenance
from .rerun_plan import RerunOutcome, RerunPlan
from .trace_row import RowAddress, RowProvenance, TraceRow


@dataclass(frozen=True, kw_only=True)
class Tracing:
    """Provenance of plan versions, both ways."""

    read_provenance: ReadProvenance
    trace_row: TraceRow
    rerun_plan: RerunPlan

    async def provenance(self, version_id: str) -> PlanProvenance:
        """What a version was made from and by, and whether that is still there."""
        return await self.read_provenance(version_id)

    async def row_provenance(self, version_id: str, address: RowAddress) -> RowProvenance:
        """Where one row comes from: its plan, the move that wrote it, and who edited it (``TraceRow``)."""
        return await self.trace_row(version_id, address)

    async def made_from(
        self, reference: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[PlanVersion]:
        """The plans that were made from ``LABEL@N``, or from any revision of ``LABEL``, newest first."""
        return await self.read_provenance.used(reference, limit=limit, cursor=cursor)

    async def rerun(
        self,
        version_id: str,
        *,
        actor: Actor,
        new_id: str | None = None,
        comment: str | None = None,
        trigger: str = "facade",
        progress: Progress = silent,
    ) -> RerunOutcome:
        """Make a plan once more from the same inputs, and say whether the same came out (``RerunPlan``)."""
        return await self.rerun_plan(
            version_id, actor=actor, new_id=new_id, comment=comment, trigger=trigger, progress=progress
        )
