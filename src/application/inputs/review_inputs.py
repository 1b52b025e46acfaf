"""Submitting, approving, rejecting, adopting, reverting: how a revision becomes live, or does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ...domain.access.actor import Actor
from ...domain.access.policy import ApprovalPolicy
from ...domain.errors import InvalidRequestError
from ...domain.inputs.input_set import InputSet, Move
from ...domain.inputs.revision import InputRevision
from ...domain.shared.ids import Label, comment, label_reference
from .moving import MovingInputs


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitInputs(MovingInputs):
    """Put the candidate of a label before the approvers."""

    async def __call__(self, reference: str, *, actor: Actor, said: str | None = None) -> InputSet:
        """The set afterwards. ``reference`` is ``LABEL`` for its candidate, or ``LABEL@N``.

        Raises:
            NotFoundError: no such label or revision.
            ForbiddenError: the actor is no planner.
            IllegalTransitionError: there is no candidate, or it is no draft.
        """
        wanted, number = label_reference(reference)
        kept = comment(said)

        def submit(known: InputSet, now: datetime) -> Move:
            return known.submit(_meant(known, number).number, actor=actor, at=now, comment=kept)

        return await self.moved(wanted, submit, actor=actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveInputs(MovingInputs):
    """Say yes to exactly one content; the last yes that the policy asks for makes it live."""

    policy: ApprovalPolicy

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
        wanted, number = _exactly(reference, content_hash, "approved")
        kept = comment(said)

        def approve(known: InputSet, now: datetime) -> Move:
            revision = _meant(known, number)
            seen = revision.content_hash if content_hash is None else content_hash
            return known.approve(revision.number, seen, actor=actor, policy=self.policy, at=now, comment=kept)

        return await self.moved(wanted, approve, actor=actor, checkpoint=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptInputs(MovingInputs):
    """Submit and approve what came from a legacy system, as an approver's own decision."""

    policy: ApprovalPolicy

    async def __call__(
        self, reference: str, *, content_hash: str | None, actor: Actor, said: str | None = None
    ) -> InputSet:
        """The set afterwards; ``reference`` and ``content_hash`` as for ``ApproveInputs``.

        Raises:
            NotFoundError: no such label or revision.
            InvalidRequestError: neither a number nor a full hash says what is adopted.
            ForbiddenError, FourEyesError: the actor is no approver, or an author.
            IllegalTransitionError, ConflictError: it is no draft candidate from a legacy system, or has another hash.
        """
        wanted, number = _exactly(reference, content_hash, "adopted")
        kept = comment(said)

        def adopt(known: InputSet, now: datetime) -> Move:
            revision = _meant(known, number)
            seen = revision.content_hash if content_hash is None else content_hash
            return known.adopt(revision.number, seen, actor=actor, policy=self.policy, at=now, comment=kept)

        return await self.moved(wanted, adopt, actor=actor, checkpoint=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectInputs(MovingInputs):
    """Say no to a candidate, or withdraw it as one of its authors."""

    policy: ApprovalPolicy

    async def __call__(self, reference: str, *, actor: Actor, said: str | None) -> InputSet:
        """The set afterwards; what is live stays live. ``reference`` is ``LABEL@N``: nobody rejects the unseen.

        Raises:
            NotFoundError: no such label or revision.
            InvalidRequestError: no number says what is rejected, or there is no comment.
            ForbiddenError: the actor is neither an approver nor an author of it.
            IllegalTransitionError: it is not the candidate.
        """
        wanted, number = label_reference(reference)
        if number is None:
            raise InvalidRequestError(
                f"{wanted} alone does not say which revision is rejected.",
                remedy=f"Name the revision you looked at: {wanted}@NUMBER.",
            )
        kept = comment(said)

        def reject(known: InputSet, now: datetime) -> Move:
            return known.reject(number, actor=actor, at=now, comment=kept, policy=self.policy)

        return await self.moved(wanted, reject, actor=actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertInputs(MovingInputs):
    """Take back what is live; what it replaced is live again on its old approvals."""

    async def __call__(self, reference: str, *, actor: Actor, said: str | None = None) -> InputSet:
        """The set afterwards. ``LABEL@N`` takes back that revision only; ``LABEL`` whatever is live.

        Raises:
            NotFoundError: no such label or revision.
            ForbiddenError: the actor is no approver.
            IllegalTransitionError: there is a candidate, nothing is live, or not the revision named.
        """
        wanted, number = label_reference(reference)
        kept = comment(said)
        return await self.moved(
            wanted, lambda known, now: known.revert(number, actor=actor, at=now, comment=kept), actor=actor
        )


def _exactly(reference: str, content_hash: str | None, verb: str) -> tuple[Label, int | None]:
    wanted, number = label_reference(reference)
    if number is None and content_hash is None:
        raise InvalidRequestError(
            f"{wanted} alone does not say which content is {verb}.",
            remedy=f"Name the revision you looked at: {wanted}@NUMBER, or give its full content hash.",
        )
    return wanted, number


def _meant(known: InputSet, number: int | None) -> InputRevision:
    return known.candidate_revision if number is None else known.revision(number)
