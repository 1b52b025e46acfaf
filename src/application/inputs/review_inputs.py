"""Submitting and approving: how a revision becomes live."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.access.actor import Actor
from ...domain.access.policy import ApprovalPolicy
from ...domain.errors import InvalidRequestError
from ...domain.inputs.input_set import InputSet
from ...domain.shared.clock import Clock
from ...domain.shared.ids import comment, label_reference
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitInputs:
    """Put the candidate of a label before the approvers."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock

    @retried
    async def __call__(self, reference: str, *, actor: Actor, said: str | None = None) -> InputSet:
        """The set afterwards. ``reference`` is ``LABEL`` for its candidate, or ``LABEL@N``.

        Raises:
            NotFoundError: no such label or revision.
            ForbiddenError: the actor is no planner.
            IllegalTransitionError: there is no candidate, or it is no draft.
        """
        wanted, number = label_reference(reference)
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor)
            input_set = await uow.input_sets.get(wanted)
            if number is None:
                number = input_set.candidate_revision.number
            after, event = input_set.submit(number, actor=actor, at=now, comment=comment(said))
            after = await uow.input_sets.save(after)
            await uow.events.append(event.draft(), at=now)
            await uow.commit()
        return after


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveInputs:
    """Say yes to exactly one content; the last yes that the policy asks for makes it live."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    policy: ApprovalPolicy
    clock: Clock

    @retried
    async def __call__(
        self, reference: str, *, content_hash: str | None, actor: Actor, said: str | None = None
    ) -> InputSet:
        """The set afterwards.

        ``reference`` is ``LABEL@N``, which names immutable content; ``LABEL`` alone needs the full content hash.
        Where both are given they must agree.

        Raises:
            NotFoundError: no such label or revision.
            InvalidRequestError: neither a number nor a full hash says what is approved.
            ForbiddenError, FourEyesError: the actor is no approver, or an author.
            IllegalTransitionError, ConflictError: it is not the submitted candidate, or has another hash.
        """
        wanted, number = label_reference(reference)
        if number is None and content_hash is None:
            raise InvalidRequestError(
                f"{wanted} alone does not say which content is approved.",
                remedy=f"Name the revision you looked at: {wanted}@NUMBER, or give its full content hash.",
            )
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor)
            input_set = await uow.input_sets.get(wanted)
            revision = input_set.candidate_revision if number is None else input_set.revision(number)
            after, event = input_set.approve(
                revision.number,
                revision.content_hash if content_hash is None else content_hash,
                actor=actor,
                policy=self.policy,
                at=now,
                comment=comment(said),
            )
            after = await uow.input_sets.save(after)
            await uow.events.append(event.draft(), at=now)
            await uow.events.take_checkpoint(f"approve {revision.reference}", at=now)
            await uow.commit()
        return after
