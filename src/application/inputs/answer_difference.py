"""A difference as the JSON report that HTTP answers: from the cache where it is there, else computed once for all."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass, field

from ..difference_presentation import change_fields, compared_fields
from ..sharing import Sharing
from ..telemetry import Telemetry
from .diff_inputs import DEFAULT_ROWS, Compared, DiffInputs, check_rows
from .difference_cache import Cached, CacheState, DifferenceCache

ALGORITHM = "planvault input difference 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceAnswer:
    """The report as JSON in UTF-8, and whether the cache had it."""

    body: bytes
    cache: CacheState


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDifference:
    """Answer with a report, computed at most once while its entry is fresh."""

    diff: DiffInputs
    cache: DifferenceCache
    telemetry: Telemetry
    under_way: Sharing[Cached] = field(default_factory=Sharing)

    async def __call__(
        self, current: str, previous: str | None = None, *, rows: int = DEFAULT_ROWS, refresh: bool = False
    ) -> DifferenceAnswer:
        """The report of ``DiffInputs``; ``refresh`` computes it anew whatever the cache says.

        References are looked up in the store first, so nobody is told what the store does not hold.

        Raises:
            NotFoundError: no such label or revision.
            InvalidRequestError: a reference is malformed, or ``rows`` is out of range.
        """
        check_rows(rows)
        compared = await self.diff.resolved(current, previous)
        key = difference_key(compared, rows)

        async def found() -> Cached:
            return await (self._computed(compared, key, rows) if refresh else self._looked_up(compared, key, rows))

        known = await self.under_way.of(f"{key} {refresh}", found)
        if known.state is CacheState.HIT:
            self.telemetry.difference_from_cache()
        return DifferenceAnswer(body=_joined(compared, known.body), cache=known.state)

    async def _looked_up(self, compared: Compared, key: str, rows: int) -> Cached:
        first = await self.cache.look(key)
        if first.state is CacheState.HIT:
            return first
        if first.state is CacheState.STALE:
            self.telemetry.difference_stale()
        async with self.cache.turn(key):
            again = await self.cache.look(key)  # another process may have computed it while we waited
            if again.state is CacheState.HIT:
                return again
            return Cached(state=first.state, body=await self._kept(compared, key, rows))

    async def _computed(self, compared: Compared, key: str, rows: int) -> Cached:
        async with self.cache.turn(key):
            return Cached(state=CacheState.MISS, body=await self._kept(compared, key, rows))

    async def _kept(self, compared: Compared, key: str, rows: int) -> bytes:
        difference = await self.diff.between(compared, rows=rows)
        body = await asyncio.to_thread(_body, change_fields(difference.sections))
        await self.cache.keep(key, body)
        return body


def difference_key(compared: Compared, rows: int) -> str:
    """SHA-256 over what alone decides the changes: the algorithm, both content hashes, and how many rows are listed.

    Labels and numbers are no part of it: the same contents under other names have the same difference.
    """
    said = (ALGORITHM, compared.current.content_hash, compared.previous_hash or "", str(rows))
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


def _joined(compared: Compared, changes: bytes) -> bytes:
    """One JSON object out of the references, which are never kept, and of the changes."""
    return _body(compared_fields(compared.current, compared.previous))[:-1] + b"," + changes[1:]


def _body(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
