"""Copying plans: another version with the same content, to work on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from ...domain.access.actor import Actor, Role
from ...domain.plans.version import PlanAction, PlanEvent, PlanStatus, PlanVersion
from ...domain.shared.clock import Clock
from ...domain.shared.ids import comment, title, version_id
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .plan_inputs import require_inputs_kept
from .publication import require_unused
from .review_plans import require_unchanged
from .row_guard import RowGuard


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRequest:
    """Which version to copy under which id; ``expected`` is the ``row_version`` that was looked at."""

    version_id: str
    new_id: str
    actor: Actor
    comment: str | None = None
    title: str | None = None
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPlan:
    """Make a draft that holds what another version holds, with everything that lies over it; inside the store."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock
    guard: RowGuard = field(default_factory=RowGuard)

    async def __call__(
        self, wanted: str, new_id: str, *, actor: Actor, said: str | None = None, called: str | None = None
    ) -> PlanVersion:
        """The new version: its ``base_version_id`` is the old one, its author who copies; a trial stays one.

        Raises:
            NotFoundError: there is no such version.
            AlreadyExistsError: the new id is or was another version's.
            InvalidLabelError, InvalidRequestError: id or title are wrong.
            ForbiddenError: the actor is no planner.
            ConflictError: the inputs that it was made from were deleted.
        """
        request = CopyRequest(version_id=wanted, new_id=new_id, actor=actor, comment=comment(said), title=title(called))
        return await self.guard.with_room(lambda: self._copied(request), actor=actor)

    @retried
    async def _copied(self, request: CopyRequest) -> PlanVersion:
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, request.actor)
            version = await copied(uow, request, at=self.clock.now())
            await self.guard.require_room(uow, adding=version.series_rows)
            await uow.commit()
        return version


async def copied(uow: UnitOfWork, request: CopyRequest, *, at: datetime) -> PlanVersion:
    """Copy a version within a unit of work, which the caller commits; raises as ``CopyPlan``."""
    actor = request.actor
    actor.require(Role.PLANNER)
    copy_id = version_id(request.new_id)
    base = (await uow.plans.get(version_id(request.version_id))).require_rows()
    require_unchanged(base, request.expected)
    await require_inputs_kept(uow, base.provenance)
    await require_unused(uow, copy_id)
    version = replace(
        base,
        version_id=copy_id,
        title=request.title or base.title,
        status=PlanStatus.DRAFT,
        pinned=False,
        provenance=replace(base.provenance, base_version_id=base.version_id),
        created_at=at,
        created_by=actor.name,
        updated_at=at,
        row_version=0,
        editors=(),
        approvals=(),
    )
    await uow.plans.add(version)
    await uow.payload.copy(base.version_id, copy_id)
    await uow.overlays.copy(base.version_id, copy_id)
    event = PlanEvent(version=version, action=PlanAction.COPY, actor=actor, comment=request.comment, base=base)
    await uow.events.append(event.draft(), at=at)
    return version
