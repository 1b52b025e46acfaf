from __future__ import annotations

import asyncio

import pytest

from planvault.application.sharing import Sharing


class Slow:
    """Computes when it is let; counts how often it began and was cancelled."""

    def __init__(self) -> None:
        self.began = 0
        self.cancelled = 0
        self.let = asyncio.Event()

    async def __call__(self) -> int:
        self.began += 1
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return self.began


async def begun(*tasks: asyncio.Task[int]) -> None:
    """Let every task come as far as it can."""
    for _ in range(3 + len(tasks)):
        await asyncio.sleep(0)


async def test_all_who_ask_at_once_share_one_computation() -> None:
    sharing, slow = Sharing[int](), Slow()
    asking = [asyncio.create_task(sharing.of("a", slow)) for _ in range(50)]
    await begun(*asking)
    slow.let.set()
    assert await asyncio.gather(*asking) == [1] * 50
    assert await sharing.of("a", slow) == 2  # what is done is not kept


async def test_other_keys_are_computed_apart() -> None:
    sharing, slow = Sharing[int](), Slow()
    slow.let.set()
    assert sorted(await asyncio.gather(sharing.of("a", slow), sharing.of("b", slow))) == [1, 2]


async def test_an_error_reaches_everybody_and_is_forgotten() -> None:
    sharing = Sharing[int]()

    async def broken() -> int:
        await asyncio.sleep(0)
        raise ValueError("no")

    answers = await asyncio.gather(*(sharing.of("a", broken) for _ in range(3)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["no"] * 3
    slow = Slow()
    slow.let.set()
    assert await sharing.of("a", slow) == 1


async def test_a_waiter_that_leaves_does_not_take_the_others_along() -> None:
    sharing, slow = Sharing[int](), Slow()
    first, second = (asyncio.create_task(sharing.of("a", slow)) for _ in range(2))
    await begun(first, second)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    slow.let.set()
    assert await second == 1
    assert slow.cancelled == 0


async def test_the_last_waiter_takes_the_computation_along() -> None:
    sharing, slow = Sharing[int](), Slow()
    only = asyncio.create_task(sharing.of("a", slow))
    await begun(only)
    only.cancel()
    with pytest.raises(asyncio.CancelledError):
        await only
    assert slow.cancelled == 1
    slow.let.set()
    assert await sharing.of("a", slow) == 2
