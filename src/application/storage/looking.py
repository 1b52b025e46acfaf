"""Looking at one side alone: whether the payload of a version is whole there."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.errors import IntegrityError
from ...domain.plans.digests import SeriesDigester, payload_digest
from ...domain.plans.version import PlanStatus, PlanVersion
from ...domain.shared.ids import VersionId
from ...domain.storage.state import Side
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .filing import root_of
from .folders import PayloadFolders

_OTHER = "it is not the payload that its digest tells of"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtSides:
    """Read a version to the last row on one side, and hold it to the payload digest that its events tell of."""

    unit_of_work: UnitOfWorkFactory
    folders: PayloadFolders | None

    async def __call__(self, side: Side, version_id: VersionId) -> str | None:
        """What is wrong with a version there; none where nothing is, or where it has no payload any more.

        Raises:
            StorageError: the side cannot be read at all.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = await uow.plans.find(version_id)
            if version is None or version.status is PlanStatus.ARCHIVED:
                return None
            try:
                found = await (_in_tables(uow, version) if side is Side.DB else self._in_folder(uow, version))
            except IntegrityError as error:
                return error.message
        return None if found == version.payload_digest else _OTHER

    async def _in_folder(self, uow: UnitOfWork, version: PlanVersion) -> str | None:
        pointer = await uow.storage.pointer(version.version_id)
        if pointer is None:
            return None
        folder = await root_of(self.folders).open(pointer.folder)
        try:
            await folder.verify()
            return payload_digest(folder.series, await folder.kpis())
        finally:
            await folder.close()


async def _in_tables(uow: UnitOfWork, version: PlanVersion) -> str:
    found = []
    for series in await uow.tables.series(version.version_id):
        digester = SeriesDigester(version.version_id, series.level)
        async for batch in uow.tables.rows(version.version_id, series.level):
            digester.take(batch)
        found.append(digester.close())
    return payload_digest(found, await uow.tables.kpis(version.version_id))
