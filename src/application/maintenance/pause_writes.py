"""Pausing writes and letting them go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ...domain.access.actor import Actor, Role
from ...domain.errors import ConflictError
from ...domain.shared.clock import Clock, instant_text
from ...domain.shared.events import EventDraft
from ...domain.storage.backups import STREAM
from ...domain.storage.pause import Pause
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseWrites:
    """Let nobody write for a while, save operators who maintain the store.

    Whoever was admitted before goes on to the end of the transaction; a job at work that ends meanwhile is put back.
    """

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock

    async def current(self) -> Pause | None:
        """The pause that holds now, if there is one."""
        async with self.unit_of_work(read_only=True) as uow:
            pause = await uow.maintenance.pause()
        return pause if pause is not None and pause.holds(self.clock.now()) else None

    @retried
    async def begin(self, reason: str, *, until: datetime, actor: Actor) -> Pause:
        """The pause, in the place of any other.

        Raises:
            ForbiddenError: the actor is no operator.
            InvalidRequestError: there is no reason, or the end is past or further away than 31 days.
        """
        actor.require(Role.OPERATOR)
        now = self.clock.now()
        pause = Pause.begun(reason, until=until, actor=actor.name, at=now)
        details = {"reason": pause.reason, "until": instant_text(pause.until)}
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)
            await uow.maintenance.save_pause(pause)
            await uow.events.append(
                EventDraft(stream=STREAM, action="pause", subject=STREAM, actor=actor, details=details), at=now
            )
            await uow.commit()
        return pause

    @retried
    async def end(self, *, actor: Actor, said: str | None) -> Pause:
        """The pause that is over now.

        Raises:
            ForbiddenError: the actor is no operator.
            ConflictError: nothing is paused.
        """
        actor.require(Role.OPERATOR)
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)
            pause = await uow.maintenance.pause()
            if pause is None or not pause.holds(now):
                raise ConflictError("Writes are not paused, so there is nothing to resume.")
            await uow.maintenance.save_pause(None)
            details = {"reason": pause.reason, "since": instant_text(pause.since)}
            draft = EventDraft(
                stream=STREAM, action="resume", subject=STREAM, actor=actor, comment=said, details=details
            )
            await uow.events.append(draft, at=now)
            await uow.commit()
        return pause
