"""Two streams of rows side by side, by key."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from ...domain.plans.series import SeriesRow

Batches = AsyncGenerator[Sequence[SeriesRow]] | AsyncGenerator[list[SeriesRow]]


async def matched(mine: Batches, others: Batches) -> AsyncGenerator[tuple[SeriesRow | None, SeriesRow | None]]:
    """The rows of two streams in rising key order, those of one key together; null where a stream has none."""
    async with aclosing(mine), aclosing(others):
        left, right = _rows(mine), _rows(others)
        one, other = await anext(left, None), await anext(right, None)
        while one is not None or other is not None:
            if other is None or (one is not None and one.key < other.key):
                yield one, None
                one = await anext(left, None)
            elif one is None or other.key < one.key:
                yield None, other
                other = await anext(right, None)
            else:
                yield one, other
                one, other = await anext(left, None), await anext(right, None)


async def _rows(batches: Batches) -> AsyncIterator[SeriesRow]:
    async for batch in batches:
        for row in batch:
            yield row
