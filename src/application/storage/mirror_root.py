"""Whether a files root tells of the same past as the ledger: looked at before anything is written or swept."""

from __future__ import annotations

from ...domain.errors import StorageUnavailableError
from ...domain.shared.events import EventFilter
from ...domain.storage.mirror import RootFile, missing_root
from ...domain.storage.state import StorageState
from ..unit_of_work import UnitOfWork
from .mirror_files import MirrorFiles


async def require_ours(uow: UnitOfWork, files: MirrorFiles | None, state: StorageState) -> RootFile:
    """What ``root.json`` says, if the root is that of this store, and mirrors this ledger and no later or other one.

    Raises:
        ConflictError: it is that of another store or epoch, is ahead of the ledger, or mirrors another chain.
        StorageUnavailableError: no files root is set, or it cannot be read, or is nobody's.
    """
    if files is None:
        raise StorageUnavailableError("No files root is set.", remedy="Set PLANVAULT_FILES_ROOT.")
    # The root is read before the ledger: what it says was committed by then, so only another ledger lacks it.
    root = await files.root()
    if root is None:
        raise missing_root(files.place)
    root.require(state.store_id, state.epoch, shown=files.place)
    if root.head is not None:
        root.require_behind(
            await uow.outbox.last_commit(),
            await uow.events.position(),
            await hash_at(uow, root.head.position),
            shown=files.place,
        )
    return root


async def hash_at(uow: UnitOfWork, position: int) -> str | None:
    """The hash of the event at that position of the ledger, if there is one."""
    if position == 0:
        return ""
    found = await uow.events.feed(EventFilter(), after=position - 1, limit=1)
    return found[0].hash if found and found[0].position == position else None
