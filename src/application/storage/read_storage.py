"""How a store stands: its mode, what is filed, what is left over; and taking away what is left over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...domain.access.actor import Actor, Role
from ...domain.errors import IntegrityError, StorageError
from ...domain.shared.clock import Clock
from ...domain.shared.events import EventDraft, EventFilter
from ...domain.shared.ids import VersionId, comment, folded
from ...domain.storage.mirror import OutboxStanding
from ...domain.storage.mirror_text import VERSION_FORMAT, current_file, opened_text
from ...domain.storage.mismatch import MISMATCH
from ...domain.storage.state import STREAM, FolderName, FolderPointer, Side, StorageMode, StorageState
from ..access.admission import Admission
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .filing import root_of
from .folders import PayloadFolders
from .mirror_files import MirrorFiles
from .mirror_root import require_ours

_LOOKED_BACK = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageStatus:
    """How a store stands.

    ``unfiled`` versions have no folder that holds their payload as it is; ``orphans`` are folders that neither a
    pointer nor the mirror names; ``mismatched`` are versions that shadow reads found to differ since the last whole
    verification; ``outbox`` tells of commits that the mirror does not have yet.  Where the files root cannot be read,
    ``trouble`` says why and ``orphans`` is empty.
    """

    state: StorageState | None
    files_root: str | None
    filed: int
    unfiled: Sequence[VersionId]
    orphans: Sequence[FolderName]
    mismatched: Sequence[VersionId] = ()
    trouble: str | None = None
    outbox: OutboxStanding = field(default_factory=lambda: OutboxStanding(count=0))

    @property
    def mode(self) -> StorageMode:
        """Where payloads lie."""
        return StorageMode.DB if self.state is None else self.state.mode

    @property
    def primary(self) -> Side:
        """The side that reads are answered from."""
        return Side.DB if self.state is None else self.state.primary


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStorage:
    """Look at how a store stands."""

    unit_of_work: UnitOfWorkFactory
    folders: PayloadFolders | None
    mirror: MirrorFiles | None = None

    async def __call__(self) -> StorageStatus:
        """The status; a files root that cannot be read is part of it."""
        async with self.unit_of_work(read_only=True) as uow:
            state = await uow.storage.state()
            filing = state is not None and state.mode.has_files
            pointers = await uow.storage.pointers()
            unfiled = await uow.storage.unfiled() if filing else ()
            outbox = await uow.outbox.standing()
            mismatched = await _mismatched(uow, state) if state is not None and filing else ()
        orphans: Sequence[FolderName] = ()
        trouble: str | None = None
        if state is not None and filing:
            try:
                folders = root_of(self.folders)
                await folders.require(state.store_id)
                orphans = await orphans_of(folders, self.mirror, pointers)
            except StorageError as error:
                trouble = error.message
        stale = set(unfiled)
        return StorageStatus(
            state=state,
            files_root=None if self.folders is None else self.folders.place,
            filed=sum(pointer.folder.version_id not in stale for pointer in pointers),
            unfiled=unfiled,
            orphans=orphans,
            mismatched=mismatched,
            outbox=outbox,
            trouble=trouble,
        )


async def _mismatched(uow: UnitOfWork, state: StorageState) -> list[VersionId]:
    """The versions that did not read the same on both sides, as far as no whole verification came after."""
    found: dict[VersionId, None] = {}
    since = None if state.verification is None else state.verification.at
    for event in await uow.events.newest(EventFilter(stream=STREAM), before=None, limit=_LOOKED_BACK):
        if since is not None and event.recorded_at <= since:
            break
        if event.action == MISMATCH:
            found[VersionId(json.loads(event.details_json)["version_id"])] = None
    return sorted(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepFolders:
    """Move to trash what neither a pointer nor the mirror names, and what writers left that died; nothing is erased."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    folders: PayloadFolders | None
    clock: Clock
    mirror: MirrorFiles | None = None

    async def __call__(self, *, actor: Actor, said: str | None = None) -> Sequence[FolderName]:
        """The folders that were moved, in order; publications wait meanwhile.

        Raises:
            ForbiddenError: the actor is no operator.
            ConflictError: the files root is that of another store or epoch, is ahead of the ledger, or off its chain.
            StorageError: the files root cannot be read or written.
        """
        actor.require(Role.OPERATOR)
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)
            state = await uow.storage.state()
            if state is None or (self.folders is None and not state.mode.has_files):
                return []
            folders = root_of(self.folders)
            await folders.require(state.store_id)
            await uow.storage.hold_folders()
            await uow.outbox.hold_mirror()
            if self.mirror is not None and uow.parts.are_kept:
                await require_ours(uow, self.mirror, state)
            orphans = await orphans_of(folders, self.mirror, await uow.storage.pointers())
            for name in orphans:
                await folders.move_to_trash(name)
            # Whoever stages a folder or a file of the mirror holds what is held here, so nobody is at work on these.
            staged = await folders.clear_staging()
            if orphans or staged:
                draft = EventDraft(
                    stream=STREAM,
                    action="sweep",
                    subject=STREAM,
                    actor=actor,
                    comment=comment(said),
                    details={
                        "folders": [f"{name.version_id}/{name.name}" for name in orphans],
                        **({"staged": list(staged)} if staged else {}),
                    },
                )
                await uow.events.append(draft, at=self.clock.now())
                await uow.commit()
        return orphans


async def orphans_of(
    folders: PayloadFolders, mirror: MirrorFiles | None, pointers: Sequence[FolderPointer]
) -> list[FolderName]:
    """The folders that neither a pointer nor the mirror names, in order of version and name."""
    named = {pointer.folder.name for pointer in pointers}
    left = [
        name
        for version_id in await folders.versions()
        for name in await folders.names(version_id)
        if name.name not in named
    ]
    return [name for name in left if mirror is None or not await _mirrored(mirror, name)]


async def _mirrored(mirror: MirrorFiles, name: FolderName) -> bool:
    """Whether what is mirrored of a version names the folder; one that cannot be read may name any."""
    file = current_file(folded(name.version_id))
    text = await mirror.read(file)
    if text is None:
        return False
    try:
        said = opened_text(text, shown=file, formatted=VERSION_FORMAT).get("folder")
    except IntegrityError:
        return True
    return said is not None and (said["digest"], said["suffix"]) == (name.digest, name.suffix)
