"""Inputs that are deleted while a plan is being made from them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from planvault.application.engine import Progress, RunningEngine
from planvault.application.plans.register_request import RegisterRequest
from planvault.domain.errors import ConflictError, NotFoundError
from planvault.domain.inputs.content import InputContent
from planvault.domain.runs.run import RunStatus
from planvault.testing.builders import AYA, det_rows
from planvault.testing.engines import InlineEngineRunner
from tests.unit.application.desk import Desk, TinyEngine


class WaitingRunner(InlineEngineRunner):
    """Its engine begins when it is let go."""

    def __init__(self) -> None:
        super().__init__([TinyEngine()])
        self.at_work, self.let_go = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def run(
        self, name: str, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress
    ) -> AsyncIterator[RunningEngine]:
        self.at_work.set()
        await self.let_go.wait()
        async with super().run(name, inputs, parameters, progress) as engine:
            yield engine


@pytest.mark.parametrize("again", [False, True], ids=["gone", "imported again"])
async def test_a_plan_whose_inputs_were_deleted_meanwhile_is_not_stored(*, again: bool) -> None:
    runner = WaitingRunner()
    desk = Desk(engines=runner)
    await desk.live()
    making = asyncio.create_task(desk.planner.plans.create(input_set="weekly", version_id="v1", actor=AYA))
    await runner.at_work.wait()
    await desk.planner.inputs.delete("weekly", actor=AYA)
    if again:
        await desk.live()
    runner.let_go.set()
    with pytest.raises(ConflictError, match="weekly@1 was deleted while the plan was made"):
        await making
    with pytest.raises(NotFoundError):
        await desk.planner.plans.get("v1")
    (run,) = (await desk.planner.runs.list()).items
    assert run.status is RunStatus.FAILED
    if again:
        assert (await desk.planner.plans.create(input_set="weekly", actor=AYA)).provenance.input_revision == 2


async def test_a_plan_that_is_registered_meanwhile_is_not_stored_either() -> None:
    desk = Desk()
    await desk.live()

    async def rows() -> AsyncIterator[Any]:
        for row in det_rows():
            yield row

    store = desk.store
    open_writer = store._writer

    @asynccontextmanager
    async def deleting_first() -> AsyncIterator[Any]:
        store._writer = open_writer  # type: ignore[method-assign]
        await desk.planner.inputs.delete("weekly", actor=AYA)
        async with open_writer() as uow:
            yield uow

    store._writer = deleting_first  # type: ignore[method-assign]
    request = RegisterRequest(version_id="v1", actor=AYA, input_set="weekly")
    with pytest.raises(ConflictError, match="weekly@1 was deleted while the plan was made"):
        await desk.planner.plans.register(request, rows())
    assert desk.store.state.plans == {}
