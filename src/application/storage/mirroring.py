"""The mirror as units of work drive it: what they touched is noted in them, and written down after their commit."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from ...domain.errors import NotMirroredError, PlanvaultError, StorageError
from ...domain.shared.clock import Clock
from ...domain.storage.mirror import Touched
from ...domain.storage.state import Side, StorageState
from ..unit_of_work import AfterCommit, BeforeCommit, UnitOfWork, UnitOfWorkFactory
from .mirror_files import MirrorFiles
from .mirror_ledger import MirrorLedger
from .mirror_root import require_ours

_LOG = logging.getLogger("planvault.storage")


@dataclass(frozen=True, slots=True, kw_only=True)
class InTurn(BeforeCommit, AfterCommit):
    """Several things before or after a commit, one after the other."""

    steps: Sequence[BeforeCommit | AfterCommit]

    async def __call__(self, uow: UnitOfWork) -> None:
        """Do them; the first that raises ends it."""
        for step in self.steps:
            await step(uow)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteForMirror(BeforeCommit):
    """Before a unit of work is committed: note what it touched, where the store keeps files.

    A root that tells of another past than the ledger refuses every write: what is mirrored is what a ledger is built
    anew from, and two pasts in one root would be none.
    """

    files: MirrorFiles | None
    clock: Clock
    strict: bool = False

    async def __call__(self, uow: UnitOfWork) -> None:
        """Note it.

        Raises:
            ConflictError: the root is that of another store or epoch, is ahead of the ledger, or off its chain.
            StorageError: the root cannot be read, and ``strict`` or the primary asks for it.
        """
        touched = Touched()
        touched.add(uow.touched)
        for version_id in uow.payloads_written:
            touched.version(version_id)
        if touched.nothing or not uow.parts.are_kept:
            return
        state = await uow.storage.state()
        if state is None or not state.mode.has_files:
            return
        try:
            await require_ours(uow, self.files, state)
        except StorageError as error:
            if waits(state, strict=self.strict):
                raise
            _LOG.error("the files root cannot be read: %s", error.message)
        await uow.outbox.note(touched, at=self.clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorCommits(AfterCommit):
    """After a unit of work is committed: bring the mirror up to it.

    Where the tables are the primary and nothing is ``strict``, a mirror that fails is only logged: the commit waits in
    the outbox for the next one.
    """

    unit_of_work: UnitOfWorkFactory
    mirror: MirrorLedger
    strict: bool = False

    async def __call__(self, uow: UnitOfWork) -> None:
        """Mirror it.

        Raises:
            NotMirroredError: it was committed and is not mirrored, and ``strict`` or the primary asks for it.
        """
        noted = uow.outbox.noted
        if noted is None:
            return
        try:
            await self.mirror(up_to=noted)
        except PlanvaultError as error:
            if await self._waits():
                raise _not_mirrored(error) from error
            _LOG.error("the mirror waits for commit %s: %s", noted, error.message)

    async def _waits(self) -> bool:
        async with self.unit_of_work(read_only=True) as uow:
            state = await uow.storage.state()
        return state is not None and waits(state, strict=self.strict)


def _not_mirrored(error: PlanvaultError) -> NotMirroredError:
    return NotMirroredError(
        f"The change was stored, but it could not be mirrored into the files root: {error.message}",
        remedy="Do not repeat it. Mend the files root, then bring it up to date: planvault storage mirror.",
        reason=error.code,
    )


def waits(state: StorageState, *, strict: bool) -> bool:
    """Whether a reply waits for the mirror."""
    return strict or state.primary is Side.FILES
