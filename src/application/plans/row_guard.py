"""The row guard: however many write at once, no more series rows are kept than the store is to keep."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ...domain.access.actor import Actor
from ...domain.errors import RowLimitError
from ..unit_of_work import UnitOfWork

T = TypeVar("T")


class MakesRoom(Protocol):
    """Whoever trims before more is written."""

    async def __call__(self, rows: int, *, limit: int, actor: Actor) -> None:
        """Trim until so many rows more may be kept, as far as retention allows.

        Raises:
            RowLimitError: so small a limit was confirmed by nobody.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RowGuard:
    """Refuses what would go beyond the limit; with ``room`` it trims first. A limit of 0 is none."""

    limit: int = 0
    room: MakesRoom | None = None

    async def require_room(self, uow: UnitOfWork, *, adding: int) -> None:
        """Let a write pass after which no more rows are kept than may be; ask when they are written, before the commit.

        Raises:
            RowLimitError: there are more.
        """
        if not self.limit or adding <= 0 or not await in_tables(uow):
            return
        stored = await uow.maintenance.stored_rows(changing=True)
        if stored > self.limit:
            raise row_limit(stored - adding, adding=adding, limit=self.limit)

    async def with_room(self, store: Callable[[], Awaitable[T]], *, actor: Actor) -> T:
        """What storing gives; where only the limit is in the way and trims are wanted, it is tried once more after one.

        Raises:
            RowLimitError: there is no room, or somebody else took it.
        """
        try:
            return await store()
        except RowLimitError as error:
            if self.room is None:
                raise
            await self.room(int(str(error.params["adding"])), limit=self.limit, actor=actor)
            return await store()


async def in_tables(uow: UnitOfWork) -> bool:
    """Whether the store keeps series rows in its tables, where alone they are limited."""
    state = await uow.storage.state()
    return state is None or state.mode.has_tables


def row_limit(stored: int, *, adding: int, limit: int) -> RowLimitError:
    """The refusal of so many rows beside those that are stored."""
    return RowLimitError(
        f"{stored} series rows are kept and {adding} more would come; PLANS_DB_MAX_ROWS allows {limit}.",
        remedy=f"Make room: planvault maint trim --max-rows {max(0, limit - adding)} --dry-run shows what would go.",
        stored=stored,
        adding=adding,
        limit=limit,
    )
