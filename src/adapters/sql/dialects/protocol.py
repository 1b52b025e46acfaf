"""What the adapter asks of a database beyond SQL that both understand."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ....domain.errors import InvalidRequestError, PlanvaultError

T = TypeVar("T")

Row = Sequence[Any]


class SqlDialect(Protocol):
    """One database product: how it is opened, locked, filled fast and read fast."""

    @property
    def engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        """The engine of readers and the engine of writers; they may be the same."""
        ...

    @property
    def schema(self) -> str | None:
        """The schema that every table lies in, if the database has such a thing."""
        ...

    @property
    def place(self) -> str:
        """Where the store is, without secrets, for messages to people."""
        ...

    @property
    def tables_place(self) -> str:
        """Where exactly the tables are, without secrets, for messages to people."""
        ...

    def connect(self, *, read_only: bool) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection with an open transaction: a snapshot for readers, the right to write for writers.

        Raises:
            StorageUnavailableError: the database cannot be reached, or other writers keep it too long.
        """
        ...

    async def commit(self, connection: AsyncConnection) -> None:
        """Commit.

        Raises:
            StorageUnavailableError: it is certain that nothing was kept.
            OutcomeUnknownError: it is not certain, and the database cannot be asked.
        """
        ...

    async def carried_out(self, work: Awaitable[T]) -> T:
        """The outcome of a driver's call, in whatever way a cancellation may safely reach it."""
        ...

    async def lock(self, connection: AsyncConnection, name: str) -> None:
        """Wait until nobody else's transaction holds this name, and hold it to the end of this one."""
        ...

    async def now(self, connection: AsyncConnection) -> datetime:
        """The time by the clock that all who use this database share."""
        ...

    async def reclaim(self, connection: AsyncConnection) -> bool:
        """Give some free space back to the system; whether there is more to give back."""
        ...

    async def damages(self, connection: AsyncConnection) -> list[str]:
        """What a quick look at the stored bytes finds wrong, a line each; empty where nothing is."""
        ...

    async def size(self, connection: AsyncConnection) -> tuple[int, int, int]:
        """The bytes of all tables, those of them that are free, and those of series rows (at most)."""
        ...

    def insert_new(self, table: Table) -> Any:
        """An INSERT that leaves alone what is there already; its row count tells."""
        ...

    async def bulk_insert(
        self, connection: AsyncConnection, table: Table, batches: AsyncIterable[Sequence[Row]]
    ) -> int:
        """Insert tuples, in the table's column order, by the driver's own fastest way; how many there were."""
        ...

    def stream(
        self, connection: AsyncConnection, sql: str, parameters: Row, *, batch_rows: int
    ) -> AsyncGenerator[list[Any]]:
        """Rows of a SELECT as the driver makes them, in batches; ``:1`` to ``:9`` stand for the parameters."""
        ...

    def translated(self, error: BaseException) -> PlanvaultError | None:
        """What a driver's error means to planvault; none for errors that are no driver's."""
        ...


def unkeepable() -> InvalidRequestError:
    """A value that no column of a database can hold: an integer beyond 64 bits, a NUL, a lone surrogate."""
    return InvalidRequestError(
        "A value cannot be kept by a database: an integer beyond 64 bits, a NUL, or bytes that are no text.",
        remedy="Look at the ids and numbers of the request; text is UTF-8.",
    )
