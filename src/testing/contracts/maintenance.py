"""The contract of maintenance: what a store says of itself as a whole, and what is taken out of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ...application.unit_of_work import UnitOfWork, UnitOfWorkFactory
from ...domain.access.actor import Verification
from ...domain.plans.baseline import BaselineEntry, BaselineReason
from ...domain.plans.ports import RowStamp
from ...domain.plans.version import PlanStatus, PlanVersion
from ...domain.shared.ids import VersionId
from ...domain.storage.pause import Pause
from ..builders import a_config, a_job, a_plan, aggregate_rows, det_rows, digested, in_batches, some_kpis
from ..clocks import NOON

PAUSE = Pause(reason="moving", since=NOON, until=NOON + timedelta(hours=1), actor="aya")


async def stored(uow: UnitOfWork, plan: PlanVersion, *, det: int = 10) -> PlanVersion:
    """A plan with an aggregate, so many rows of det, KPIs and a header."""
    await uow.plans.add(plan)
    count = 0
    for rows in (aggregate_rows(), det_rows(det)):
        count += await uow.payload.write_rows(plan.version_id, rows[0].level, in_batches(rows), RowStamp())
        series, buckets = digested(rows, plan.version_id)
        await uow.payload.save_series(series, buckets)
    await uow.payload.save_kpis(plan.version_id, some_kpis())
    await uow.payload.save_headers(plan.version_id, {"aggregate.json": {"note": "n"}})
    return await uow.plans.save(replace(plan, series_rows=count))


async def the_pause(unit_of_work: UnitOfWorkFactory) -> Pause | None:
    async with unit_of_work(read_only=True) as uow:
        return await uow.maintenance.pause()


async def test_a_pause_is_kept_replaced_and_ended(unit_of_work: UnitOfWorkFactory) -> None:
    assert await the_pause(unit_of_work) is None
    later = replace(PAUSE, reason="still moving", until=NOON + timedelta(hours=2))
    for pause in (PAUSE, later, None):
        async with unit_of_work() as uow:
            await uow.maintenance.save_pause(pause)
            await uow.commit()
        assert await the_pause(unit_of_work) == pause


async def test_a_pause_that_is_not_committed_leaves_no_trace(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.maintenance.save_pause(PAUSE)
        assert await uow.maintenance.pause() == PAUSE
    assert await the_pause(unit_of_work) is None


async def test_what_is_held_says_what_protects_it(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.configs.add(a_config())
        await stored(uow, a_plan("v1"))
        await stored(uow, a_plan("v2", pinned=True, at=NOON + timedelta(days=1)))
        await stored(uow, a_plan("V3", status=PlanStatus.SUPERSEDED))
        await stored(uow, a_plan("v4", status=PlanStatus.ARCHIVED))
        base = replace(a_plan("v5").provenance, base_version_id=VersionId("v1"))
        await stored(uow, a_plan("v5", provenance=base))
        entry = BaselineEntry(
            config_version_id=1,
            sequence=1,
            version_id=VersionId("V3"),
            reason=BaselineReason.SET,
            since=NOON,
            actor="ben",
            verification=Verification.ASSERTED,
            comment=None,
        )
        await uow.baselines.add(entry)
        await uow.jobs.add(a_job(parameters={"base_version_id": "V5", "input_set": None}))
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        held = {str(version.version_id): version for version in await uow.maintenance.held()}
        assert await uow.maintenance.held_version(VersionId("V1")) == held["v1"]
        assert await uow.maintenance.held_version(VersionId("v4")) is None
        assert await uow.maintenance.held_version(VersionId("v9")) is None
        assert [await uow.maintenance.is_base(VersionId(name)) for name in ("v1", "v2")] == [True, False]
    assert sorted(held) == ["V3", "v1", "v2", "v5"]
    told = {name: (one.status, one.pinned, one.baseline, one.awaited) for name, one in held.items()}
    assert told == {
        "v1": ("draft", False, False, False),
        "v2": ("draft", True, False, False),
        "V3": ("superseded", False, True, False),
        "v5": ("draft", False, False, True),
    }
    assert (held["v5"].base_version_id, held["v2"].created_at, held["v1"].series_rows) == (
        "v1",
        NOON + timedelta(days=1),
        14,
    )


async def test_rows_go_some_at_a_time_in_key_order_and_only_those_of_one_version(
    unit_of_work: UnitOfWorkFactory,
) -> None:
    async with unit_of_work() as uow:
        await stored(uow, a_plan("v1"), det=25)
        await stored(uow, a_plan("v2"))
        await uow.commit()
    v1 = VersionId("v1")
    removed = []
    for _ in range(4):
        async with unit_of_work() as uow:
            removed.append(await uow.maintenance.remove_rows(v1, limit=10))
            await uow.commit()
        async with unit_of_work(read_only=True) as uow:
            left = [row.key async for batch in uow.payload.rows(v1, "det") for row in batch]
            assert left == [row.key for row in det_rows(25)][25 - len(left) :]
    assert removed == [10, 10, 9, 0]
    async with unit_of_work(read_only=True) as uow:
        assert len([row async for batch in uow.payload.rows(VersionId("v2"), "det") for row in batch]) == 10
        assert [series.row_count for series in await uow.payload.series(v1)] == [4, 25]


async def test_what_was_put_away_and_not_emptied_is_known(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        for name in ("v1", "v2", "v3"):
            plan = await stored(uow, a_plan(name, at=NOON - timedelta(days=30 if name == "v2" else 0)))
            if name != "v3":
                await uow.plans.save(replace(plan, status=PlanStatus.ARCHIVED, series_rows=0 if name == "v1" else 14))
        await uow.commit()
    async with unit_of_work() as uow:
        assert await uow.maintenance.unfinished() == ["v2"]
        assert await uow.maintenance.with_old_kpis(NOON) == ["v2"]
        assert await uow.maintenance.with_old_kpis(NOON + timedelta(days=1)) == ["v1", "v2"]
        await uow.maintenance.remove_artifacts(VersionId("v2"))
        await uow.payload.save_kpis(VersionId("v2"), [])
        assert await uow.maintenance.with_old_kpis(NOON) == []
        assert await uow.payload.headers(VersionId("v2")) == {}
        assert await uow.payload.headers(VersionId("v1")) != {}
        await uow.commit()


async def test_figures_come_from_what_versions_and_levels_say(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work(read_only=True) as uow:
        assert await uow.maintenance.stored_rows() == 0
        assert list(await uow.maintenance.levels()) == []
        assert list(await uow.maintenance.written()) == []
    async with unit_of_work() as uow:
        await stored(uow, a_plan("v1", at=NOON - timedelta(days=40)), det=5)
        await stored(uow, a_plan("v2"))
        gone = await stored(uow, a_plan("v3", at=NOON - timedelta(days=50)))
        await uow.plans.save(replace(gone, status=PlanStatus.ARCHIVED, series_rows=0))
        assert await uow.maintenance.stored_rows(changing=True) == 9 + 14
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        levels = [(one.level, one.rows, one.versions) for one in await uow.maintenance.levels()]
        written = [(one.version_id, one.rows, one.held) for one in await uow.maintenance.written()]
        size = await uow.maintenance.size()
    assert levels == [("aggregate", 8, 2), ("det", 15, 2)]
    assert written == [("v3", 14, False), ("v1", 9, True), ("v2", 14, True)]
    assert size.total >= size.series >= 0
    assert size.total >= size.free >= 0


async def test_space_is_given_back_until_there_is_no_more(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await stored(uow, a_plan("v1"), det=20_000)
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        before = await uow.maintenance.size()
    async with unit_of_work() as uow:
        await uow.maintenance.remove_rows(VersionId("v1"))
        await uow.commit()
    more = True
    while more:
        async with unit_of_work() as uow:
            more = await uow.maintenance.reclaim()
            await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        after = await uow.maintenance.size()
    assert after.free == 0
    assert after.total <= before.total
