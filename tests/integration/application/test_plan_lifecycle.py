"""Many people at once at the life of plans, through the facade, on every store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from planvault import Actor, Planner, PlanVersion, RegisterRequest, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory
from planvault.domain.errors import ConflictError, IllegalTransitionError, NotFoundError, StaleVersionError
from planvault.testing.builders import aggregate_rows

AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")
NEEDED = 3


@pytest.fixture
async def planner(database_url: str) -> AsyncIterator[Planner]:
    """A planner on a store of every kind whose plans need three approvals, with live inputs."""
    async with open_planner(Settings(database_url=database_url, approvals_required=NEEDED)) as opened:
        yield opened


async def submitted(planner: Planner, version_id: str) -> PlanVersion:
    request = RegisterRequest(version_id=version_id, actor=AYA, input_set="weekly@1", trial=False)
    await planner.plans.register(request, aggregate_rows())
    return await planner.plans.submit(version_id, actor=AYA)


async def with_inputs(planner: Planner) -> None:
    revision = await planner.inputs.import_files(label="weekly", directory=sample_directory(), actor=AYA)
    await planner.inputs.submit("weekly", actor=AYA)
    for name in ("ben", "cid", "dan"):
        await planner.inputs.approve(
            "weekly", revision=1, content_hash=revision.content_hash, actor=Actor.asserted(name)
        )


async def approved(planner: Planner, version_id: str) -> PlanVersion:
    plan = await submitted(planner, version_id)
    for name in ("ben", "cid", "dan"):
        plan = await planner.plans.approve(version_id, digest=plan.plan_digest, actor=Actor.asserted(name))
    return plan


async def test_of_twenty_approvers_at_once_exactly_as_many_count_as_are_needed(planner: Planner) -> None:
    await with_inputs(planner)
    plan = await submitted(planner, "v1")

    done = await asyncio.gather(
        *(
            planner.plans.approve("v1", digest=plan.plan_digest[:12], actor=Actor.asserted(f"approver {number}"))
            for number in range(20)
        ),
        return_exceptions=True,
    )

    said_yes = [answer for answer in done if isinstance(answer, PlanVersion)]
    refused = [answer for answer in done if isinstance(answer, BaseException)]
    assert (len(said_yes), len(refused)) == (NEEDED, 20 - NEEDED)
    assert {type(error) for error in refused} == {IllegalTransitionError}
    kept = await planner.plans.get("v1")
    assert (kept.status, len(kept.approvals)) == ("approved", NEEDED)
    assert len({approval.actor_key for approval in kept.approvals}) == NEEDED
    assert kept.row_version == plan.row_version + NEEDED


async def test_of_several_who_saw_the_same_baseline_one_changes_it(planner: Planner) -> None:
    await with_inputs(planner)
    names = [f"v{number}" for number in range(4)]
    for name in names:
        await approved(planner, name)

    done = await asyncio.gather(
        *(planner.plans.set_baseline(1, name, actor=BEN, sequence=0) for name in names), return_exceptions=True
    )

    assert sorted(type(answer).__name__ for answer in done) == ["Baseline", *["StaleVersionError"] * 3]
    known = await planner.plans.baseline(1)
    assert (known.sequence, known.current in names) == (1, True)
    statuses = [(await planner.plans.get(name)).status for name in names]
    assert statuses == ["approved"] * 4
    with pytest.raises(StaleVersionError):
        await planner.plans.roll_back_baseline(1, actor=BEN, sequence=0)


async def test_baselines_set_at_once_by_people_who_saw_nothing_follow_one_another(planner: Planner) -> None:
    await with_inputs(planner)
    names = [f"v{number}" for number in range(4)]
    for name in names:
        await approved(planner, name)
    await asyncio.gather(*(planner.plans.set_baseline(1, name, actor=BEN) for name in names))

    known = await planner.plans.baseline(1)
    assert sorted(entry.version_id for entry in known.entries) == names
    for name in names:
        expected = "approved" if name == known.current else "superseded"
        assert (await planner.plans.get(name)).status == expected
    back = await planner.plans.roll_back_baseline(1, actor=BEN)
    assert (back.current, (await planner.plans.get(back.current or "")).status) == (known.previous, "approved")


async def test_a_plan_is_either_the_baseline_or_revoked(planner: Planner) -> None:
    await with_inputs(planner)
    await approved(planner, "v1")
    done = await asyncio.gather(
        planner.plans.set_baseline(1, "v1", actor=BEN),
        planner.plans.revoke("v1", actor=BEN, comment="x"),
        return_exceptions=True,
    )
    assert [isinstance(answer, ConflictError) for answer in done].count(True) == 1
    is_baseline = (await planner.plans.baseline(1)).current == "v1"
    assert (await planner.plans.get("v1")).status == ("approved" if is_baseline else "draft")


async def test_a_plan_is_deleted_once(planner: Planner) -> None:
    await with_inputs(planner)
    await submitted(planner, "v1")
    done = await asyncio.gather(*(planner.plans.delete("v1", actor=AYA) for _ in range(4)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in done) == ["NotFoundError"] * 3 + ["PlanVersion"]
    with pytest.raises(NotFoundError):
        await planner.plans.summary("v1")
