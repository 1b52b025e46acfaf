"""Cutting over: going the way of a store step by step, filling the other side where a step begins one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from ...domain.access.actor import Actor, Role
from ...domain.errors import IllegalTransitionError, StaleVersionError
from ...domain.shared.ids import VersionId, comment
from ...domain.shared.ids import version_id as checked
from ...domain.storage.cutover import Place, Step, filled_from, place_meant, place_of, step_between, way
from ...domain.storage.gates import SETTLED_BY_FILLING, GateVerdict, judged
from ...domain.storage.state import Side, StorageMode
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .crash_points import CLEARED, FILLED, Reached, passed
from .gather_evidence import GatherEvidence, Proof
from .repair_storage import RepairStorage
from .switch_mode import StepTaken, SwitchMode, SwitchOrder

_WHY = "filled by a cutover"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoverOrder:
    """Where a store is to go, in whose name and why.

    ``fill`` fills the side that a step begins; without it that is left to ``storage repair``.  ``keep_rows`` leaves
    the rows in the tables of a store that goes to the mode ``files``.  ``without`` are versions that no backfill could
    take and that are gone on without.
    """

    mode: StorageMode
    primary: Side | None = None
    actor: Actor
    comment: str | None = None
    fill: bool = True
    keep_rows: bool = False
    without: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A version whose payload was brought to a side, or whose rows were taken out of the tables (``side`` is null)."""

    version_id: VersionId
    side: Side | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """A step that would be taken, with the verdicts on its gates as things stand."""

    step: Step
    verdicts: Sequence[GateVerdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoverPlan:
    """What a cutover would do: the steps, and the versions whose payload it would bring to the other side first.

    ``rows`` are the series rows that would be written, into folders or into tables.
    """

    before: Place
    after: Place
    steps: Sequence[PlannedStep]
    fills: Sequence[VersionId]
    rows: int

    @property
    def is_open(self) -> bool:
        """Whether no gate is known to be closed."""
        return all(verdict.is_open or verdict.pending for step in self.steps for verdict in step.verdicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOver:
    """Go from where a store stands to where it is to stand, one reversible step after the other.

    Whatever stops it, the store stands on one of the places of the way; the next cutover finishes what was begun.
    """

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    switch_mode: SwitchMode
    repair_storage: RepairStorage
    gather: GatherEvidence
    reached: Reached = passed

    async def __call__(self, order: CutoverOrder) -> AsyncGenerator[StepTaken | Moved]:
        """The steps and the versions that were moved, as they are done.

        Raises:
            ForbiddenError: the actor is no operator.
            GateClosedError: a gate is closed; the steps before it are taken, the others are not.
            InvalidRequestError: the mode has no such primary; no files root is set.
            ConflictError: the files root is that of another store; plans keep changing.
            StorageError: a side cannot be read or written.
        """
        order.actor.require(Role.OPERATOR)
        said = SwitchOrder(
            actor=order.actor,
            comment=comment(order.comment),
            without=[checked(one) for one in order.without],
        )
        place = await self._place()
        goal = place_meant(place, order.mode, order.primary)
        proof = Proof()
        async with aclosing(self._settled(place, goal, order)) as moved:
            async for one in moved:
                yield one
        for step in way(place, goal):
            taken = await self.switch_mode(step, said, proof)
            said = replace(said, taken=[*said.taken, step])
            yield taken
            async with aclosing(self._settled(step.after, goal, order)) as moved:
                async for one in moved:
                    yield one

    async def short(self, mode: StorageMode, *, actor: Actor, said: str | None = None) -> StepTaken:
        """The one step between ``db`` and ``both``, without filling anything: how a trial begins and ends.

        Raises:
            IllegalTransitionError: it is in that mode already, or the way is another one.
            GateClosedError: a gate is closed.
            InvalidRequestError, ConflictError: as a cutover.
        """
        actor.require(Role.OPERATOR)
        place = await self._place()
        step = step_between(place, place_meant(place, mode, None))
        if Place.DB not in {step.before, step.after}:
            raise IllegalTransitionError(
                f"The step {step} is one of a cutover.", remedy=f"planvault storage cutover --to {mode}."
            )
        return await self.switch_mode(step, SwitchOrder(actor=actor, comment=comment(said)), Proof())

    async def plan(
        self, mode: StorageMode, primary: Side | None = None, *, without: Collection[str] = ()
    ) -> CutoverPlan:
        """What a cutover would do, and how its gates stand; nothing is changed.

        The gates of the first step are measured as the step would.  Those of later steps are told as things stand,
        and left open where filling a side settles them.

        Raises:
            InvalidRequestError: the mode has no such primary.
            StorageError: a side cannot be read.
        """
        place = await self._place()
        goal = place_meant(place, mode, primary)
        given_up = [checked(one) for one in without]
        async with self.unit_of_work(read_only=True) as uow:
            fills = await _to_fill(uow, place, goal)
            rows = 0
            for version_id in fills:
                version = await uow.plans.find(version_id)
                rows += 0 if version is None else version.series_rows
        proof = Proof()
        steps = [
            PlannedStep(step=step, verdicts=await self._looked_at(step, proof, given_up, filling=bool(fills)))
            for step in way(place, goal)
        ]
        return CutoverPlan(before=place, after=goal, steps=steps, fills=fills, rows=rows)

    async def _looked_at(
        self, step: Step, proof: Proof, without: Collection[str], *, filling: bool
    ) -> Sequence[GateVerdict]:
        gates = await self.gather.gates(step)
        pending = SETTLED_BY_FILLING if filling else frozenset()
        seen = await self.gather.now([gate for gate in gates if gate not in pending], proof, without=without)
        return judged(gates, seen, pending=pending)

    async def _settled(self, place: Place, goal: Place, order: CutoverOrder) -> AsyncGenerator[Moved]:
        """Fill the side that the way needs; take out of the tables what lies in files alone."""
        if place is Place.FILES is goal and not order.keep_rows:
            async with self.unit_of_work(read_only=True) as uow:
                loaded = await uow.storage.loaded()
            for version_id in loaded:
                await self._cleared(version_id, order.actor)
                self.reached(CLEARED)
                yield Moved(version_id=version_id, side=None)
        source = filled_from(place, goal)
        if source is None or not order.fill or place.mode is not StorageMode.BOTH:
            return
        async with self.unit_of_work(read_only=True) as uow:
            wanted = await _to_fill(uow, place, goal)
        if wanted:
            other = Side.FILES if source is Side.DB else Side.DB
            async with aclosing(self.repair_storage(source, wanted, actor=order.actor, said=_WHY)) as repaired:
                async for version_id in repaired:
                    self.reached(FILLED)
                    yield Moved(version_id=version_id, side=other)

    @retried
    async def _cleared(self, version_id: VersionId, actor: Actor) -> None:
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)
            state = await uow.storage.state()
            if state is None or state.mode is not StorageMode.FILES:
                raise StaleVersionError("mode of the store", place_of(state))
            version = await uow.plans.find(version_id)
            if version is not None:
                await uow.tables.clear_rows(version_id)
                await uow.commit()

    async def _place(self) -> Place:
        async with self.unit_of_work(read_only=True) as uow:
            return place_of(await uow.storage.state())


async def _to_fill(uow: UnitOfWork, place: Place, goal: Place) -> Sequence[VersionId]:
    """The versions whose payload the other side does not have yet, where the way needs it there."""
    source = filled_from(place, goal)
    if source is None:
        return ()
    return await (uow.storage.unfiled() if source is Side.DB else uow.storage.unloaded())
