"""One computation for all who ask for the same thing at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _UnderWay(Generic[T]):
    task: asyncio.Task[T]
    waiting: int = 0


class Sharing(Generic[T]):
    """Results under way, by key; what is done is forgotten at once."""

    def __init__(self) -> None:
        """Begin with nothing under way."""
        self._under_way: dict[str, _UnderWay[T]] = {}

    async def of(self, key: str, compute: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of the computation that is under way for the key, begun now if there is none.

        A waiter that is cancelled leaves the others alone; the last one to go takes the computation along.
        """
        known = self._under_way.get(key)
        if known is None:
            known = self._under_way[key] = _UnderWay(asyncio.create_task(compute()))
        known.waiting += 1
        try:
            return await asyncio.shield(known.task)
        finally:
            known.waiting -= 1
            if known.task.done() or known.waiting == 0:
                if self._under_way.get(key) is known:
                    del self._under_way[key]
                known.task.cancel()  # nothing happens to what is done
                await asyncio.wait([known.task])
