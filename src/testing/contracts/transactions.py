"""The contract of the unit of work."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from ...application.unit_of_work import UnitOfWork, UnitOfWorkFactory
from ...domain.errors import AlreadyExistsError, ConflictError, NotFoundError, StaleVersionError
from ...domain.plans.ports import PlanFilter, RowStamp
from ...domain.plans.series import SeriesRow
from ...domain.plans.version import PlanStatus
from ...domain.shared.ids import VersionId
from ..builders import a_config, a_plan, a_run, an_event, det_rows, in_batches
from ..clocks import NOON

V1 = VersionId("v1")


async def test_leaving_without_commit_leaves_no_trace(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.configs.add(a_config())
        await uow.plans.add(a_plan())
        await uow.payload.write_rows(V1, "det", in_batches(det_rows(7)), RowStamp())
        await uow.events.append(an_event(), at=NOON)

    async with unit_of_work(read_only=True) as uow:
        assert await uow.configs.list() == []
        assert await uow.plans.find(V1) is None
        assert [row async for batch in uow.payload.rows(V1, "det") for row in batch] == []
        assert await uow.events.heads() == []


async def test_an_error_inside_leaves_no_trace_and_the_next_work_goes_on(unit_of_work: UnitOfWorkFactory) -> None:
    async def fails() -> None:
        async with unit_of_work() as uow:
            await uow.plans.add(a_plan())
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        await fails()

    async with unit_of_work() as uow:
        assert await uow.plans.find(V1) is None
        await uow.plans.add(a_plan())
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert (await uow.plans.get(V1)).version_id == V1


async def test_what_was_committed_is_there_for_the_next(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.plans.get(V1) == a_plan()


async def test_a_refusal_does_not_poison_the_transaction(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        with pytest.raises(AlreadyExistsError):
            await uow.plans.add(a_plan("V1"))
        with pytest.raises(NotFoundError):
            await uow.plans.get(VersionId("v2"))
        await uow.plans.add(a_plan("v3"))
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        page = await uow.plans.list(PlanFilter(), limit=10, cursor=None)
    assert {plan.version_id for plan in page.items} == {"v1", "v3"}


async def test_saving_a_stale_copy_is_refused(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        seen = await uow.plans.get(V1)
    async with unit_of_work() as uow:
        saved = await uow.plans.save(seen.moved_to(PlanStatus.SUBMITTED, at=NOON))
        await uow.commit()

    async with unit_of_work() as uow:
        with pytest.raises(StaleVersionError):
            await uow.plans.save(seen.moved_to(PlanStatus.ARCHIVED, at=NOON))

    async with unit_of_work(read_only=True) as uow:
        assert await uow.plans.get(V1) == saved


async def test_only_one_of_two_concurrent_savers_wins(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        seen = await uow.plans.get(V1)

    async def save(status: PlanStatus) -> str:
        try:
            async with unit_of_work() as uow:
                await uow.plans.save(seen.moved_to(status, at=NOON))
                await asyncio.sleep(0.01)
                await uow.commit()
        except StaleVersionError:
            return "stale"
        return str(status)

    ends = await asyncio.gather(save(PlanStatus.SUBMITTED), save(PlanStatus.ARCHIVED))

    assert sorted(ends).count("stale") == 1
    async with unit_of_work(read_only=True) as uow:
        assert str((await uow.plans.get(V1)).status) == next(end for end in ends if end != "stale")


async def test_of_many_who_take_one_id_exactly_one_gets_it(unit_of_work: UnitOfWorkFactory) -> None:
    async def take(number: int) -> int:
        try:
            async with unit_of_work() as uow:
                await uow.plans.add(a_plan("the-plan", note=str(number)))
                await uow.commit()
        except AlreadyExistsError:
            return -1
        return number

    winners = [number for number in await asyncio.gather(*(take(number) for number in range(8))) if number >= 0]

    assert len(winners) == 1
    async with unit_of_work(read_only=True) as uow:
        assert (await uow.plans.get(VersionId("the-plan"))).note == str(winners[0])


async def test_read_modify_write_in_parallel_loses_no_update(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan(note="0"))
        await uow.commit()

    async def count_up(uow: UnitOfWork) -> None:
        plan = await uow.plans.get(V1)
        await asyncio.sleep(0)
        await uow.plans.save(a_plan(note=str(int(plan.note or 0) + 1), row_version=plan.row_version))

    async def one() -> None:
        async with unit_of_work() as uow:
            await count_up(uow)
            await uow.commit()

    await asyncio.gather(*(one() for _ in range(10)))

    async with unit_of_work(read_only=True) as uow:
        assert (await uow.plans.get(V1)).note == "10"


async def test_a_reader_sees_one_state_throughout(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.runs.add(a_run())
        await uow.commit()

    async with unit_of_work(read_only=True) as reader:
        assert await reader.plans.find(V1) is None
        async with unit_of_work() as writer:
            await writer.plans.add(a_plan())
            await writer.commit()
        assert await reader.plans.find(V1) is None

    async with unit_of_work(read_only=True) as reader:
        assert await reader.plans.find(V1) is not None


async def test_a_reader_has_nothing_to_commit(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work(read_only=True) as uow:
        with pytest.raises(ConflictError):
            await uow.commit()


async def test_a_cancelled_writer_leaves_all_or_nothing_and_no_lock(unit_of_work: UnitOfWorkFactory) -> None:
    entered = asyncio.Event()

    async def write() -> None:
        async with unit_of_work() as uow:
            await uow.plans.add(a_plan())
            entered.set()
            await asyncio.sleep(30)
            await uow.commit()

    task = asyncio.create_task(write())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with unit_of_work() as uow:
        assert await uow.plans.find(V1) is None
        await uow.plans.add(a_plan())
        await uow.commit()


async def test_what_comes_after_the_commit_does_not_belong_to_it(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        await uow.commit()
        with contextlib.suppress(ConflictError):
            await uow.plans.add(a_plan("late"))

    async with unit_of_work(read_only=True) as uow:
        assert await uow.plans.find(V1) is not None
        assert await uow.plans.find(VersionId("late")) is None


@pytest.mark.parametrize("error", [FileNotFoundError("x"), TimeoutError(), OverflowError(), BrokenPipeError()])
async def test_an_error_of_the_callers_own_leaves_as_it_came(unit_of_work: UnitOfWorkFactory, error: Exception) -> None:
    async def fails() -> None:
        async with unit_of_work() as uow:
            await uow.plans.add(a_plan())
            raise error

    async def broken() -> AsyncIterator[list[SeriesRow]]:
        yield det_rows(3)
        raise error

    async def writes() -> None:
        async with unit_of_work() as uow:
            await uow.plans.add(a_plan())
            await uow.payload.write_rows(V1, "det", broken(), RowStamp())

    for attempt in (fails, writes):
        with pytest.raises(type(error)) as left:
            await attempt()
        assert left.value is error
    async with unit_of_work(read_only=True) as uow:
        assert await uow.plans.find(V1) is None


async def test_numbers_of_a_series_are_given_out_once(unit_of_work: UnitOfWorkFactory) -> None:
    async def take() -> int:
        async with unit_of_work() as uow:
            number = await uow.plans.next_number("v20261120")
            await uow.commit()
        return number

    assert sorted(await asyncio.gather(*(take() for _ in range(6)))) == [1, 2, 3, 4, 5, 6]
    async with unit_of_work() as uow:
        assert await uow.plans.next_number("v20261121") == 1
