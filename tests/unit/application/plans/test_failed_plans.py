from __future__ import annotations

import asyncio
from typing import Any

import pytest

from planvault.domain.errors import (
    EngineError,
    InvalidRequestError,
)
from planvault.testing.builders import AYA, det_rows
from planvault.testing.clocks import NOON
from planvault.testing.engines import InlineEngineRunner
from tests.unit.application.desk import BrokenEngine, Desk, EndlessRunner, TinyEngine


async def create(desk: Desk, **request: Any) -> Any:
    fields: dict[str, Any] = {"input_set": "weekly", "actor": AYA, "engine": "tiny"}
    return await desk.planner.plans.create(**fields | request)


async def failed(desk: Desk, error: str, *, job_is: str = "failed") -> None:
    """One run and its job failed for that reason, and there is no plan."""
    (run,) = (await desk.planner.runs.list()).items
    (job,) = (await desk.planner.jobs.list()).items
    assert (str(run.status), run.error, run.plan_version_id, run.finished_at) == ("failed", error, None, NOON)
    assert (str(job.status), job.error, job.version_id, job.run_id) == (job_is, error, None, run.run_id)
    state = desk.store.state
    assert [state.plans, state.rows, state.series, state.kpis, state.headers] == [{}] * 5
    assert not [action for action in desk.actions if action.startswith("plan/")]
    assert desk.telemetry.told[-1] == ("job finished", "planning", False)


@pytest.mark.parametrize("after_rows", [None, 0, 7])
async def test_an_engine_that_fails_leaves_a_failed_run_and_no_plan(after_rows: int | None) -> None:
    engine = BrokenEngine(EngineError("No capacity at all."), after_rows=after_rows)
    desk = Desk(engines=InlineEngineRunner([engine], batch=3))
    await desk.live()
    with pytest.raises(EngineError, match="No capacity"):
        await create(desk, engine="broken", version_id="v1")
    await failed(desk, "No capacity at all.")
    told = [("plan not stored", "engine-failed")] if after_rows is not None else []
    assert desk.telemetry.told[1:-1] == told


async def test_an_engine_that_breaks_in_a_way_nobody_foresaw_leaves_a_failed_run_too() -> None:
    desk = Desk(engines=InlineEngineRunner([BrokenEngine(ZeroDivisionError(), after_rows=2)]))
    await desk.live()
    with pytest.raises(ZeroDivisionError):
        await create(desk, engine="broken")
    await failed(desk, "ZeroDivisionError")


async def test_rows_that_break_the_rules_of_a_series_are_no_plan() -> None:
    rows = det_rows(4)
    desk = Desk(engines=InlineEngineRunner([TinyEngine({"det": [*rows, rows[3]]})], batch=2))
    await desk.live()
    with pytest.raises(InvalidRequestError, match="stands twice"):
        await create(desk)
    await failed(desk, f"The series row {' '.join(rows[3].key)} stands twice.")


async def test_an_id_taken_while_the_engine_ran_fails_the_run() -> None:
    desk = Desk()
    await desk.live()
    first, second = create(desk, version_id="v1"), create(desk, version_id="V1")
    results = await asyncio.gather(first, second, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["AlreadyExistsError", "PlanVersion"]
    assert len(desk.store.state.plans) == 1


async def test_a_cancelled_plan_leaves_a_run_that_says_canceled() -> None:
    runner = EndlessRunner()
    desk = Desk(engines=runner)
    await desk.live()
    task = asyncio.create_task(create(desk))
    await runner.waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert runner.left
    await failed(desk, "canceled", job_is="canceled")


async def test_after_a_failure_the_same_id_can_be_used() -> None:
    engines = InlineEngineRunner([BrokenEngine(EngineError("no"), after_rows=3), TinyEngine()])
    desk = Desk(engines=engines)
    await desk.live()
    with pytest.raises(EngineError):
        await create(desk, engine="broken", version_id="v1")
    assert (await create(desk, version_id="v1")).version_id == "v1"
