"""Work that would hold up everybody else, done in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(call: Callable[[], T], *, undo: Callable[[T], None] | None = None) -> T:
    """What the call answers, from a thread.

    A thread cannot be stopped: who is cancelled meanwhile waits for its end, so that nothing is closed under its
    hands; what it then answers goes to ``undo``.
    """
    work = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        if undo is not None and not work.cancelled() and work.exception() is None:
            undo(work.result())
        raise
