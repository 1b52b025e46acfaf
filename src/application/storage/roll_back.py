"""Rolling back: reads come from folders again, and what is written from then on comes back with a cutover."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from ...domain.errors import InvalidRequestError
from ...domain.storage.cutover import Place, place_of
from ...domain.storage.state import Side, StorageMode
from ..unit_of_work import UnitOfWorkFactory
from .cut_over import CutOver, CutoverOrder, CutoverPlan, Moved
from .side_by_side import StorageFinding
from .switch_mode import StepTaken
from .verify_storage import VerifyStorage


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPlan:
    """What a rollback would do: the steps with their gates, and how much lies in the store.

    ``versions`` and ``events`` count what folders and their mirror hold afterwards.
    """

    way: CutoverPlan
    versions: int
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackVerdict:
    """How a store stands after a rollback: where, and everything that does not agree, read to the last row."""

    place: Place
    findings: Sequence[StorageFinding]

    @property
    def is_back(self) -> bool:
        """Whether reads come from folders, and nothing differs."""
        return self.place.primary is Side.FILES and not self.findings


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack:
    """Go down the way of the state machine: ``both`` with the primary ``files``, or ``files``.

    It is a cutover, with the same gates: a rollback to folders that are not whole would lose what it is to save.
    """

    unit_of_work: UnitOfWorkFactory
    cut_over: CutOver
    verify_storage: VerifyStorage

    async def plan(self, mode: StorageMode, *, without: Collection[str] = ()) -> RollbackPlan:
        """What would be done; nothing is changed.

        Raises:
            InvalidRequestError: the mode is ``db``.
        """
        way = await self.cut_over.plan(_down(mode), Side.FILES, without=without)
        async with self.unit_of_work(read_only=True) as uow:
            versions = len(
                set(await uow.storage.unfiled()) | {one.folder.version_id for one in await uow.storage.pointers()}
            )
            return RollbackPlan(way=way, versions=versions, events=await uow.events.position())

    def __call__(self, order: CutoverOrder) -> AsyncGenerator[StepTaken | Moved]:
        """The steps and the versions that were moved, as they are done (``CutOver``).

        Raises:
            InvalidRequestError: the mode is ``db``.
        """
        return self.cut_over(replace(order, mode=_down(order.mode), primary=Side.FILES))

    async def verify(self) -> RollbackVerdict:
        """Compare everything in full, both ways; it is noted as a whole verification."""
        async with self.unit_of_work(read_only=True) as uow:
            place = place_of(await uow.storage.state())
        async with aclosing(self.verify_storage(full=True)) as findings:
            return RollbackVerdict(place=place, findings=[finding async for finding in findings])


def _down(mode: StorageMode) -> StorageMode:
    if mode is StorageMode.DB:
        raise InvalidRequestError(
            "A rollback goes to files, or to both with the primary files.",
            remedy="Forward again: planvault storage cutover --to db.",
        )
    return mode
