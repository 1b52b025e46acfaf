"""What every move of an input set has in common: admission, load, move, save, event, and where asked a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from ...domain.inputs.input_set import InputSet, Move
from ...domain.shared.clock import Clock
from ...domain.shared.ids import Label, label, label_reference
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class MovingInputs:
    """One move of one input set, in one transaction with its event."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock

    @retried
    async def moved(
        self, wanted: Label, move: Callable[[InputSet, datetime], Move], *, actor: Actor, checkpoint: bool = False
    ) -> InputSet:
        """The set after the move.

        Raises:
            NotFoundError: no such label.
            PlanvaultError: whatever the move refuses.
        """
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor)
            after, event = move(await uow.input_sets.get(wanted), now)
            after = await uow.input_sets.save(after)
            await uow.events.append(event.draft(), at=now)
            if checkpoint:
                await uow.events.take_checkpoint(f"{event.action} {event.label}@{event.revision}", at=now)
            await uow.commit()
        return after


def whole_label(reference: str) -> Label:
    """The label of a move that is about the label as a whole.

    Raises:
        InvalidRequestError: a revision is named.
    """
    if "@" in reference:
        wanted, number = label_reference(reference)
        raise InvalidRequestError(
            f"{wanted}@{number} names one revision; this is about all of {wanted}.", remedy=f"Write {wanted} alone."
        )
    return label(reference)
