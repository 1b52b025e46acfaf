"""The port of the cache that keeps computed differences for a while."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class CacheState(StrEnum):
    """What became of a look into the cache."""

    HIT = "hit"
    MISS = "miss"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cached:
    """What a look found: a body only with a hit. Stale is an entry that is there and cannot be used."""

    state: CacheState
    body: bytes = b""


class DifferenceCache(Protocol):
    """Keeps bodies by key. It may forget at any time, and none of its troubles reaches whoever asks."""

    async def look(self, key: str) -> Cached:
        """What is kept under the key; an entry that is too old, damaged, or from the future is stale."""
        ...

    async def keep(self, key: str, body: bytes) -> None:
        """Keep a body, if that can be done."""
        ...

    def turn(self, key: str) -> AbstractAsyncContextManager[None]:
        """Hold the key against every other process, as far as that can be done."""
        ...
