"""Taking a checkpoint by hand, to be written down elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.access.actor import Actor, Role
from ...domain.shared.clock import Clock
from ...domain.shared.events import Checkpoint, EventDraft
from ...domain.shared.ids import free_text
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWorkFactory

STREAM = "audit"
BY_HAND = "by hand"
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeCheckpoint:
    """Hash the heads of all streams now."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock

    @retried
    async def __call__(self, *, actor: Actor, reason: str | None = None) -> Checkpoint:
        """The checkpoint; the event that says who took it is the newest that it covers.

        Raises:
            ForbiddenError: the actor is no operator.
            InvalidRequestError: the reason is longer than 200 characters or cannot be kept.
        """
        actor.require(Role.OPERATOR)
        said = free_text("reason", reason or "", limit=_LONGEST_REASON) or BY_HAND
        now = self.clock.now()
        draft = EventDraft(stream=STREAM, action="checkpoint", subject=STREAM, actor=actor, details={"reason": said})
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)
            await uow.events.append(draft, at=now)
            taken = await uow.events.take_checkpoint(said, at=now)
            await uow.commit()
        return taken
