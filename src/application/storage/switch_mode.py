"""Taking one step of a cutover: the gates are judged in the transaction that takes it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ...domain.access.actor import Actor, Role, Verification
from ...domain.errors import ConflictError, InvalidRequestError, StaleVersionError
from ...domain.plans.ports import PlanFilter
from ...domain.shared.clock import Clock
from ...domain.shared.events import Checkpoint
from ...domain.shared.ids import VersionId
from ...domain.storage.cutover import Place, Step, place_of
from ...domain.storage.gates import Gate, GateVerdict, judged, require_open, verdict_fields
from ...domain.storage.state import STREAM, ModeEvent, StorageMode, StorageState
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .crash_points import JUDGED, SWITCHED, WRITTEN, Reached, passed
from .folders import PayloadFolders
from .gather_evidence import ATTEMPTS, GatherEvidence, Proof, evidence_fields, keep_changing

_SETTINGS = Actor(name="planvault", roles=frozenset({Role.OPERATOR}), verification=Verification.ASSERTED)
CHECKPOINT = "cutover"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchOrder:
    """Who takes a step and why; ``without`` are versions that no backfill could take; ``taken`` the steps before."""

    actor: Actor
    comment: str | None = None
    without: Collection[str] = ()
    taken: Sequence[Step] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """A step that was taken: the state it led to, what its gates measured, and the checkpoint that covers its event.

    ``stale`` are versions whose folders of an earlier time hold something else than the tables.
    """

    step: Step
    state: StorageState
    verdicts: Sequence[GateVerdict]
    stale: Sequence[VersionId]
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchMode:
    """Switch the mode or the primary of a store, one step at a time."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    folders: PayloadFolders | None
    gather: GatherEvidence
    clock: Clock
    reached: Reached = passed

    async def __call__(self, step: Step, order: SwitchOrder, proof: Proof) -> StepTaken:
        """The step, taken.

        What has to be compared is compared before; in the transaction only what changed meanwhile would count, so it
        is compared once more then.

        Raises:
            ForbiddenError: the actor is no operator.
            GateClosedError: a gate is closed; nothing was changed.
            InvalidRequestError: no files root is set.
            ConflictError: the files root is that of another store, or no files root; plans keep changing.
            StaleVersionError: somebody else switched meanwhile.
        """
        order.actor.require(Role.OPERATOR)
        if not step.before.mode.has_files:
            await self._admitted(order.actor)
            await self._claimed()
        gates = await self.gather.gates(step)
        proof.mirror_trouble = None  # of an earlier step
        await self.gather.catch_up(gates, proof)
        await self.gather.compare_mirror(gates, proof)
        for _ in range(ATTEMPTS):
            await self.gather.compare(gates, proof)
            taken = await self._taken(step, gates, order, proof)
            if taken is not None:
                return taken
        raise keep_changing()

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
                    remedy=f"Leave PLAN_STORAGE_MODE unset, or switch: planvault storage cutover --to {chosen}.",
                    mode=str(mode),
                )
            await self._taken_up(chosen)
        elif mode.has_files:
            self._root()

    async def _taken_up(self, mode: StorageMode) -> None:
        known = await self._claimed()
        async with self.unit_of_work() as uow:
            before = await uow.storage.state() or known
            after = before.switched(mode, at=self.clock.now())
            await uow.storage.save_state(after)
            why = "PLAN_STORAGE_MODE when the store was made"
            event = ModeEvent(before=before, after=after, actor=_SETTINGS, comment=why)
            await uow.events.append(event.draft(), at=after.since)
            await uow.commit()

    @retried
    async def _taken(self, step: Step, gates: Sequence[Gate], order: SwitchOrder, proof: Proof) -> StepTaken | None:
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, order.actor, during_pause=True)
            # Everybody who writes takes this before reading the state: who came before us is committed by now.
            await uow.maintenance.stored_rows(changing=True)
            before = await uow.storage.state()
            if before is None or place_of(before) is not step.before:
                raise StaleVersionError("mode of the store", place_of(before))
            await uow.storage.hold_folders()
            seen = await self.gather.within(uow, gates, proof, without=order.without)
            if seen is None and await self.gather.is_little(gates, proof):
                await self.gather.compare(gates, proof)
                seen = await self.gather.within(uow, gates, proof, without=order.without)
            if seen is None:
                return None
            verdicts = judged(gates, seen)
            require_open(step, verdicts, taken=order.taken)
            self.reached(JUDGED)
            after = before.switched(step.after.mode, at=self.clock.now(), primary=step.after.primary)
            stale = await _forgotten(uow) if step.before is Place.DB else ()
            await uow.storage.save_state(after)
            event = ModeEvent(
                before=before,
                after=after,
                actor=order.actor,
                comment=order.comment,
                stale=stale,
                evidence={
                    "gates": [verdict_fields(verdict) for verdict in verdicts],
                    "without": sorted(order.without),
                    **await _standing(uow),
                    **evidence_fields(seen),
                },
            )
            await uow.events.append(event.draft(), at=after.since)
            checkpoint = await uow.events.take_checkpoint(CHECKPOINT, at=after.since)
            self.reached(WRITTEN)
            await uow.commit()
        self.reached(SWITCHED)
        return StepTaken(step=step, state=after, verdicts=verdicts, stale=stale, checkpoint=checkpoint)

    async def _admitted(self, actor: Actor) -> None:
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)

    async def _claimed(self) -> StorageState:
        """The state, whose store the files root is of from now on."""
        root = self._root()
        # The id of the store is kept before the root carries it: two attempts must not be two stores.
        async with self.unit_of_work() as uow:
            state = await uow.storage.state()
            if state is None:
                state = StorageState(store_id=str(uuid.uuid4()), epoch=uuid.uuid4().hex, since=self.clock.now())
                await uow.storage.save_state(state)
                await uow.commit()
        await root.claim(state.store_id, state.epoch)
        return state

    def _root(self) -> PayloadFolders:
        if self.folders is None:
            raise InvalidRequestError(
                "This store keeps payloads in files as well, and no files root is set.",
                remedy="Set PLANVAULT_FILES_ROOT to its directory.",
            )
        return self.folders


async def _forgotten(uow: UnitOfWork) -> Sequence[VersionId]:
    """Forget the folders of an earlier time that hold something else than the tables; the versions they were of."""
    unfiled = set(await uow.storage.unfiled())
    stale = [
        pointer.folder.version_id for pointer in await uow.storage.pointers() if pointer.folder.version_id in unfiled
    ]
    for version_id in stale:
        await uow.storage.unpoint(version_id)
    return stale


async def _standing(uow: UnitOfWork) -> dict[str, object]:
    """Where the ledger stood before the step."""
    last, head = await uow.events.last_checkpoint(), await uow.events.head(STREAM)
    return {
        "position": await uow.events.position(),
        "checkpoint": None if last is None else [last.number, last.hash],
        "head": None if head is None else [head.stream, head.sequence, head.hash],
    }
