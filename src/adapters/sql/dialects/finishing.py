"""Ending a transaction is never left half-way."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def finished(work: Coroutine[Any, Any, None]) -> None:
    """Carry the work to its end even if the caller is cancelled meanwhile; the cancellation then goes on.

    A commit or rollback that is dropped in the middle would leave its connection in a state nobody knows.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
        except BaseException:
            if not task.done():
                raise
    task.result()
    if cancelled is not None:
        raise cancelled
