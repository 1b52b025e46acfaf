"""Many people at once, by the facade, on every store: each move happens once, in one order, and the chain shows it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.domain.errors import NotFoundError, PlanvaultError
from planvault.domain.shared.events import Event, first_broken
from planvault.testing.builders import aggregate_rows

AYA, BEN, CID = (Actor.asserted(name) for name in ("aya", "ben", "cid"))
APPROVERS = [Actor.asserted(f"approver-{number}") for number in range(20)]


@pytest.fixture
async def planner(database_url: str) -> AsyncIterator[Planner]:
    """A planner on an empty store of every kind; one approval is enough."""
    async with open_planner(Settings(database_url=database_url)) as opened:
        yield opened


async def brought(planner: Planner, directory: Path, *, demand: int, label: str = "weekly") -> int:
    """A candidate by Aya that differs by its demand; its number."""
    folder = directory / "inputs"
    folder.mkdir(exist_ok=True)
    (folder / "demand_family.csv").write_text(f"family,period,demand\nF1,2026-01,{demand}\n", encoding="utf-8")
    return (await planner.inputs.import_files(label=label, directory=folder, actor=AYA)).number


async def submitted(planner: Planner, directory: Path, *, demand: int = 1) -> int:
    number = await brought(planner, directory, demand=demand)
    await planner.inputs.submit("weekly", actor=AYA)
    return number


async def live(planner: Planner, directory: Path, *, demand: int = 1) -> int:
    number = await submitted(planner, directory, demand=demand)
    await planner.inputs.approve_reference(f"weekly@{number}", actor=BEN)
    return number


async def at_once(*moves: Awaitable[object]) -> Counter[str]:
    """How often it was done, and how often refused with which code."""

    async def outcome(move: Awaitable[object]) -> str:
        try:
            await move
        except PlanvaultError as error:
            return error.code
        return "done"

    return Counter(await asyncio.gather(*(outcome(move) for move in moves)))


async def told(planner: Planner, stream: str = "input_set/weekly/1") -> list[Event]:
    """The events of a stream, whose chain holds."""
    async with planner.inputs.read.unit_of_work(read_only=True) as uow:
        events = await uow.events.page(stream, after=0, limit=500)
    assert first_broken(events) is None
    return events


async def actions(planner: Planner) -> list[str]:
    return [event.action for event in await told(planner)]


@pytest.mark.parametrize("required", [1, 3])
async def test_twenty_approvers_at_once_give_exactly_the_approvals_required(
    database_url: str, tmp_path: Path, required: int
) -> None:
    async with open_planner(Settings(database_url=database_url, approvals_required=required)) as planner:
        await submitted(planner, tmp_path)

        outcomes = await at_once(
            *(planner.inputs.approve_reference("weekly@1", actor=approver) for approver in APPROVERS)
        )

        assert outcomes == {"done": required, "invalid-state-transition": 20 - required}
        known = await planner.inputs.get("weekly")
        assert (known.live, len(known.revision(1).approvals)) == (1, required)
        assert await actions(planner) == ["import", "submit", *["approve"] * required]
        assert [step.pointer.live for step in await planner.inputs.history("weekly")] == [1]
        assert await brought(planner, tmp_path, demand=2) == 2


async def test_twenty_submissions_at_once_are_one(planner: Planner, tmp_path: Path) -> None:
    await brought(planner, tmp_path, demand=1)
    outcomes = await at_once(*(planner.inputs.submit("weekly", actor=AYA) for _ in range(20)))
    assert outcomes == {"done": 1, "invalid-state-transition": 19}
    assert await actions(planner) == ["import", "submit"]


async def test_twenty_reverts_of_one_revision_take_back_one(planner: Planner, tmp_path: Path) -> None:
    await live(planner, tmp_path, demand=1)
    await live(planner, tmp_path, demand=2)
    outcomes = await at_once(*(planner.inputs.revert("weekly@2", actor=BEN) for _ in range(20)))
    assert outcomes == {"done": 1, "invalid-state-transition": 19}
    assert (await planner.inputs.get("weekly")).live == 1
    assert (await actions(planner)).count("revert") == 1


async def test_an_approval_and_a_rejection_have_one_order(planner: Planner, tmp_path: Path) -> None:
    for demand in range(1, 6):
        number = await submitted(planner, tmp_path, demand=demand)
        reference = f"weekly@{number}"
        outcomes = await at_once(
            planner.inputs.approve_reference(reference, actor=BEN),
            planner.inputs.reject(reference, actor=CID, comment="no"),
        )
        assert outcomes == {"done": 1, "invalid-state-transition": 1}
        known = await planner.inputs.get("weekly")
        last = (await told(planner))[-1].action
        expected = {"approve": ("ready", True), "reject": ("rejected", False)}[last]
        assert (str(known.revision(number).status), known.live == number) == expected
        assert known.candidate is None


async def test_an_approval_and_a_revert_have_one_order(planner: Planner, tmp_path: Path) -> None:
    await live(planner, tmp_path, demand=1)
    await submitted(planner, tmp_path, demand=2)
    # A revert is refused while there is a candidate; once that is live it is what is taken back.
    outcomes = await at_once(
        planner.inputs.approve_reference("weekly@2", actor=BEN), planner.inputs.revert("weekly", actor=CID)
    )
    known = await planner.inputs.get("weekly")
    if outcomes["done"] == 2:
        assert ((await actions(planner))[-2:], known.live) == (["approve", "revert"], 1)
    else:
        assert outcomes == {"done": 1, "invalid-state-transition": 1}
        assert ((await actions(planner))[-1], known.live) == ("approve", 2)
    pointed = [step.pointer.live for step in await planner.inputs.history("weekly")]
    assert pointed == [1, 2, 1][-len(pointed) :]
    assert pointed[0] == known.live


async def test_twenty_deletions_at_once_leave_one_tombstone(planner: Planner, tmp_path: Path) -> None:
    await live(planner, tmp_path)
    outcomes = await at_once(*(planner.inputs.delete("weekly", actor=AYA) for _ in range(20)))
    assert outcomes == {"done": 1, "not-found": 19}
    assert await actions(planner) == ["import", "submit", "approve", "delete"]
    assert await brought(planner, tmp_path, demand=1) == 2


async def test_a_deletion_and_a_plan_have_one_order(planner: Planner, tmp_path: Path) -> None:
    for turn in range(1, 6):
        await live(planner, tmp_path, demand=turn)
        request = RegisterRequest(version_id=f"v{turn}", actor=AYA, input_set="weekly")
        outcomes = await at_once(
            planner.plans.register(request, aggregate_rows()), planner.inputs.delete("weekly", actor=AYA)
        )
        if outcomes["conflict"] == 1:
            plans = (await planner.plans.list()).items
            if plans:  # the plan was first, and the deletion was refused
                content_hash = str(plans[0].provenance.input_content_hash)
                assert (await planner.inputs.content("weekly")).content_hash == content_hash
                return
        assert outcomes["done"] == 1, outcomes
        with pytest.raises(NotFoundError):
            await planner.inputs.get("weekly")
        assert (await planner.plans.list()).items == []
