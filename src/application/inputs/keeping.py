"""What happens to labels as a whole, as the facade offers it."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.access.actor import Actor
from ...domain.inputs.input_set import InputSet
from .keep_inputs import ArchiveInputs, DeletedInputs, DeleteInputs, RestoreInputs


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Archive, restore, delete."""

    archive_inputs: ArchiveInputs
    restore_inputs: RestoreInputs
    delete_inputs: DeleteInputs

    async def archive(self, label: str, *, actor: Actor, comment: str | None = None) -> InputSet:
        """Close a label: only reading, restore and delete remain (``ArchiveInputs``)."""
        return await self.archive_inputs(label, actor=actor, said=comment)

    async def restore(self, label: str, *, actor: Actor, comment: str | None = None) -> InputSet:
        """Open an archived label again (``RestoreInputs``)."""
        return await self.restore_inputs(label, actor=actor, said=comment)

    async def delete(self, label: str, *, actor: Actor, comment: str | None = None) -> DeletedInputs:
        """Give a label up with all its revisions; refused while a plan refers to one (``DeleteInputs``)."""
        return await self.delete_inputs(label, actor=actor, said=comment)
