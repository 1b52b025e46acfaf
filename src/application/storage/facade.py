"""Storage, as the facade offers it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...domain.access.actor import Actor
from ...domain.shared.ids import VersionId
from ...domain.storage.state import FolderName, Side, StorageMode, StorageState
from .backfilling import Backfilling
from .cut_over import CutOver, CutoverOrder, CutoverPlan, Moved
from .keep_mirror import AdoptRoot, KeepMirror
from .legacy_copy import ReturnedVersion
from .mirror_ledger import Mirrored
from .pack_evidence import PackEvidence, StorageEvidence
from .read_storage import ReadStorage, StorageStatus, SweepFolders
from .rebuild_store import RebuildStore, Rebuilt
from .repair_storage import RepairStorage
from .return_to_legacy import ReturnToLegacy
from .roll_back import RollBack, RollbackPlan, RollbackVerdict
from .side_by_side import StorageFinding
from .switch_mode import StepTaken
from .verify_storage import VerifyStorage


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Where payloads lie, and whether their copies agree."""

    read_storage: ReadStorage
    cut_over: CutOver
    verify_storage: VerifyStorage
    repair_storage: RepairStorage
    sweep_folders: SweepFolders
    return_to_legacy: ReturnToLegacy
    rebuild_store: RebuildStore
    keep_mirror: KeepMirror
    adopt_root: AdoptRoot
    pack_evidence: PackEvidence
    roll_back: RollBack

    async def status(self) -> StorageStatus:
        """How the store stands (``ReadStorage``)."""
        return await self.read_storage()

    async def switch(
        self, mode: StorageMode, *, actor: Actor, comment: str | None = None
    ) -> tuple[StorageState, Sequence[VersionId]]:
        """Begin or end a trial of files; the state, and whose folders of before are no longer right (``CutOver``)."""
        taken = await self.cut_over.short(mode, actor=actor, said=comment)
        return taken.state, taken.stale

    def cutover(self, order: CutoverOrder) -> AsyncGenerator[StepTaken | Moved]:
        """Go step by step to where payloads are to lie; steps and moved versions as they are done (``CutOver``)."""
        return self.cut_over(order)

    async def plan_cutover(
        self, mode: StorageMode, primary: Side | None = None, *, without: Collection[str] = ()
    ) -> CutoverPlan:
        """What ``cutover`` would do, and how its gates stand now; nothing is changed (``CutOver``)."""
        return await self.cut_over.plan(mode, primary, without=without)

    async def plan_rollback(self, mode: StorageMode, *, without: Collection[str] = ()) -> RollbackPlan:
        """What ``rollback`` would do, and what is missing; nothing is changed (``RollBack``)."""
        return await self.roll_back.plan(mode, without=without)

    def rollback(self, order: CutoverOrder) -> AsyncGenerator[StepTaken | Moved]:
        """Let reads come from folders again, step by step (``RollBack``)."""
        return self.roll_back(order)

    async def verify_rollback(self) -> RollbackVerdict:
        """Whether reads come from folders, and whether everything agrees to the last row (``RollBack``)."""
        return await self.roll_back.verify()

    async def evidence(self) -> StorageEvidence:
        """All that tells where payloads lie and how they came there, in one zip to close (``PackEvidence``)."""
        return await self.pack_evidence()

    def verify(
        self, versions: Sequence[str] = (), *, sample: int | None = None, full: bool = False
    ) -> AsyncGenerator[StorageFinding]:
        """What does not agree between tables and folders (``VerifyStorage``)."""
        return self.verify_storage(versions, sample=sample, full=full)

    def repair(
        self, source: Side, versions: Sequence[str] = (), *, actor: Actor, comment: str | None = None
    ) -> AsyncGenerator[VersionId]:
        """Write versions anew on one side from the other, which is named (``RepairStorage``)."""
        return self.repair_storage(source, versions, actor=actor, said=comment)

    async def sweep(self, *, actor: Actor, comment: str | None = None) -> Sequence[FolderName]:
        """Move folders that nothing points to to trash (``SweepFolders``)."""
        return await self.sweep_folders(actor=actor, said=comment)

    async def rebuild(
        self,
        root: Path,
        *,
        actor: Actor,
        mode: StorageMode = StorageMode.FILES,
        comment: str | None = None,
        dry_run: bool = False,
    ) -> Rebuilt:
        """Build the ledger of a files root in this empty store; ``hand_over`` comes next (``RebuildStore``)."""
        return await self.rebuild_store(root, mode=mode, actor=actor, said=comment, dry_run=dry_run)

    async def hand_over(self, root: Path, *, actor: Actor) -> None:
        """Give the files root to this store, which was built from it (``RebuildStore``)."""
        await self.rebuild_store.hand_over(root, actor=actor)

    async def mirror(self, *, actor: Actor, everything: bool = False) -> Mirrored:
        """Bring the mirror of the ledger in the files root up to date, or write all of it anew (``KeepMirror``)."""
        return await self.keep_mirror(actor=actor, everything=everything)

    async def adopt(self, *, actor: Actor, comment: str | None = None) -> None:
        """Make a files root of another past this store's (``AdoptRoot``)."""
        await self.adopt_root(actor=actor, said=comment)

    def to_legacy(self, place: Path, versions: Sequence[str] = (), *, actor: Actor) -> AsyncGenerator[ReturnedVersion]:
        """Write versions into a copy of the legacy database, as its application reads them (``ReturnToLegacy``)."""
        return self.return_to_legacy(place, versions, actor=actor)


@dataclass(frozen=True, kw_only=True)
class Storage(Keeping, Backfilling):
    """Storage: where payloads lie, and how plans come here from elsewhere."""
