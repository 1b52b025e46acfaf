"""Repairing one side from the other, which is named: planvault never guesses which is good."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from ...domain.access.actor import Actor, Role
from ...domain.errors import IllegalTransitionError, IntegrityError
from ...domain.plans.digests import SeriesDigester, payload_digest
from ...domain.plans.ports import RowStamp
from ...domain.plans.series import SeriesRow
from ...domain.plans.version import PlanVersion
from ...domain.shared.clock import Clock
from ...domain.shared.events import EventDraft
from ...domain.shared.ids import VersionId, comment
from ...domain.shared.ids import version_id as checked
from ...domain.storage.state import STREAM, FolderName, Side, StorageMode
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .filing import filed
from .folders import PayloadFolder, PayloadFolders
from .side_by_side import in_tables_alone


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairStorage:
    """Write the payload of versions anew on one side, from the other; each is a unit of work of its own.

    Both ways the payload has to be the one that the version's ``payload_digest`` tells of, which its events hold too:
    a damaged side repairs nothing.
    """

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    folders: PayloadFolders | None
    clock: Clock

    async def __call__(
        self, source: Side, wanted: Sequence[str] = (), *, actor: Actor, said: str | None = None
    ) -> AsyncGenerator[VersionId]:
        """The versions as they are repaired: those that are named, or all of which the other side holds nothing.

        Raises:
            ForbiddenError: the actor is no operator.
            NotFoundError: there is no such version.
            IllegalTransitionError: the store keeps payloads on one side only.
            IntegrityError: the source is damaged; that version is as it was, those before it are repaired.
            StorageError: the other side cannot be written.
        """
        actor.require(Role.OPERATOR)
        async with self.unit_of_work(read_only=True) as uow:
            if wanted:
                ids = [(await uow.plans.get(checked(text))).require_rows().version_id for text in wanted]
            else:
                ids = list(await (uow.storage.unfiled() if source is Side.DB else uow.storage.unloaded()))
        for version_id in ids:
            if await self._repaired(source, version_id, actor, comment(said)):
                yield version_id

    @retried
    async def _repaired(self, source: Side, version_id: VersionId, actor: Actor, why: str | None) -> bool:
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)
            folders = await self._root(uow)
            version = await uow.plans.find(version_id)
            if version is None:
                return False
            await uow.storage.hold_folders()
            if source is Side.FILES:
                await _restored(uow, folders, version)
            else:
                await uow.storage.point(await filed(folders, uow.tables, version, checked=True))
            draft = EventDraft(
                stream=STREAM,
                action="repair",
                subject=f"plan/{version.key}",
                actor=actor,
                comment=why,
                details={
                    "from": str(source),
                    "version_id": version.version_id,
                    "payload_digest": version.payload_digest,
                },
            )
            await uow.events.append(draft, at=self.clock.now())
            await uow.commit()
        return True

    async def _root(self, uow: UnitOfWork) -> PayloadFolders:
        state = await uow.storage.state()
        if state is None or state.mode is not StorageMode.BOTH or self.folders is None:
            mode = "files" if state is not None and state.mode is StorageMode.FILES else "tables"
            raise IllegalTransitionError(
                f"This store keeps payloads in the {mode} alone, so there is nothing to repair them from.",
                remedy="Switch to the mode both first; see planvault storage status.",
            )
        await self.folders.require(state.store_id)
        return self.folders


async def _restored(uow: UnitOfWork, folders: PayloadFolders, version: PlanVersion) -> None:
    """Write the tables' rows of a version anew from its folder, which stays; they are read back and compared."""
    folder = await folders.open(await _folder_of(uow, folders, version))
    try:
        await folder.verify()
        kpis = await folder.kpis()
        if payload_digest(folder.series, kpis) != version.payload_digest:
            raise IntegrityError(
                f"The folder of {version.version_id} holds another payload than its events tell of.",
                remedy=f"Repair it from the tables: planvault storage repair {version.version_id} --from db.",
                version_id=version.version_id,
            )
        for series in await uow.tables.series(version.version_id):
            await uow.tables.remove_level(version.version_id, series.level)
        for series in folder.series:
            await _level(uow, version, folder, series.level)
        await uow.tables.save_kpis(version.version_id, kpis)
        await uow.tables.save_headers(version.version_id, await folder.headers())
    finally:
        await folder.close()
    async with aclosing(in_tables_alone(uow, version, full=True)) as found:
        async for finding in found:
            raise IntegrityError(
                f"The database gives back another payload of {version.version_id} than was put into it.",
                remedy="Nothing was kept. Check the disk of the database before you repeat the command.",
                version_id=version.version_id,
                level=finding.level,
            )
    uow.keep_folder(version.version_id)


async def _folder_of(uow: UnitOfWork, folders: PayloadFolders, version: PlanVersion) -> FolderName:
    pointer = await uow.storage.pointer(version.version_id)
    if pointer is None or not await folders.has(pointer.folder):
        raise IntegrityError(
            f"No folder holds the payload of {version.version_id}.",
            remedy=f"Repair it from the tables: planvault storage repair {version.version_id} --from db.",
            version_id=version.version_id,
        )
    return pointer.folder


async def _level(uow: UnitOfWork, version: PlanVersion, folder: PayloadFolder, level: str) -> None:
    digester = SeriesDigester(version.version_id, level)

    async def digested() -> AsyncIterator[Sequence[SeriesRow]]:
        async for batch in folder.rows(level):
            digester.take(batch)
            yield batch

    made_from = version.provenance
    stamp = RowStamp(config_version_id=made_from.config_version_id, source_run_id=made_from.run_id)
    await uow.tables.write_rows(version.version_id, level, digested(), stamp)
    await uow.tables.save_series(digester.close(), digester.buckets)
