"""The contract of what plans go through: editors, approvals, stages, deletion, lists, baselines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ...application.unit_of_work import UnitOfWorkFactory
from ...domain.access.actor import Verification
from ...domain.access.policy import ApprovalPolicy
from ...domain.errors import StaleVersionError
from ...domain.plans.approval import PlanApproval, signed
from ...domain.plans.baseline import Baseline, BaselineEntry, BaselineReason
from ...domain.plans.ports import PlanFilter, PlanOrder, RowStamp
from ...domain.plans.stage import PlanStage
from ...domain.plans.version import PlanStatus, PlanVersion
from ...domain.shared.ids import JobId, RunId, VersionId
from ...domain.shared.paging import cursor_of
from ..builders import (
    A_LEASE,
    BEN,
    DIGEST,
    a_config,
    a_job,
    a_plan,
    an_actor,
    det_rows,
    digested,
    in_batches,
    moments,
    some_kpis,
)
from ..clocks import NOON

V1, V2 = VersionId("v1"), VersionId("v2")


def yes(name: str = "Ben", version_id: str = "v1") -> PlanApproval:
    """Somebody's approval."""
    return signed(
        version_id,
        DIGEST,
        label="weekly",
        config_version_id=1,
        actor=an_actor(name),
        policy=ApprovalPolicy(approvals_required=3),
        at=NOON,
        comment="looked at",
    )


def entry(sequence: int, version_id: str = "v1") -> BaselineEntry:
    """A change of the baseline of config version 1."""
    return BaselineEntry(
        config_version_id=1,
        sequence=sequence,
        version_id=VersionId(version_id),
        reason=BaselineReason.SET if sequence == 1 else BaselineReason.ROLLBACK,
        since=NOON + timedelta(minutes=sequence),
        actor="ben",
        verification=Verification.TOKEN,
        comment=None if sequence == 1 else "back",
    )


async def test_people_and_stage_of_a_plan_come_back_equal(unit_of_work: UnitOfWorkFactory) -> None:
    plan = a_plan(
        status=PlanStatus.SUBMITTED,
        editors=("Cid", "dan"),
        approvals=(yes("Ben"), yes("eve")),
        stage=PlanStage.SCHEDULED,
        stale_levels=("mrp", "mrp_final"),
    )
    async with unit_of_work() as uow:
        await uow.plans.add(plan)
        await uow.plans.add(a_plan("v2"))
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.plans.get(V1) == plan
        assert (await uow.plans.list(PlanFilter(), limit=5, cursor=None)).items == [a_plan("v2"), plan]


async def test_editors_are_added_and_approvals_are_added_and_voided(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        plan = await uow.plans.save(a_plan(editors=("cid",), approvals=(yes("ben"),)))
        plan = await uow.plans.save(replace(plan, editors=("cid", "dan"), approvals=(*plan.approvals, yes("eve"))))
        await uow.commit()
    async with unit_of_work() as uow:
        assert await uow.plans.get(V1) == plan
        plan = await uow.plans.save(replace(plan, approvals=(yes("eve"),)))
        assert await uow.plans.get(V1) == plan
        plan = await uow.plans.save(replace(plan, approvals=()))
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert await uow.plans.get(V1) == plan


async def test_what_was_not_committed_of_an_approval_is_not_there(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        await uow.commit()
    async with unit_of_work() as uow:
        await uow.plans.save(a_plan(approvals=(yes(),)))
    async with unit_of_work(read_only=True) as uow:
        assert await uow.plans.get(V1) == a_plan()


async def test_a_deleted_plan_is_gone_with_its_payload_and_no_other_is(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        for version_id in (V1, V2):
            await uow.plans.add(a_plan(version_id, approvals=(yes(version_id=version_id),), editors=("cid",)))
            rows = det_rows(4)
            await uow.payload.write_rows(version_id, "det", in_batches(rows), RowStamp())
            await uow.payload.save_series(*digested(rows, version_id))
            await uow.payload.save_kpis(version_id, some_kpis())
            await uow.payload.save_headers(version_id, {"aggregate.json": {"note": "n"}})
        await uow.commit()
    async with unit_of_work() as uow:
        await uow.plans.delete(await uow.plans.get(V1))
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.plans.find(V1) is None
        assert await uow.payload.series(V1) == []
        assert await uow.payload.page(V1, "det", after=None, limit=9) == []
        assert await uow.payload.buckets(V1, "det") == []
        assert (await uow.payload.kpis(V1), await uow.payload.headers(V1)) == ([], {})
        assert await uow.plans.find(V2) is not None
        assert len(await uow.payload.page(V2, "det", after=None, limit=9)) == 4
        assert list(await uow.payload.headers(V2)) == ["aggregate.json"]


async def test_a_plan_that_changed_meanwhile_is_not_deleted(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        await uow.plans.save(a_plan(note="changed"))
        with pytest.raises(StaleVersionError, match="v1"):
            await uow.plans.delete(a_plan())
        with pytest.raises(StaleVersionError, match="v9"):
            await uow.plans.delete(a_plan("v9"))
        assert await uow.plans.find(V1) is not None


async def _listed(unit_of_work: UnitOfWorkFactory, wanted: PlanFilter, *, limit: int = 2) -> list[str]:
    found: list[str] = []
    cursor = None
    async with unit_of_work(read_only=True) as uow:
        while True:
            page = await uow.plans.list(wanted, limit=limit, cursor=cursor)
            found += [plan.version_id for plan in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return found


ORDERS = {
    PlanOrder.CREATED_DESC: ["v2", "V3", "v10", "v1", "b"],
    PlanOrder.CREATED_ASC: ["b", "v1", "v10", "V3", "v2"],
    PlanOrder.VERSION_DESC: ["v2", "v10", "v1", "b", "V3"],
    PlanOrder.VERSION_ASC: ["V3", "b", "v1", "v10", "v2"],
    PlanOrder.STATUS: ["V3", "v10", "b", "v1", "v2"],
}


@pytest.mark.parametrize("order", PlanOrder)
async def test_plans_are_listed_in_every_order_page_by_page(unit_of_work: UnitOfWorkFactory, order: PlanOrder) -> None:
    made = {"b": "draft", "v1": "draft", "v10": "archived", "V3": "approved", "v2": "submitted"}
    async with unit_of_work() as uow:
        for (version_id, status), at in zip(made.items(), moments(5), strict=True):
            await uow.plans.add(a_plan(version_id, status=PlanStatus(status), at=at))
        await uow.commit()
    for limit in (1, 2, 9):
        assert await _listed(unit_of_work, PlanFilter(order=order), limit=limit) == ORDERS[order]


async def test_a_cursor_of_one_order_is_none_of_another(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work(read_only=True) as uow:
        for order in PlanOrder:
            cursor = cursor_of("plans/elsewhere", ["a"] * (1 if "version" in order else 2))
            with pytest.raises(Exception, match="cursor"):
                await uow.plans.list(PlanFilter(order=order), limit=1, cursor=cursor)


async def test_plans_are_listed_by_stage_and_moment(unit_of_work: UnitOfWorkFactory) -> None:
    first, second, third = moments(3)
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan("v1", at=first, stage=PlanStage.SCHEDULED))
        await uow.plans.add(a_plan("v2", at=second))
        await uow.plans.add(a_plan("v3", at=third))
        await uow.commit()
    assert await _listed(unit_of_work, PlanFilter(stage=PlanStage.SCHEDULED)) == ["v1"]
    assert await _listed(unit_of_work, PlanFilter(created_from=second)) == ["v3", "v2"]
    assert await _listed(unit_of_work, PlanFilter(created_before=third)) == ["v2", "v1"]
    assert await _listed(unit_of_work, PlanFilter(created_from=second, created_before=third)) == ["v2"]


async def test_plans_are_listed_by_whom_they_wait_for(unit_of_work: UnitOfWorkFactory) -> None:
    def submitted(version_id: str, **changes: Any) -> PlanVersion:
        return a_plan(version_id, status=PlanStatus.SUBMITTED, **changes)

    async with unit_of_work() as uow:
        await uow.plans.add(submitted("by-aya", created_by="Aya"))
        await uow.plans.add(submitted("edited", created_by="cid", editors=("AYA",)))
        await uow.plans.add(submitted("approved-by-aya", created_by="cid", approvals=(yes("aya", "approved-by-aya"),)))
        await uow.plans.add(submitted("waiting", created_by="cid", approvals=(yes("ben", "waiting"),)))
        await uow.plans.add(a_plan("draft", created_by="cid"))
        await uow.commit()

    strict = PlanFilter(awaiting="aYa", order=PlanOrder.VERSION_ASC)
    lax = replace(strict, policy=ApprovalPolicy(allow_self_approval=True))
    assert await _listed(unit_of_work, strict) == ["waiting"]
    assert await _listed(unit_of_work, lax) == ["by-aya", "edited", "waiting"]


async def test_totals_of_several_plans_come_at_once(unit_of_work: UnitOfWorkFactory) -> None:
    v3 = VersionId("v3")
    async with unit_of_work() as uow:
        for number, version_id in enumerate((V1, V2, v3), start=1):
            await uow.plans.add(a_plan(version_id))
            if version_id != v3:
                await uow.payload.save_series(*digested(det_rows(number * 2), version_id))
                await uow.payload.save_kpis(version_id, some_kpis())
        for number, at in enumerate(moments(3)):
            job = a_job(f"job-{number}", at=at)
            await uow.jobs.add(job)
            await uow.jobs.save(
                job.claimed(A_LEASE, at=at, run_id=RunId("run-1")).succeeded(V1 if number < 2 else V2, at=at)
            )
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        series = await uow.payload.series_of([V1, V2, v3])
        assert series == {version_id: await uow.payload.series(version_id) for version_id in (V1, V2)}
        assert [level.row_count for level in (*series[V1], *series[V2])] == [2, 4]
        kpis = await uow.payload.total_kpis_of([V1, v3])
        assert kpis == {V1: [kpi for kpi in some_kpis() if kpi.bucket_type == "total"]}
        jobs = await uow.jobs.last_of([V1, V2, v3])
        assert {version_id: job.job_id for version_id, job in jobs.items()} == {V1: JobId("job-1"), V2: JobId("job-2")}
        assert not await uow.payload.series_of([])
        assert not await uow.payload.total_kpis_of([])
        assert not await uow.jobs.last_of([])


async def test_a_baseline_keeps_its_history(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.configs.add(a_config())
        assert await uow.baselines.of(1, changing=True) == Baseline(config_version_id=1)
        await uow.baselines.add(entry(1))
        await uow.baselines.add(entry(2, "v2"))
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.baselines.of(1) == Baseline(config_version_id=1, entries=(entry(1), entry(2, "v2")))
        assert await uow.baselines.of(2) == Baseline(config_version_id=2)


async def test_of_two_who_change_a_baseline_the_later_one_is_told(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.configs.add(a_config())
        await uow.baselines.add(entry(1))
        with pytest.raises(StaleVersionError, match="baseline of config version 1"):
            await uow.baselines.add(entry(1, "v2"))
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert (await uow.baselines.of(1)).current == V1


async def test_an_approver_counts_once_in_the_store_too(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan(approvals=(yes(BEN.name),)))
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        (kept,) = (await uow.plans.get(V1)).approvals
        assert (kept.actor_key, kept.verification) == ("ben", Verification.JWT)
