"""Deleting plans: the content goes, the events stay."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.access.actor import Actor
from ...domain.plans import lifecycle
from ...domain.plans.version import PlanVersion
from ...domain.shared.clock import Clock
from ...domain.shared.ids import comment, version_id
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWorkFactory
from .review_plans import baseline_of, require_unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePlan:
    """Remove a plan version with everything that is kept for it alone; its id is never used again."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock

    @retried
    async def __call__(self, wanted: str, *, actor: Actor, said: str | None, expected: int | None) -> PlanVersion:
        """What the version was.

        Raises:
            NotFoundError: there is no such version.
            StaleVersionError: its ``row_version`` is not the ``expected`` one.
            ForbiddenError: the actor is no operator.
            IllegalTransitionError: it is approved or pinned, or is or was a baseline.
        """
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor)
            version = await uow.plans.get(version_id(wanted))
            require_unchanged(version, expected)
            baseline = await baseline_of(uow, version)
            event = lifecycle.delete(version, baseline=baseline, actor=actor, comment=comment(said))
            await uow.plans.delete(version)
            await uow.events.append(event.draft(), at=now)
            await uow.commit()
        return version
