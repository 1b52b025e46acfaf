"""The contract of reading the ledger: feeds, positions, checkpoints."""

from __future__ import annotations

import asyncio

from ...application.audit.verify_ledger import VerifyLedger
from ...application.unit_of_work import UnitOfWorkFactory
from ...domain.shared.events import EventFilter
from ..builders import an_event
from ..clocks import NOON

STREAMS = ("input_set/weekly/1", "plan/v1", "input_set/weekly-2/1", "input_set/weekly/2", "input_set/Weekly/1")


async def _written(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        for stream in (*STREAMS, *STREAMS):
            await uow.events.append(an_event(stream, subject=stream.rpartition("/")[0]), at=NOON)
        await uow.commit()


async def test_a_feed_gives_what_is_wanted_in_order_of_position(unit_of_work: UnitOfWorkFactory) -> None:
    await _written(unit_of_work)
    async with unit_of_work(read_only=True) as uow:

        async def positions(wanted: EventFilter, after: int = 0, limit: int = 99) -> list[int]:
            return [event.position for event in await uow.events.feed(wanted, after=after, limit=limit)]

        assert await positions(EventFilter()) == list(range(1, 11))
        assert await positions(EventFilter(), after=7, limit=2) == [8, 9]
        assert await positions(EventFilter(stream="plan/v1")) == [2, 7]
        assert await positions(EventFilter(within="input_set/weekly/")) == [1, 4, 6, 9]
        assert await positions(EventFilter(subject="input_set/weekly-2")) == [3, 8]
        assert await positions(EventFilter(within="input_set/weekly/", stream="input_set/weekly/2")) == [4, 9]
        assert await positions(EventFilter(within="plan/", subject="input_set/weekly")) == []
        assert await positions(EventFilter(), after=2**53) == []


async def test_the_newest_events_come_first_and_go_on_before_a_position(unit_of_work: UnitOfWorkFactory) -> None:
    await _written(unit_of_work)
    weekly = EventFilter(within="input_set/weekly/")
    async with unit_of_work(read_only=True) as uow:
        newest = await uow.events.newest(weekly, before=None, limit=3)
        before = await uow.events.newest(weekly, before=4, limit=3)
    assert [event.position for event in newest] == [9, 6, 4]
    assert [event.position for event in before] == [1]


async def test_a_position_is_given_out_only_by_a_commit(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        assert await uow.events.position() == 0
        await uow.events.append(an_event(), at=NOON)
    async with unit_of_work() as uow:
        assert await uow.events.position() == 0
        await uow.events.append(an_event(), at=NOON)
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert await uow.events.position() == 1


async def test_checkpoints_are_read_in_order_of_number(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.events.append(an_event(), at=NOON)
        taken = [await uow.events.take_checkpoint(f"number {number}", at=NOON) for number in range(4)]
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert await uow.events.checkpoints(after=0, limit=9) == taken
        assert await uow.events.checkpoints(after=1, limit=2) == taken[1:3]
        assert await uow.events.checkpoints(after=4, limit=2) == []


async def test_no_event_falls_between_the_position_and_the_heads_of_a_checkpoint(
    unit_of_work: UnitOfWorkFactory,
) -> None:
    """Checkpoints alone, checkpoints after an event, and events, all at once."""

    async def append(number: int) -> None:
        async with unit_of_work() as uow:
            await uow.events.append(an_event(f"plan/v{number % 3}"), at=NOON)
            if number % 4 == 0:
                await uow.events.take_checkpoint("after an event", at=NOON)
            await uow.commit()

    async def look() -> None:
        async with unit_of_work() as uow:
            await uow.events.take_checkpoint("alone", at=NOON)
            await uow.commit()

    await asyncio.gather(*(append(number) for number in range(16)), *(look() for _ in range(8)))

    verdict = await VerifyLedger(unit_of_work=unit_of_work)()
    assert verdict.finding is None
    assert (verdict.event_count, verdict.stream_count, verdict.checkpoint_count) == (16, 3, 12)
