"""Restoring a backup into an empty store, of whichever database."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from ...domain.access.actor import Actor, Role
from ...domain.errors import ConflictError, IntegrityError, SchemaMismatchError
from ...domain.shared.clock import Clock
from ...domain.shared.events import EventDraft
from ...domain.shared.ids import comment
from ...domain.storage.backups import STREAM
from ..exchange import NamedStream
from ..retrying import retried
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .backup_archive import Backup, BackupArchives, BackupManifest, BackupReader, refused_backup, tables_told


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreBackup:
    """Put a backup into an empty store, all of it or nothing.

    Every table is read back and compared with the hash that the backup names before anything is kept.  Events keep
    their positions and hashes, so what was signed stays signed; one more event says who restored what.  An empty store
    knows no tokens, so the actor's word is taken: whoever can make a database at all is inside the boundary.
    """

    unit_of_work: UnitOfWorkFactory
    archives: BackupArchives
    clock: Clock

    @retried
    async def __call__(self, file: NamedStream, *, actor: Actor, said: str | None = None) -> Backup:
        """The backup that the store now holds.

        Raises:
            ForbiddenError: the actor is no operator.
            ConflictError: the store is not empty.
            SchemaMismatchError: the backup is of another schema than the store.
            ArchiveRejectedError: the file is no backup, or is damaged.
            IntegrityError: the database gave back something else than was put into it.
            InvalidRequestError: the store ends with the process.
        """
        actor.require(Role.OPERATOR)
        with self.archives.reading(file) as archive:
            manifest = archive.manifest
            async with self.unit_of_work() as uow:
                await _require_fit(uow, manifest, file.name)
                for table in manifest.tables:
                    await uow.image.take(table.name, _in_threads(archive.pieces(table.name)))
                await _compare(uow, manifest)
                await self._tell(uow, archive, actor, comment(said))
                await uow.commit()
            return Backup(manifest=manifest, sha256=archive.sha256)

    async def _tell(self, uow: UnitOfWork, archive: BackupReader, actor: Actor, said: str | None) -> None:
        draft = EventDraft(
            stream=STREAM,
            action="restore",
            subject=STREAM,
            actor=actor,
            comment=said,
            details={"backup_sha256": archive.sha256, "position": archive.manifest.position},
        )
        await uow.events.append(draft, at=self.clock.now())


async def _require_fit(uow: UnitOfWork, manifest: BackupManifest, name: str) -> None:
    expected = [(table.name, table.columns) for table in uow.image.tables]
    if manifest.schema != uow.image.schema:
        raise SchemaMismatchError(
            f"{name} is of schema {manifest.schema}; this planvault restores {uow.image.schema}.",
            remedy="Restore it with the planvault that wrote it, then upgrade that store: planvault db upgrade.",
            current=manifest.schema,
            needed=uow.image.schema,
        )
    if tables_told(manifest) != expected:
        raise refused_backup(name, "tables", "holds other tables than its schema has")
    if not await uow.image.is_empty():
        raise ConflictError(
            "The store holds something already; a backup is restored into an empty one only.",
            remedy="Name a new file or an empty database with --into.",
        )


async def _compare(uow: UnitOfWork, manifest: BackupManifest) -> None:
    for table in manifest.tables:
        digest = hashlib.sha256()
        async with aclosing(uow.image.lines(table.name)) as pieces:
            async for piece in pieces:
                digest.update(piece)
        if digest.hexdigest() != table.sha256:
            raise IntegrityError(
                f"The database gives back other rows of {table.name} than were put into it.",
                remedy="Nothing was kept. Check the disk, and restore into another database.",
                table=table.name,
            )


async def _in_threads(pieces: Iterator[bytes]) -> AsyncGenerator[bytes]:
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece
