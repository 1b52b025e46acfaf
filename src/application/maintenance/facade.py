"""Maintenance, as the facade offers it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ...domain.access.actor import Actor
from ..exchange import NamedStream
from .back_up import BackUp
from .backup_archive import Backup
from .restore_backup import RestoreBackup


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """What operators do to the store as a whole."""

    back_up: BackUp
    restore_backup: RestoreBackup

    async def backup(self, sink: BinaryIO, *, actor: Actor, comment: str | None = None) -> Backup:
        """Write everything that is kept into an open file (``BackUp``)."""
        return await self.back_up(sink, actor=actor, said=comment)

    async def restore(self, file: NamedStream | Path, *, actor: Actor, comment: str | None = None) -> Backup:
        """Put a backup into this store, which is empty (``RestoreBackup``)."""
        if isinstance(file, Path):
            path = file
            file = NamedStream(name=path.name, open=lambda: path.open("rb"))
        return await self.restore_backup(file, actor=actor, said=comment)
