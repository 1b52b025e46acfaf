"""Archiving, restoring and deleting: what happens to a label as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.access.actor import Actor
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.keeping import PLANS_NAMED, LabelTombstone
from ...domain.shared.clock import Clock
from ...domain.shared.ids import comment
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWorkFactory
from .moving import MovingInputs, whole_label


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveInputs(MovingInputs):
    """Close a label: only reading, restore and delete remain."""

    async def __call__(self, label: str, *, actor: Actor, said: str | None = None) -> InputSet:
        """The set afterwards.

        Raises:
            NotFoundError: no such label.
            ForbiddenError: the actor is no approver.
            IllegalTransitionError: there is a candidate, or it is archived already.
        """
        wanted, kept = whole_label(label), comment(said)
        return await self.moved(
            wanted, lambda known, now: known.archive(actor=actor, at=now, comment=kept), actor=actor
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreInputs(MovingInputs):
    """Open an archived label again."""

    async def __call__(self, label: str, *, actor: Actor, said: str | None = None) -> InputSet:
        """The set afterwards.

        Raises:
            NotFoundError: no such label.
            ForbiddenError: the actor is no approver.
            IllegalTransitionError: it is not archived.
        """
        wanted, kept = whole_label(label), comment(said)
        return await self.moved(
            wanted, lambda known, now: known.restore(actor=actor, at=now, comment=kept), actor=actor
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedInputs:
    """What was deleted, and what is remembered of it; ``contents_removed`` are the hashes nothing else used."""

    input_set: InputSet
    tombstone: LabelTombstone
    contents_removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteInputs:
    """Give a label up with all its revisions and the contents that nothing else uses."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock

    @retried
    async def __call__(self, label: str, *, actor: Actor, said: str | None = None) -> DeletedInputs:
        """What was deleted; events stay, and a later import under the label goes on with its numbers.

        Raises:
            NotFoundError: no such label.
            ForbiddenError: the actor is no operator.
            ConflictError: a plan refers to one of its revisions.
        """
        wanted, kept = whole_label(label), comment(said)
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor)
            known = await uow.input_sets.get(wanted)
            plans = await uow.plans.made_from(known.label, limit=PLANS_NAMED + 1)
            tombstone, event = known.delete(actor=actor, at=now, plans=plans, comment=kept)
            await uow.input_sets.delete(known, tombstone)
            removed = await uow.contents.discard(known.content_hashes)
            await uow.events.append(event.draft(), at=now)
            await uow.commit()
        return DeletedInputs(input_set=known, tombstone=tombstone, contents_removed=tuple(removed))
