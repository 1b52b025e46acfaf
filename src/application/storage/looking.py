"""Looking at a version to the last row: on one side, held to its payload digest, or on both, held to each other."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass

from ...domain.errors import IntegrityError, StorageUnavailableError
from ...domain.plans.digests import SeriesDigester, payload_digest
from ...domain.plans.version import PlanStatus, PlanVersion
from ...domain.shared.ids import VersionId
from ...domain.storage.state import Side
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .filing import root_of
from .folders import PayloadFolder, PayloadFolders
from .side_by_side import beside_folder

_OUT_OF_REACH = "the files root cannot be used"
_OTHER = "it is not the payload that its digest tells of"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtSides:
    """Read a version in full; its payload digest is the one that its events tell of."""

    unit_of_work: UnitOfWorkFactory
    folders: PayloadFolders | None

    async def __call__(self, side: Side | None, version_id: VersionId) -> str | None:
        """The first thing that is wrong on that side, or between both; none where nothing is, or nothing is kept.

        Raises:
            StorageError: the tables cannot be read at all.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = await uow.plans.find(version_id)
            if version is None or version.status is PlanStatus.ARCHIVED:
                return None
            try:
                if side is Side.DB:
                    return _judged(version, await _in_tables(uow, version))
                return await self._in_folder(uow, version, with_tables=side is None)
            except IntegrityError as error:
                return error.message
            except StorageUnavailableError:
                if side is Side.DB:
                    raise
                return _OUT_OF_REACH  # where it lies is the operators' business, and this goes into evidence

    async def _in_folder(self, uow: UnitOfWork, version: PlanVersion, *, with_tables: bool) -> str | None:
        pointer = await uow.storage.pointer(version.version_id)
        if pointer is None:
            return None
        folder = await root_of(self.folders).open(pointer.folder)
        try:
            if with_tables and (found := await _difference(uow, version, folder)) is not None:
                return found
            if not with_tables:
                await folder.verify()
            return _judged(version, payload_digest(folder.series, await folder.kpis()))
        finally:
            await folder.close()


async def _difference(uow: UnitOfWork, version: PlanVersion, folder: PayloadFolder) -> str | None:
    async with aclosing(beside_folder(uow, version, folder, full=True)) as findings:
        async for finding in findings:
            return finding.message
    return None


async def _in_tables(uow: UnitOfWork, version: PlanVersion) -> str:
    found = []
    for series in await uow.tables.series(version.version_id):
        digester = SeriesDigester(version.version_id, series.level)
        async for batch in uow.tables.rows(version.version_id, series.level):
            digester.take(batch)
        found.append(digester.close())
    return payload_digest(found, await uow.tables.kpis(version.version_id))


def _judged(version: PlanVersion, found: str) -> str | None:
    return None if found == version.payload_digest else _OTHER
