"""Backing up a store: all of it in one consistent state, in a form that any database takes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import BinaryIO

from ...domain.access.actor import Actor, Role
from ...domain.plans.ports import RowStamp
from ...domain.shared.clock import Clock
from ...domain.shared.events import EventDraft
from ...domain.shared.ids import comment
from ...domain.storage.backups import STREAM, TAKEN, VERIFIED
from ...domain.storage.image import SERIES_TABLE, StampedRows
from ..access.admission import Admission
from ..plans.row_guard import in_tables
from ..retrying import retried
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .backup_archive import BackedUpTable, Backup, BackupArchives, BackupManifest


@dataclass(frozen=True, slots=True, kw_only=True)
class BackUp:
    """Write everything that a store keeps into one file, while others go on reading and writing."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    archives: BackupArchives
    clock: Clock

    async def __call__(self, sink: BinaryIO, *, actor: Actor, said: str | None = None) -> Backup:
        """The backup, written into an open file; who keeps the file sees to it that it lasts.

        A checkpoint is taken first; the backup is of one state that has it, or of a later one.

        Raises:
            ForbiddenError: the actor is no operator.
            InvalidRequestError: the store ends with the process.
        """
        actor.require(Role.OPERATOR)
        async with self.unit_of_work(read_only=True) as uow:
            _ = uow.image.tables  # a store without any is refused before an event says that it was backed up
        await self._checkpoint(actor, comment(said))
        return await self._written(sink)

    async def copy(self, sink: BinaryIO, *, actor: Actor) -> Backup:
        """The same without an event and without a checkpoint, for a drill: the store is only read.

        Raises:
            UnauthenticatedError: the actor is only a name where that is not enough.
            ForbiddenError: the actor is no operator.
            InvalidRequestError: the store ends with the process.
        """
        actor.require(Role.OPERATOR)
        async with self.unit_of_work(read_only=True) as uow:
            await self.admission.admit(uow, actor, during_pause=True)
        return await self._written(sink)

    async def _written(self, sink: BinaryIO) -> Backup:
        with self.archives.writing(sink) as archive:
            async with self.unit_of_work(read_only=True) as uow:
                tables = []
                filed = not await in_tables(uow)
                for table in uow.image.tables:
                    elsewhere = filed and table.name == SERIES_TABLE
                    lines = uow.image.series_lines(_filed_rows(uow)) if elsewhere else uow.image.lines(table.name)
                    written = await archive.add(table.name, lines)
                    tables.append(
                        BackedUpTable(
                            name=table.name, columns=table.columns, rows=written.row_count, sha256=written.sha256
                        )
                    )
                last = await uow.events.last_checkpoint()
                manifest = BackupManifest(
                    taken_at=self.clock.now(),
                    schema=uow.image.schema,
                    position=await uow.events.position(),
                    checkpoint=None if last is None else (last.number, last.hash),
                    tables=tuple(tables),
                    heads=tuple(await uow.events.heads()),
                )
            return Backup(manifest=manifest, sha256=archive.finish(manifest.as_fields()))

    @retried
    async def verified(self, backup: Backup, *, actor: Actor) -> None:
        """Note that a backup was restored somewhere and compared: a cutover asks for one that was.

        Raises:
            ForbiddenError: the actor is no operator.
        """
        actor.require(Role.OPERATOR)
        details = {
            "sha256": backup.sha256,
            "position": backup.manifest.position,
            "series_rows": backup.manifest.rows_of("plan_series"),
        }
        draft = EventDraft(stream=STREAM, action=VERIFIED, subject=STREAM, actor=actor, details=details)
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)
            await uow.events.append(draft, at=self.clock.now())
            await uow.commit()

    @retried
    async def _checkpoint(self, actor: Actor, said: str | None) -> None:
        now = self.clock.now()
        draft = EventDraft(stream=STREAM, action=TAKEN, subject=STREAM, actor=actor, comment=said)
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)
            await uow.events.append(draft, at=now)
            await uow.events.take_checkpoint(TAKEN, at=now)
            await uow.commit()


async def _filed_rows(uow: UnitOfWork) -> AsyncGenerator[StampedRows]:
    """The series rows of every version from its folder, in the order in which their table would have them."""
    for pointer in sorted(await uow.storage.pointers(), key=lambda pointer: pointer.folder.version_id):
        version = await uow.plans.get(pointer.folder.version_id)
        made_from = version.provenance
        stamp = RowStamp(config_version_id=made_from.config_version_id, source_run_id=made_from.run_id)
        for series in await uow.payload.series(version.version_id):
            async with aclosing(uow.payload.rows(version.version_id, series.level)) as batches:
                async for rows in batches:
                    yield version.version_id, rows, stamp
