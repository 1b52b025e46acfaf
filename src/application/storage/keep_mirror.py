"""Bringing the mirror up to date on demand, writing all of it anew, and making a root of another past this store's."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from ...domain.access.actor import Actor, Role
from ...domain.errors import IllegalTransitionError, InvalidRequestError
from ...domain.shared.clock import Clock
from ...domain.shared.events import EventDraft
from ...domain.shared.ids import comment
from ...domain.storage.mirror import RootFile
from ...domain.storage.state import STREAM, StorageState
from ..access.admission import Admission
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .filing import root_of
from .folders import PayloadFolders
from .mirror_files import MirrorFiles
from .mirror_ledger import Mirrored, MirrorLedger


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepMirror:
    """Mirror what waits, or everything."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    mirror: MirrorLedger

    async def __call__(self, *, actor: Actor, everything: bool = False) -> Mirrored:
        """What was written.

        Raises:
            ForbiddenError: the actor is no operator.
            IllegalTransitionError: the store keeps no files.
            InvalidRequestError: the store ends with the process.
            ConflictError: the root is that of another store or epoch, is ahead of the ledger, or off its chain.
            StorageError: the root cannot be read or written; what waits goes on waiting.
        """
        actor.require(Role.OPERATOR)
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)
            await require_files(uow)
        return await self.mirror(anew=everything)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptRoot:
    """Make a files root this store's, whatever it tells: another store's, one of another epoch, or one that is ahead.

    One that lost its ``root.json`` is adopted as well.  What was mirrored there goes to trash, a new epoch begins, and
    everything is mirrored anew.  Folders of payloads stay where they are, and those that this ledger points to are used
    as before.  A store that keeps no files yet may adopt a root to go to ``both`` with.
    """

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    folders: PayloadFolders | None
    files: MirrorFiles | None
    mirror: MirrorLedger
    clock: Clock

    async def __call__(self, *, actor: Actor, said: str | None = None) -> None:
        """Adopt the root, and mirror everything into it.

        Raises:
            ForbiddenError: the actor is no operator.
            InvalidRequestError: the store ends with the process.
            ConflictError: the directory is no files root and holds something else.
            StorageError: no files root is set, or it cannot be written.
        """
        actor.require(Role.OPERATOR)
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)
            require_kept(uow)
            now = self.clock.now()
            state = await uow.storage.state() or StorageState(store_id=str(uuid.uuid4()), since=now)
            folders, files = root_of(self.folders), self.files
            if files is None:  # it is set wherever folders are
                raise InvalidRequestError("No files root is set.", remedy="Set PLANVAULT_FILES_ROOT.")
            await uow.storage.hold_folders()
            await uow.outbox.hold_mirror()
            before = await files.root()
            after = replace(state, epoch=uuid.uuid4().hex)
            # Killed from here to the commit, the root is of an epoch that no ledger is of: it is adopted again.
            if before is None:
                await folders.claim(after.store_id, after.epoch, orphaned=True)
            else:
                await uow.outbox.raise_to(0 if before.head is None else before.head.commit_seq)
                await files.save_root(RootFile(store_id=after.store_id, epoch=after.epoch))
            await files.set_aside()
            await uow.storage.save_state(after)
            await uow.events.append(_event(before, after, actor, said), at=now)
            await uow.commit()
        await self.mirror()


async def require_files(uow: UnitOfWork) -> StorageState:
    """How a store keeps payloads that is mirrored.

    Raises:
        IllegalTransitionError: it keeps no files.
        InvalidRequestError: it ends with the process.
    """
    require_kept(uow)
    state = await uow.storage.state()
    if state is None or not state.mode.has_files:
        raise IllegalTransitionError(
            "This store keeps payloads in the tables alone, so nothing is mirrored.",
            remedy="Switch first: planvault storage mode both.",
        )
    return state


def require_kept(uow: UnitOfWork) -> None:
    """Let a store pass that outlives its process.

    Raises:
        InvalidRequestError: it does not.
    """
    if not uow.parts.are_kept:
        raise InvalidRequestError("A store in memory ends with its process; it is not mirrored.")


def _event(before: RootFile | None, after: StorageState, actor: Actor, said: str | None) -> EventDraft:
    head = None if before is None or before.head is None else before.head
    return EventDraft(
        stream=STREAM,
        action="adopt",
        subject=STREAM,
        actor=actor,
        comment=comment(said),
        details={
            "store_id": None if before is None else before.store_id,
            "epoch": None if before is None else before.epoch,
            "position": None if head is None else head.position,
            "hash": None if head is None else head.hash,
            "new_epoch": after.epoch,
        },
    )
