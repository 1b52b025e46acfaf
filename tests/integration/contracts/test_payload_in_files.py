"""The contracts of plans, comparisons and pivots where rows lie in folders alone, and the tables forget them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from planvault.adapters.files.payload_folders import FilePayloadFolders
from planvault.adapters.memory.unit_of_work import MemoryStore
from planvault.application.storage.placed_payload import PlacePayloads
from planvault.application.unit_of_work import BeforeCommit, UnitOfWork, UnitOfWorkFactory
from planvault.domain.storage.state import FolderPointer, StorageMode, StorageState
from planvault.testing.clocks import NOON
from planvault.testing.contracts.comparisons import *  # noqa: F403
from planvault.testing.contracts.pivots import *  # noqa: F403
from planvault.testing.contracts.plans import *  # noqa: F403

_NOTHING_SAID = {"config_version_id": None, "run_id": None}


class _FilesAnything(BeforeCommit):
    """Files what was written, whatever its digests say: contracts write rows that no digest tells of."""

    def __init__(self, folders: FilePayloadFolders) -> None:
        self._folders = folders

    async def __call__(self, uow: UnitOfWork) -> None:
        for version_id in sorted(uow.payloads_written):
            staged = await self._folders.stage(version_id)
            for series in await uow.tables.series(version_id):
                await staged.write_rows(series.level, uow.tables.rows(version_id, series.level))
                staged.save_series(series, await uow.tables.buckets(version_id, series.level))
            staged.save_kpis([])
            staged.save_headers({})
            name = await staged.publish(_NOTHING_SAID)
            await uow.storage.point(FolderPointer(folder=name, payload_digest="0" * 64))
            await uow.tables.clear_rows(version_id)


@pytest.fixture
async def unit_of_work(tmp_path: Path) -> AsyncIterator[UnitOfWorkFactory]:
    """A factory over an empty store in the mode ``files``."""
    folders = FilePayloadFolders(tmp_path / "files")
    store = MemoryStore(before_commit=_FilesAnything(folders), places=PlacePayloads(folders=folders))
    async with store() as uow:
        state = StorageState(store_id="store-1", since=NOON).switched(StorageMode.FILES, at=NOON)
        await uow.storage.save_state(state)
        await uow.commit()
    yield store
    folders.close()
