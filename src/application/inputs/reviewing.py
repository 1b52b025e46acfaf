"""How a revision becomes live, as the facade offers it."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.access.actor import Actor
from ...domain.inputs.input_set import InputSet
from .review_inputs import ApproveInputs, SubmitInputs


@dataclass(frozen=True, kw_only=True)
class Reviewing:
    """The moves of input sets."""

    submit_inputs: SubmitInputs
    approve_inputs: ApproveInputs

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
