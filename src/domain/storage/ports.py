"""Where a store notes how it keeps payloads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..shared.ids import VersionId
from .state import FolderPointer, StorageState


class StorageRepository(Protocol):
    """How a store keeps payloads, and in which folder that of each version lies."""

    async def state(self) -> StorageState | None:
        """The state; none for a store in which nobody ever chose: it keeps payloads in the tables alone."""
        ...

    async def save_state(self, state: StorageState) -> None:
        """Keep the state instead of the one before."""
        ...

    async def hold_folders(self) -> None:
        """Keep everybody else from pointing to folders or sweeping them until this unit of work ends."""
        ...

    async def pointer(self, version_id: VersionId) -> FolderPointer | None:
        """Where the payload of a version lies, if it was filed."""
        ...

    async def point(self, pointer: FolderPointer) -> None:
        """Keep where the payload of a version lies, instead of where it lay."""
        ...

    async def unpoint(self, version_id: VersionId) -> None:
        """Forget where the payload of a version lay."""
        ...

    async def pointers(self) -> Sequence[FolderPointer]:
        """All pointers, in order of id as ids compare; a version that is removed takes its own along."""
        ...

    async def unfiled(self) -> Sequence[VersionId]:
        """The versions whose payload no folder holds as it is now, in order of id as ids compare; no trimmed ones."""
        ...

    async def unloaded(self) -> Sequence[VersionId]:
        """The versions with rows of which the tables hold none, in order of id as ids compare; no trimmed ones."""
        ...

    async def loaded(self) -> Sequence[VersionId]:
        """The versions of which the tables hold rows, in order of id as ids compare; no trimmed ones."""
        ...
