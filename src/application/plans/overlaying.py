"""What every change of an overlay does besides: authors, digest, stale levels, and events."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ...domain.access.actor import Actor
from ...domain.plans import lifecycle
from ...domain.plans.editing.overlay import Overlay
from ...domain.plans.stage import stale_after
from ...domain.plans.version import PlanAction, PlanEvent, PlanVersion
from ...domain.shared.clock import Clock
from ...domain.shared.ids import version_id
from ..access.admission import Admission
from ..unit_of_work import UnitOfWork
from .publication import plan_digest
from .review_plans import require_unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changes an overlay, why, and which ``row_version`` they looked at."""

    actor: Actor
    comment: str | None = None
    expected: int | None = None


@dataclass(slots=True, kw_only=True)
class Overlaying:
    """One change of the overlay of one version, within a unit of work: begin, change ``overlay``, finish."""

    uow: UnitOfWork
    change: Change
    at: datetime
    version: PlanVersion
    overlay: Overlay
    _reopened: PlanEvent | None = None

    @classmethod
    async def begin(
        cls, uow: UnitOfWork, wanted: str, change: Change, *, admission: Admission, clock: Clock
    ) -> Overlaying:
        """The version and what lies over it, for an actor who may edit it.

        Raises:
            NotFoundError: there is no such version.
            StaleVersionError: its ``row_version`` is not the expected one.
            ForbiddenError: the actor is no planner.
            ContentFrozenError: it is approved or superseded, or put away.
        """
        await admission.admit(uow, change.actor)
        version = await uow.plans.get(version_id(wanted))
        require_unchanged(version, change.expected)
        at = clock.now()
        edited, reopened = lifecycle.edited(version, actor=change.actor, at=at)
        overlay = await uow.overlays.load(version.version_id)
        return cls(uow=uow, change=change, at=at, version=edited, overlay=overlay, _reopened=reopened)

    async def finish(
        self, action: PlanAction, details: Mapping[str, Any], *, changed_levels: Collection[str] = ()
    ) -> PlanVersion:
        """Save the version with the digest that now holds, and tell what happened; the caller commits."""
        levels = [series.level for series in await self.uow.payload.series(self.version.version_id)]
        version = await self.uow.plans.save(
            replace(
                self.version,
                plan_digest=plan_digest(self.version.payload_digest, self.version.provenance, self.overlay),
                stale_levels=stale_after(changed_levels, levels, self.version.stale_levels),
                updated_at=self.at,
            )
        )
        if self._reopened is not None:
            await self.uow.events.append(self._reopened.draft(), at=self.at)
        event = PlanEvent(
            version=version,
            action=action,
            actor=self.change.actor,
            comment=self.change.comment,
            details=details,
        )
        await self.uow.events.append(event.draft(), at=self.at)
        return version
