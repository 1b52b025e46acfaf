from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from planvault.domain.errors import IllegalTransitionError, InvalidRequestError
from planvault.domain.runs.job import Job, JobStatus
from planvault.domain.runs.run import Run, RunStatus
from planvault.domain.shared.ids import RunId, VersionId
from planvault.testing.builders import A_LEASE, a_job, a_run
from planvault.testing.clocks import NOON

LATER = NOON + timedelta(seconds=1.2345)
JOB_MOVES: dict[str, Callable[[Job], Job]] = {
    "running": lambda job: job.claimed(A_LEASE, at=NOON, run_id=RunId("run-1")),
    "succeeded": lambda job: job.succeeded(VersionId("v1"), at=LATER),
    "failed": lambda job: job.failed("no capacity", at=LATER),
}
RUN_MOVES: dict[str, Callable[[Run], Run]] = {
    "succeeded": lambda run: run.succeeded(VersionId("v1"), at=LATER),
    "failed": lambda run: run.failed("no capacity", at=LATER),
}
JOB_ALLOWED = {("queued", "running"), ("running", "succeeded"), ("running", "failed")}


@pytest.mark.parametrize("status", JobStatus)
@pytest.mark.parametrize("wanted", JOB_MOVES)
def test_a_job_moves_only_forward(status: JobStatus, wanted: str) -> None:
    job = a_job(status=status)
    if (status, wanted) in JOB_ALLOWED:
        assert JOB_MOVES[wanted](job).status == wanted
    else:
        with pytest.raises(IllegalTransitionError, match=f"job-1 is {status} and cannot become {wanted}"):
            JOB_MOVES[wanted](job)


@pytest.mark.parametrize("status", RunStatus)
@pytest.mark.parametrize("wanted", RUN_MOVES)
def test_a_run_ends_once(status: RunStatus, wanted: str) -> None:
    run = a_run(status=status)
    if status is RunStatus.RUNNING:
        assert RUN_MOVES[wanted](run).status == wanted
    else:
        with pytest.raises(IllegalTransitionError, match=f"run-1 is {status} and cannot become {wanted}"):
            RUN_MOVES[wanted](run)


def test_a_job_that_succeeded_names_its_run_and_its_version() -> None:
    job = JOB_MOVES["succeeded"](JOB_MOVES["running"](a_job()))
    assert (job.run_id, job.version_id, job.error) == ("run-1", "v1", None)
    assert (job.started_at, job.finished_at, job.duration_ms) == (NOON, LATER, 1234)


def test_a_job_or_run_that_failed_says_why_and_names_no_version() -> None:
    job = JOB_MOVES["failed"](JOB_MOVES["running"](a_job()))
    run = RUN_MOVES["failed"](a_run())
    assert (job.version_id, job.error) == (None, "no capacity")
    assert (run.plan_version_id, run.error, run.duration_ms) == (None, "no capacity", 1234)


def test_there_is_no_duration_before_the_end() -> None:
    assert a_job().duration_ms is None
    assert a_job().claimed(A_LEASE, at=NOON, run_id=RunId("run-1")).duration_ms is None
    assert a_run().duration_ms is None


KEEPERS: dict[str, Callable[[Any], Any]] = {
    "engine parameters": lambda given: a_run(engine_parameters=given).engine_parameters,
    "parameters of the job": lambda given: a_job(parameters=given).parameters,
}


@pytest.mark.parametrize("what", KEEPERS)
def test_parameters_are_kept_as_json_values_of_their_own(what: str) -> None:
    given: dict[str, Any] = {"weeks": (1, 2.0), "families": ["F1"]}
    kept = KEEPERS[what](given)
    given["families"].append("F2")
    assert kept == {"weeks": [1, 2], "families": ["F1"]}


@pytest.mark.parametrize("what", KEEPERS)
@pytest.mark.parametrize("bad", [{"a": math.nan}, {"a": NOON}, {1: 2}], ids=ascii)
def test_parameters_that_json_cannot_say_are_refused(what: str, bad: dict[Any, Any]) -> None:
    with pytest.raises(InvalidRequestError, match=f"The {what} cannot be kept"):
        KEEPERS[what](bad)
