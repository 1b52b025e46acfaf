"""Where a unit of work reads the series rows of each version: from the tables, or from its folder."""

from __future__ import annotations

from contextlib import suppress

from ...domain.errors import IntegrityError
from ...domain.plans.ports import PlanPayloadRepository, RowStamp
from ...domain.shared.ids import VersionId, folded
from ...domain.storage.ports import StorageRepository
from ...domain.storage.state import Side
from .filing import root_of
from .folders import PayloadFolder, PayloadFolders


class PlacedRows:
    """The primary of the store, and the folders that were opened so far in one unit of work.

    A version that the unit of work writes is read from the tables until it ends: what was written stands there, and
    becomes a folder before the commit.
    """

    def __init__(
        self,
        tables: PlanPayloadRepository,
        storage: StorageRepository,
        folders: PayloadFolders | None,
        *,
        primary: Side | None = None,
    ) -> None:
        """Ask this storage where payloads lie; ``primary`` is read whatever it says."""
        self._tables = tables
        self._storage = storage
        self._folders = folders
        self._primary = primary
        self._written: set[str] = set()
        self._opened: dict[str, PayloadFolder] = {}

    async def folder(self, version_id: VersionId) -> PayloadFolder | None:
        """The folder to read a version from; none where it is read from the tables.

        Raises:
            IntegrityError: its folder is missing, or its manifest was altered.
            StorageUnavailableError: no files root is set, or it cannot be read.
        """
        folder = await self._folder(version_id)
        if folder is None and not self.is_written(version_id) and await self.primary() is Side.FILES:
            await self._require_no_rows(version_id)
        return folder

    async def _folder(self, version_id: VersionId) -> PayloadFolder | None:
        key = folded(version_id)
        if key in self._written or await self.primary() is Side.DB:
            return None
        if key not in self._opened:
            pointer = await self._storage.pointer(version_id)
            if pointer is None:
                return None
            self._opened[key] = await root_of(self._folders).open(pointer.folder, swept=True)
        return self._opened[key]

    async def _require_no_rows(self, version_id: VersionId) -> None:
        """Let a version pass that has no folder since it was trimmed, or has nothing written yet."""
        if not any(series.row_count for series in await self._tables.series(version_id)):
            return
        if folded(version_id) in {folded(unfiled) for unfiled in await self._storage.unfiled()}:
            raise IntegrityError(
                f"No folder holds the payload of {version_id}.",
                remedy="See planvault storage status; repair it, or restore a backup.",
                version_id=version_id,
            )

    async def primary(self) -> Side:
        """The side that this unit of work reads from."""
        if self._primary is None:
            state = await self._storage.state()
            self._primary = Side.DB if state is None else state.primary
        return self._primary

    def is_written(self, version_id: VersionId) -> bool:
        """Whether this unit of work writes that version."""
        return folded(version_id) in self._written

    async def written(self, version_id: VersionId) -> None:
        """Note that a version is about to be written: its rows of before come to the tables, if they are not there.

        Raises:
            IntegrityError: its folder is missing or damaged.
        """
        folder = await self._folder(version_id)
        self._written.add(folded(version_id))
        if folder is None:
            return
        for series in folder.series:
            if series.row_count and not await self._tables.page(version_id, series.level, after=None, limit=1):
                await self._tables.write_rows(version_id, series.level, folder.rows(series.level), stamp_of(folder))

    async def close(self) -> None:
        """Let go of what was opened."""
        for folder in self._opened.values():
            with suppress(IntegrityError):
                await folder.close()
        self._opened.clear()


def stamp_of(folder: PayloadFolder) -> RowStamp:
    """What stands on the rows of a folder when they come to the tables."""
    return RowStamp(config_version_id=folder.about["config_version_id"], source_run_id=folder.about["run_id"])
