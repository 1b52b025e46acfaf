"""How payloads are kept, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, insert, or_, select

from ...domain.plans.version import PlanStatus
from ...domain.shared.ids import VersionId
from ...domain.storage.ports import StorageRepository
from ...domain.storage.state import FolderName, FolderPointer, Side, StorageMode, StorageState, Verification
from .session import SqlSession
from .tables import COUNTERS, PLAN_FOLDERS, PLAN_SERIES, PLAN_VERSIONS, STORAGE_STATE

_THE_ROW = 1
_FOLDERS = "folders"
_EVENTS = "events"


class SqlStorageRepository(StorageRepository):
    """How a database keeps payloads."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def state(self) -> StorageState | None:
        """The state, if anybody ever chose."""
        row = await self._session.row(select(STORAGE_STATE))
        return None if row is None else _state(row)

    async def save_state(self, state: StorageState) -> None:
        """Keep the state instead of the one before."""
        found = state.verification
        await self._session.execute(delete(STORAGE_STATE))
        await self._session.execute(
            insert(STORAGE_STATE).values(
                id=_THE_ROW,
                store_id=state.store_id,
                mode=str(state.mode),
                primary_side=str(state.primary),
                since=state.since,
                verified_at=None if found is None else found.at,
                verified_versions=None if found is None else found.versions,
                verified_findings=None if found is None else found.findings,
                epoch=state.epoch,
            )
        )

    async def hold_folders(self) -> None:
        """Keep everybody else from pointing to folders or sweeping them."""
        # Publishers come here with an event in hand, so whoever is to append one later takes its turn with events
        # first: the other way round the two would wait for each other.
        await self._session.row(self._session.for_update(select(COUNTERS.c.value).where(COUNTERS.c.name == _EVENTS)))
        await self._session.lock(_FOLDERS)

    async def pointer(self, version_id: VersionId) -> FolderPointer | None:
        """Where the payload of a version lies, if it was filed."""
        row = await self._session.row(select(PLAN_FOLDERS).where(PLAN_FOLDERS.c.version_id == version_id))
        return None if row is None else _pointer(row)

    async def point(self, pointer: FolderPointer) -> None:
        """Keep where the payload of a version lies, instead of where it lay."""
        await self.unpoint(pointer.folder.version_id)
        await self._session.execute(
            insert(PLAN_FOLDERS).values(
                version_id=pointer.folder.version_id,
                digest=pointer.folder.digest,
                suffix=pointer.folder.suffix,
                payload_digest=pointer.payload_digest,
            )
        )

    async def unpoint(self, version_id: VersionId) -> None:
        """Forget where the payload of a version lay."""
        self._session.touched.version(version_id)
        await self._session.execute(delete(PLAN_FOLDERS).where(PLAN_FOLDERS.c.version_id == version_id))

    async def pointers(self) -> Sequence[FolderPointer]:
        """All pointers, in order of id as ids compare."""
        rows = await self._session.rows(
            select(PLAN_FOLDERS)
            .join(PLAN_VERSIONS, PLAN_VERSIONS.c.version_id == PLAN_FOLDERS.c.version_id)
            .order_by(PLAN_VERSIONS.c.version_key)
        )
        return [_pointer(row) for row in rows]

    async def unfiled(self) -> Sequence[VersionId]:
        """The versions whose payload no folder holds as it is now."""
        held = PLAN_FOLDERS.c.payload_digest
        rows = await self._session.rows(
            select(PLAN_VERSIONS.c.version_id)
            .outerjoin(PLAN_FOLDERS, PLAN_FOLDERS.c.version_id == PLAN_VERSIONS.c.version_id)
            .where(PLAN_VERSIONS.c.status != str(PlanStatus.ARCHIVED))
            .where(or_(held.is_(None), held != PLAN_VERSIONS.c.payload_digest))
            .order_by(PLAN_VERSIONS.c.version_key)
        )
        return [VersionId(row.version_id) for row in rows]

    async def unloaded(self) -> Sequence[VersionId]:
        """The versions with rows of which the tables hold none."""
        return await self._with_rows(~_in_tables())

    async def loaded(self) -> Sequence[VersionId]:
        """The versions of which the tables hold rows."""
        return await self._with_rows(_in_tables())

    async def _with_rows(self, condition: ColumnElement[bool]) -> Sequence[VersionId]:
        rows = await self._session.rows(
            select(PLAN_VERSIONS.c.version_id)
            .where(PLAN_VERSIONS.c.status != str(PlanStatus.ARCHIVED), PLAN_VERSIONS.c.series_rows > 0, condition)
            .order_by(PLAN_VERSIONS.c.version_key)
        )
        return [VersionId(row.version_id) for row in rows]


def _in_tables() -> ColumnElement[bool]:
    return exists().where(PLAN_SERIES.c.version_id == PLAN_VERSIONS.c.version_id)


def _state(row: Row[Any]) -> StorageState:
    verified = row.verified_at
    return StorageState(
        store_id=row.store_id,
        mode=StorageMode(row.mode),
        primary=Side(row.primary_side),
        epoch=row.epoch,
        since=row.since,
        verification=None
        if verified is None
        else Verification(at=verified, versions=row.verified_versions, findings=row.verified_findings),
    )


def _pointer(row: Row[Any]) -> FolderPointer:
    folder = FolderName(version_id=VersionId(row.version_id), digest=row.digest, suffix=row.suffix)
    return FolderPointer(folder=folder, payload_digest=row.payload_digest)
