"""Changing how a store keeps payloads."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from ...domain.access.actor import Actor, Role, Verification
from ...domain.errors import ConflictError, InvalidRequestError
from ...domain.plans.ports import PlanFilter
from ...domain.shared.clock import Clock
from ...domain.shared.ids import VersionId, comment
from ...domain.storage.state import ModeEvent, StorageMode, StorageState
from ..access.admission import Admission
from ..unit_of_work import UnitOfWorkFactory
from .folders import PayloadFolders

_SETTINGS = Actor(name="planvault", roles=frozenset({Role.OPERATOR}), verification=Verification.ASSERTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchMode:
    """Switch the mode of a store.

    Into ``both``: from then on what is stored is filed as well; what is there already waits for ``storage repair``.
    Folders of an earlier time count where they hold what the tables hold; the others are forgotten and listed.
    """

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    folders: PayloadFolders | None
    clock: Clock

    async def __call__(
        self, mode: StorageMode, *, actor: Actor, said: str | None = None
    ) -> tuple[StorageState, Sequence[VersionId]]:
        """The state in the new mode, and the versions whose folders of before hold something else.

        Raises:
            ForbiddenError: the actor is no operator.
            IllegalTransitionError: it is in that mode already.
            InvalidRequestError: no files root is set.
            ConflictError: the files root is that of another store, or no files root.
        """
        actor.require(Role.OPERATOR)
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)
        return await self._switched(mode, actor, comment(said))

    async def agree(self, chosen: StorageMode | None) -> None:
        """Let a setting pass that says what the store does; a store without plans takes up what it says.

        Raises:
            ConflictError: the store keeps payloads in another way, or its files root is that of another store.
            InvalidRequestError: it needs a files root, and none is set.
        """
        async with self.unit_of_work(read_only=True) as uow:
            state = await uow.storage.state()
            mode = StorageMode.DB if state is None else state.mode
            differs = chosen is not None and chosen is not mode
            # Looked for only where it matters: every command opens the store.
            plans = differs and state is None and (await uow.plans.list(PlanFilter(), limit=1, cursor=None)).items
        if chosen is not None and differs:
            if state is not None or plans:
                raise ConflictError(
                    f"This store keeps payloads in the mode {mode}; PLAN_STORAGE_MODE says {chosen}.",
                    remedy=f"Leave PLAN_STORAGE_MODE unset, or switch: planvault storage mode {chosen}.",
                    mode=str(mode),
                )
            await self._switched(chosen, _SETTINGS, "PLAN_STORAGE_MODE when the store was made")
        elif mode.has_files:
            self._root()

    async def _switched(
        self, mode: StorageMode, actor: Actor, why: str | None
    ) -> tuple[StorageState, Sequence[VersionId]]:
        root = self._root() if mode.has_files else None
        # The id of the store is kept before the root carries it: two attempts must not be two stores.
        known = await self._known()
        if root is not None:
            await root.claim(known.store_id, known.epoch)
        async with self.unit_of_work() as uow:
            state = await uow.storage.state() or known
            after = state.switched(mode, at=self.clock.now())
            await uow.storage.hold_folders()
            unfiled = set(await uow.storage.unfiled())
            stale = [
                pointer.folder.version_id
                for pointer in await uow.storage.pointers()
                if pointer.folder.version_id in unfiled
            ]
            for version_id in stale:
                await uow.storage.unpoint(version_id)
            await uow.storage.save_state(after)
            event = ModeEvent(before=state.mode, after=mode, actor=actor, comment=why, stale=stale)
            await uow.events.append(event.draft(), at=after.since)
            await uow.commit()
        return after, stale

    async def _known(self) -> StorageState:
        async with self.unit_of_work() as uow:
            state = await uow.storage.state()
            if state is None:
                state = StorageState(store_id=str(uuid.uuid4()), epoch=uuid.uuid4().hex, since=self.clock.now())
                await uow.storage.save_state(state)
                await uow.commit()
        return state

    def _root(self) -> PayloadFolders:
        if self.folders is None:
            raise InvalidRequestError(
                "This store keeps payloads in files as well, and no files root is set.",
                remedy="Set PLANVAULT_FILES_ROOT to its directory.",
            )
        return self.folders
