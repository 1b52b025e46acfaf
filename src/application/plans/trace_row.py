"""Where one row of a plan comes from: who wrote it, in which move, and who edited it since."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ...domain.errors import NotFoundError
from ...domain.plans.editing.cells import row_key
from ...domain.plans.editing.overlay import Override
from ...domain.plans.series import SeriesRow
from ...domain.plans.series_filter import SeriesFilter
from ...domain.plans.version import PlanAction, plan_stream
from ...domain.shared.ids import version_id
from ..telemetry import Telemetry
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .read_plans import with_level
from .read_provenance import InputStanding, PlanProvenance, provenance_of

# What writes rows: those of the levels that its event names, and all where it names none.
_WRITING = frozenset(
    {
        PlanAction.CREATE,
        PlanAction.REGISTER,
        PlanAction.RECONCILE,
        PlanAction.RERUN,
        PlanAction.COPY,
        PlanAction.REPLACE,
        PlanAction.BACKFILL,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAddress:
    """One row of a level: its bucket, item and location as ``plan_series`` has them."""

    level: str
    bucket: str
    item: str
    location: str = "global"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The move that wrote a row as it is stored."""

    action: str
    actor: str
    at: datetime
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProvenance:
    """Where a row comes from.

    ``plan`` is where its plan comes from: inputs, engine, run, job.  That holds for the row unless it was ``replaced``
    since: then ``written`` tells by whom, and the engine has no part in it.  ``overrides`` are the values that stand in
    it now, each with its author.
    """

    plan: PlanProvenance
    row: SeriesRow
    written: Written | None
    overrides: Sequence[Override]

    @property
    def replaced(self) -> bool:
        """Whether the level of the row was replaced after its plan was made."""
        return self.written is not None and self.written.action == PlanAction.REPLACE


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRow:
    """Follow a row to what it was made from."""

    unit_of_work: UnitOfWorkFactory
    telemetry: Telemetry

    async def __call__(self, wanted: str, address: RowAddress) -> RowProvenance:
        """Where the row comes from.

        Raises:
            NotFoundError: there is no such version, level or row.
        """
        chosen = SeriesFilter(
            item=address.item, location=address.location, bucket_from=address.bucket, bucket_to=address.bucket
        )
        async with self.unit_of_work(read_only=True) as uow:
            version = await with_level(uow, wanted, address.level)
            rows = await uow.payload.page(version.version_id, address.level, after=None, limit=1, only=chosen)
            if not rows:
                name = f"{address.level} {address.bucket} {address.item} {address.location}"
                raise NotFoundError(f"row of {version.version_id}", name, remedy="See planvault plans series.")
            overlay = await uow.overlays.load(version.version_id)
            found = RowProvenance(
                plan=await provenance_of(uow, version),
                row=rows[0],
                written=await _written(uow, version.version_id, address.level),
                overrides=list(overlay.of_row(row_key(rows[0])).values()),
            )
        if found.plan.inputs is InputStanding.MISSING:
            self.telemetry.inputs_missing()
        return found


async def _written(uow: UnitOfWork, wanted: str, level: str) -> Written | None:
    """The last move that wrote the rows of a level."""
    found: Written | None = None
    async for event in uow.events.stream(plan_stream(version_id(wanted))):
        if event.action in _WRITING and level in json.loads(event.details_json).get("levels", (level,)):
            found = Written(action=event.action, actor=event.actor, at=event.recorded_at, comment=event.comment)
    return found
