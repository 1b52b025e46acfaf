"""Maintenance, as the facade offers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ...domain.access.actor import Actor
from ...domain.storage.pause import Pause
from ...domain.storage.retention import Retention
from ..exchange import NamedStream
from .back_up import BackUp
from .backup_archive import Backup
from .examine_store import Check, ExamineStore
from .make_room import RowLimit
from .pause_writes import PauseWrites
from .read_stats import ReadStats, StoreStats
from .restore_backup import RestoreBackup
from .trim_plans import PlanKeeper, Trimmed, TrimOrder, TrimPlans, TrimPreview


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """What operators do to the store as a whole."""

    back_up: BackUp
    restore_backup: RestoreBackup
    pause_writes: PauseWrites
    trim_plans: TrimPlans
    read_stats: ReadStats
    row_limit: RowLimit
    examine_store: ExamineStore

    async def backup(self, sink: BinaryIO, *, actor: Actor, comment: str | None = None) -> Backup:
        """Write everything that is kept into an open file (``BackUp``)."""
        return await self.back_up(sink, actor=actor, said=comment)

    async def copy(self, sink: BinaryIO, *, actor: Actor) -> Backup:
        """Write everything that is kept into an open file and leave no trace of it (``BackUp``)."""
        return await self.back_up.copy(sink, actor=actor)

    async def backup_verified(self, backup: Backup, *, actor: Actor) -> None:
        """Note that a backup was restored somewhere and compared (``BackUp``)."""
        await self.back_up.verified(backup, actor=actor)

    async def restore(self, file: NamedStream | Path, *, actor: Actor, comment: str | None = None) -> Backup:
        """Put a backup into this store, which is empty (``RestoreBackup``)."""
        if isinstance(file, Path):
            path = file
            file = NamedStream(name=path.name, open=lambda: path.open("rb"))
        return await self.restore_backup(file, actor=actor, said=comment)

    async def pause(self, reason: str, *, until: datetime, actor: Actor) -> Pause:
        """Let nobody write until then, save maintenance (``PauseWrites``)."""
        return await self.pause_writes.begin(reason, until=until, actor=actor)

    async def resume(self, *, actor: Actor, comment: str | None = None) -> Pause:
        """Let everybody write again; the answer is the pause that is over (``PauseWrites``)."""
        return await self.pause_writes.end(actor=actor, said=comment)

    async def paused(self) -> Pause | None:
        """The pause that holds now, if there is one."""
        return await self.pause_writes.current()

    async def preview_trim(self, retention: Retention) -> TrimPreview:
        """What ``trim`` would do now."""
        return await self.trim_plans.preview(retention)

    async def trim(
        self, retention: Retention, *, actor: Actor, comment: str | None = None, keeper: PlanKeeper | None = None
    ) -> Trimmed:
        """Put away what retention does not keep; ``keeper`` is given each packed plan first (``TrimPlans``)."""
        return await self.trim_plans(retention, TrimOrder(actor=actor, said=comment, keeper=keeper))

    async def stats(self) -> StoreStats:
        """How much is kept, how fast that grows, and when the limit is reached (``ReadStats``)."""
        return await self.read_stats()

    async def examine(self) -> Sequence[Check]:
        """What may be wrong with the store, and what to do about each (``ExamineStore``)."""
        return await self.examine_store()

    async def measure(self) -> None:
        """Tell telemetry how much is kept."""
        await self.read_stats.measure()

    async def require_limit_meant(self) -> None:
        """Let a row limit pass that what is stored fits in, or that was confirmed (``RowLimit``)."""
        await self.row_limit.require_meant()
