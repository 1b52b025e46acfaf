"""What a driver has begun is never left half-way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def finished(work: Awaitable[T]) -> T:
    """Carry the work to its end even if the caller is cancelled meanwhile; the cancellation then goes on.

    A commit or rollback that is dropped in the middle would leave its connection in a state nobody knows, and a
    SQLite statement that is dropped keeps its lock for as long as somebody remembers its cursor.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # seen, though the cancellation is what is told
        raise cancelled
    return task.result()
