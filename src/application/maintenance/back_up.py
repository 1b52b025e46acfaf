"""Backing up a store: all of it in one consistent state, in a form that any database takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from ...domain.access.actor import Actor, Role
from ...domain.shared.clock import Clock
from ...domain.shared.events import EventDraft
from ...domain.shared.ids import comment
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWorkFactory
from .backup_archive import BackedUpTable, Backup, BackupArchives, BackupManifest

STREAM = "maintenance"
VERIFIED = "backup-verified"


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
        with self.archives.writing(sink) as archive:
            async with self.unit_of_work(read_only=True) as uow:
                tables = []
                for table in uow.image.tables:
                    written = await archive.add(table.name, uow.image.lines(table.name))
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
        draft = EventDraft(stream=STREAM, action="backup", subject=STREAM, actor=actor, comment=said)
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)
            await uow.events.append(draft, at=now)
            await uow.events.take_checkpoint("backup", at=now)
            await uow.commit()
