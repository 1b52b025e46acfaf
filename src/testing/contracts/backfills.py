"""What every store of backfills promises: one run under way, its fence, and how each version stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ...application.unit_of_work import UnitOfWorkFactory
from ...domain.errors import AlreadyExistsError, NotFoundError, StaleVersionError
from ...domain.shared.ids import VersionId
from ...domain.storage.backfill import BackfillItem, BackfillRun, BackfillStatus, Outcome
from ..builders import DIGEST
from ..clocks import NOON


def a_backfill(run_id: str = "r1", *, seconds: int = 0) -> BackfillRun:
    return BackfillRun(
        run_id=run_id,
        source="old",
        options={"force": False, "only": ["v1"]},
        started_at=NOON + timedelta(seconds=seconds),
        started_by="ops",
    )


def an_item(version_id: str = "v1", outcome: Outcome = Outcome.TAKEN, run_id: str = "r1") -> BackfillItem:
    return BackfillItem(
        version_id=VersionId(version_id),
        source_version=f"{version_id} (計画)",
        run_id=run_id,
        outcome=outcome,
        source_digest=DIGEST,
        payload_digest=None if outcome is Outcome.FAILED else DIGEST,
        series_rows=7,
        kpi_count=2,
        attempts=3,
        reason="cut off" if outcome is Outcome.FAILED else None,
        differences=[{"level": "det", "stored": 1.5, "taken": 2.0}],
        updated_at=NOON,
    )


async def test_a_run_and_its_versions_read_back_as_they_were_written(unit_of_work: UnitOfWorkFactory) -> None:
    run = a_backfill().counting(Outcome.TAKEN, 7).counting_inputs(Outcome.FAILED)
    items = [an_item(), an_item("v2", Outcome.FAILED)]
    async with unit_of_work() as uow:
        await uow.backfills.add(run)
        lease = await uow.backfills.lease("somebody", seconds=30)
        saved = await uow.backfills.save(replace(run, lease=lease))
        for item in reversed(items):
            await uow.backfills.save_item(item)
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert await uow.backfills.get("r1") == saved == replace(run, lease=lease, row_version=1)
        assert await uow.backfills.items("r1") == items
        assert await uow.backfills.item(VersionId("v2")) == items[1]
        assert await uow.backfills.item(VersionId("v3")) is None


async def test_what_is_done_is_known_by_the_last_attempt(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        for number, outcome in enumerate(Outcome):
            await uow.backfills.save_item(an_item(f"v{number}", outcome))
        await uow.backfills.save_item(an_item("v0", Outcome.CONFLICT, run_id="r2"))
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert sorted(await uow.backfills.done()) == ["v1", "v2"]
        assert [item.version_id for item in await uow.backfills.items("r2")] == ["v0"]
        assert len(await uow.backfills.items("r1")) == len(Outcome) - 1


async def test_only_the_run_under_way_is_running_and_its_lease_lapses_by_the_clock_of_the_store(
    unit_of_work: UnitOfWorkFactory,
) -> None:
    async with unit_of_work() as uow:
        assert await uow.backfills.running() is None
        await uow.backfills.add(a_backfill("r0").ended(at=NOON))
        run = a_backfill()
        await uow.backfills.add(replace(run, lease=await uow.backfills.lease("somebody", seconds=60)))
        await uow.commit()
    async with unit_of_work() as uow:
        found = await uow.backfills.running()
        assert found is not None
        held, lapsed = found
        assert (held.run_id, lapsed, held.lease and held.lease.owner) == ("r1", False, "somebody")
        gone = await uow.backfills.lease("somebody", seconds=-1)
        await uow.backfills.save(replace(held, lease=gone))
        found = await uow.backfills.running()
        assert found is not None
        assert found[1]
        ended = await uow.backfills.save(found[0].abandoned(at=NOON))
        assert await uow.backfills.running() is None
        await uow.commit()
    assert ended.status is BackfillStatus.ABANDONED


async def test_whoever_saves_a_run_second_is_refused(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.backfills.add(a_backfill())
        first = await uow.backfills.get("r1")
        await uow.backfills.save(first.counting(Outcome.TAKEN, 1))
        with pytest.raises(StaleVersionError):
            await uow.backfills.save(first.counting(Outcome.FAILED, 0))
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert (await uow.backfills.get("r1")).counts == {"taken": 1}


async def test_a_run_of_a_taken_id_is_refused_and_an_unknown_one_not_found(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.backfills.add(a_backfill())
        with pytest.raises(AlreadyExistsError):
            await uow.backfills.add(a_backfill())
        with pytest.raises(NotFoundError):
            await uow.backfills.get("r2")


async def test_runs_are_listed_newest_first_page_by_page(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        for number in range(5):
            await uow.backfills.add(a_backfill(f"r{number}", seconds=number // 2))
        await uow.commit()
    seen, cursor = [], None
    async with unit_of_work(read_only=True) as uow:
        while True:
            page = await uow.backfills.list(limit=2, cursor=cursor)
            seen += [run.run_id for run in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert seen == ["r4", "r3", "r2", "r1", "r0"]
