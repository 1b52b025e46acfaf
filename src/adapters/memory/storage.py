"""How payloads are kept, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.plans.version import PlanStatus
from ...domain.shared.ids import VersionId, folded
from ...domain.storage.ports import StorageRepository
from ...domain.storage.state import FolderPointer, StorageState
from .state import MemoryState

_THE_ROW = 1


class MemoryStorageRepository(StorageRepository):
    """How a memory store keeps payloads."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._plans = state.plans
        self._folders = state.folders
        self._state = state.storage
        self._rows = state.rows

    async def state(self) -> StorageState | None:
        """The state, if anybody ever chose."""
        return self._state.get(_THE_ROW)

    async def save_state(self, state: StorageState) -> None:
        """Keep the state instead of the one before."""
        self._state[_THE_ROW] = state

    async def hold_folders(self) -> None:
        """There is one writer at a time."""

    async def pointer(self, version_id: VersionId) -> FolderPointer | None:
        """Where the payload of a version lies, if it was filed."""
        return self._folders.get(folded(version_id)) if folded(version_id) in self._plans else None

    async def point(self, pointer: FolderPointer) -> None:
        """Keep where the payload of a version lies, instead of where it lay."""
        self._folders[folded(pointer.folder.version_id)] = pointer

    async def unpoint(self, version_id: VersionId) -> None:
        """Forget where the payload of a version lay."""
        self._folders.pop(folded(version_id), None)

    async def pointers(self) -> Sequence[FolderPointer]:
        """All pointers, in order of id as ids compare."""
        return [self._folders[key] for key in sorted(self._folders) if key in self._plans]

    async def unfiled(self) -> Sequence[VersionId]:
        """The versions whose payload no folder holds as it is now."""
        return [
            plan.version_id
            for key, plan in sorted(self._plans.items())
            if plan.status is not PlanStatus.ARCHIVED
            and (key not in self._folders or self._folders[key].payload_digest != plan.payload_digest)
        ]

    async def unloaded(self) -> Sequence[VersionId]:
        """The versions with rows of which the memory holds none."""
        return self._with_rows(held=False)

    async def loaded(self) -> Sequence[VersionId]:
        """The versions of which the memory holds rows."""
        return self._with_rows(held=True)

    def _with_rows(self, *, held: bool) -> list[VersionId]:
        here = {key for (key, _), rows in self._rows.items() if rows}
        return [
            plan.version_id
            for key, plan in sorted(self._plans.items())
            if plan.status is not PlanStatus.ARCHIVED and plan.series_rows > 0 and (key in here) is held
        ]
