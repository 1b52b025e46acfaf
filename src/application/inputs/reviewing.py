"""How a revision becomes live, as the facade offers it."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.access.actor import Actor
from ...domain.inputs.input_set import InputSet
from .review_inputs import AdoptInputs, ApproveInputs, RejectInputs, RevertInputs, SubmitInputs


@dataclass(frozen=True, kw_only=True)
class Reviewing:
    """The moves of revisions."""

    submit_inputs: SubmitInputs
    approve_inputs: ApproveInputs
    reject_inputs: RejectInputs
    revert_inputs: RevertInputs
    adopt_inputs: AdoptInputs

    async def submit(self, reference: str, *, actor: Actor, comment: str | None = None) -> InputSet:
        """Put ``LABEL``'s candidate, or ``LABEL@N``, before the approvers (``SubmitInputs``)."""
        return await self.submit_inputs(reference, actor=actor, said=comment)

    async def approve(
        self, label: str, *, revision: int, content_hash: str, actor: Actor, comment: str | None = None
    ) -> InputSet:
        """Say yes to exactly this content (``ApproveInputs``)."""
        return await self.approve_inputs(f"{label}@{revision}", content_hash=content_hash, actor=actor, said=comment)

    async def approve_reference(
        self, reference: str, *, content_hash: str | None = None, actor: Actor, comment: str | None = None
    ) -> InputSet:
        """Say yes to ``LABEL@N``, or to ``LABEL`` by full hash: the form for people (``ApproveInputs``)."""
        return await self.approve_inputs(reference, content_hash=content_hash, actor=actor, said=comment)

    async def reject(self, reference: str, *, actor: Actor, comment: str | None) -> InputSet:
        """Say no to ``LABEL@N``, or withdraw it as an author; a comment is needed (``RejectInputs``)."""
        return await self.reject_inputs(reference, actor=actor, said=comment)

    async def revert(self, reference: str, *, actor: Actor, comment: str | None = None) -> InputSet:
        """Take back what is live under ``LABEL``, or ``LABEL@N`` if that is what is live (``RevertInputs``)."""
        return await self.revert_inputs(reference, actor=actor, said=comment)

    async def adopt(
        self, label: str, *, revision: int, content_hash: str, actor: Actor, comment: str | None = None
    ) -> InputSet:
        """Submit and approve exactly this content, which came from a legacy system (``AdoptInputs``)."""
        return await self.adopt_inputs(f"{label}@{revision}", content_hash=content_hash, actor=actor, said=comment)

    async def adopt_reference(
        self, reference: str, *, content_hash: str | None = None, actor: Actor, comment: str | None = None
    ) -> InputSet:
        """Adopt ``LABEL@N``, or ``LABEL`` by full hash: the form for people (``AdoptInputs``)."""
        return await self.adopt_inputs(reference, content_hash=content_hash, actor=actor, said=comment)
