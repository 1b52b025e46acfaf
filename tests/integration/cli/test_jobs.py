"""Jobs by the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from .conftest import CommandLine

SCRIPT = Path(sys.executable).with_name("planvault")


def queued(planvault: CommandLine, *words: str) -> str:
    made = planvault.json("plans", "create", "--input-set", "weekly", "--background", *words, "--actor", "aya")
    assert made["status"] == "queued"
    return str(made["job_id"])


def test_a_plan_in_the_background_from_asking_to_its_result(planvault: CommandLine) -> None:
    asked = planvault(
        "plans", "create", "--input-set", "weekly", "--background", "--version-id", "p2", "--actor", "aya"
    )
    job = asked.stdout.split()[0]
    assert asked.stdout == f"{job} is queued.\n"
    assert f"jobs show {job}" in asked.stderr
    assert "0 of 3" in planvault.ok("jobs", "show", job)
    assert planvault.refused("jobs", "result", job).code == 5

    assert planvault.ok("jobs", "worker", "--once") == "1 job done.\n"

    shown = planvault.ok("jobs", "show", job)
    assert shown.startswith(f"{job} succeeded and made p2\n")
    assert "1 of 3" in shown
    assert "p2" in planvault.ok("jobs", "result", job)
    assert planvault.json("jobs", "result", job) == planvault.json("plans", "summary", "p2")
    run = planvault.json("jobs", "show", job)["run_id"]
    assert planvault.json("runs", "show", run)["plan"]["version_id"] == "p2"
    assert f"{job}, succeeded" in planvault.ok("runs", "show", run)
    assert planvault.json("jobs", "worker", "--once") == {"done": 0}


def test_a_call_that_is_repeated_with_its_key_makes_no_second_plan(planvault: CommandLine) -> None:
    assert queued(planvault, "--key", "nightly") == queued(planvault, "--key", "nightly")
    other = planvault.refused(
        "plans", "create", "--input-set", "weekly", "--key", "nightly", "--trial", "--actor", "aya"
    )
    assert other.code == 5
    assert "asked for something else" in other.message
    assert planvault.json("jobs", "worker", "--once", "--parallel", "2") == {"done": 1}


def test_a_job_is_canceled_and_asked_for_again(planvault: CommandLine) -> None:
    job = queued(planvault)
    assert planvault.ok("jobs", "cancel", job, "--actor", "ben") == f"{job} is canceled; nothing of it was kept.\n"
    refused = planvault.refused("jobs", "cancel", job, "--actor", "ben")
    assert (refused.code, f"The job {job} is canceled" in refused.message) == (5, True)
    assert planvault.json("jobs", "worker", "--once") == {"done": 0}
    again = planvault.json("jobs", "retry", job, "--actor", "ben")
    assert (again["status"], again["parameters"]["retry_of"]) == ("queued", job)
    assert planvault.json("jobs", "worker", "--once") == {"done": 1}
    assert planvault.json("jobs", "show", again["job_id"])["status"] == "succeeded"
    assert planvault.refused("jobs", "retry", "job-9", "--actor", "ben").code == 4


def test_inputs_of_another_config_version_are_refused(planvault: CommandLine) -> None:
    words = ("plans", "create", "--input-set", "weekly", "--config", "7", "--actor", "aya")
    for more in ((), ("--background",)):
        refused = planvault.refused(*words, *more)
        assert (refused.code, "belongs to config version 1, not to 7" in refused.message) == (3, True)


def test_where_jobs_are_paused_the_answer_says_so(planvault: CommandLine) -> None:
    words = ("plans", "create", "--input-set", "weekly", "--actor", "aya")
    refused = planvault.refused(*words, "--background", JOBS_ENABLED="0")
    assert (refused.code, "JOBS_ENABLED is 0" in refused.message) == (7, True)
    planvault.ok(*words, JOBS_ENABLED="0")


def test_a_worker_works_until_it_is_told_to_stop(planvault: CommandLine) -> None:
    job = queued(planvault)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PLAN", "DATABASE_URL"))}
    with subprocess.Popen(
        [str(SCRIPT), "--database", planvault.database, "jobs", "worker"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as worker:
        assert worker.stderr is not None
        assert worker.stderr.readline().startswith("Working on jobs of ")
        for _ in range(200):
            if planvault.json("jobs", "show", job)["status"] not in {"queued", "running"}:
                break
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=20) == -signal.SIGTERM
    assert planvault.json("jobs", "show", job)["status"] == "succeeded"
