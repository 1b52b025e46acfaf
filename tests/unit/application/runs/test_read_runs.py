from __future__ import annotations

import pytest

from planvault.domain.errors import EngineError, NotFoundError
from planvault.domain.runs.job import JobStatus
from planvault.domain.runs.ports import RunFilter
from planvault.domain.runs.run import RunStatus
from planvault.testing.builders import AYA
from planvault.testing.engines import InlineEngineRunner
from tests.unit.application.desk import BrokenEngine, Desk, TinyEngine


async def with_one_of_each() -> Desk:
    desk = Desk(engines=InlineEngineRunner([TinyEngine(), BrokenEngine(EngineError("no"))]))
    await desk.live()
    await desk.planner.plans.create(input_set="weekly", actor=AYA, engine="tiny", version_id="v1")
    desk.clock.move(seconds=1)
    with pytest.raises(EngineError):
        await desk.planner.plans.create(input_set="weekly", actor=AYA, engine="broken")
    return desk


async def test_runs_are_listed_newest_first_and_by_how_they_ended() -> None:
    desk = await with_one_of_each()
    runs = (await desk.planner.runs.list()).items
    assert [str(run.status) for run in runs] == ["failed", "succeeded"]
    failed = (await desk.planner.runs.list(RunFilter(status=RunStatus.FAILED))).items
    assert failed == [runs[0]]
    first = await desk.planner.runs.list(limit=1)
    assert (await desk.planner.runs.list(limit=1, cursor=first.next_cursor)).items == [runs[1]]


async def test_jobs_are_listed_newest_first_and_by_how_they_ended() -> None:
    desk = await with_one_of_each()
    jobs = (await desk.planner.jobs.list()).items
    assert [(str(job.status), job.version_id) for job in jobs] == [("failed", None), ("succeeded", "v1")]
    assert (await desk.planner.jobs.list(status=JobStatus.SUCCEEDED)).items == [jobs[1]]


async def test_an_unknown_run_or_job_is_not_found() -> None:
    desk = Desk()
    with pytest.raises(NotFoundError, match="run run-9"):
        await desk.planner.runs.get("run-9")
    with pytest.raises(NotFoundError, match="job job-9"):
        await desk.planner.jobs.get("job-9")
