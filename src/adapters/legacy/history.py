"""Runs and jobs as a legacy database tells of them."""

from __future__ import annotations

from typing import Any

from ...domain.runs.job import Job, JobStatus
from ...domain.runs.run import Run, RunStatus
from ...domain.shared.ids import JobId, RunId
from .documents import object_of
from .legacy_tables import LegacyTables
from .words import LEGACY, moment, moment_or_epoch, remark

RUN = ("run_id", "started_at", "duration_ms", "schema_version", "config_version_id", "input_set_label", "plan_job_id")
JOB = ("job_id", "type", "status", "submitted_at", "started_at", "finished_at", "params_json", "run_id", "error")
_UNFINISHED = "It was {} when it was taken over; nobody works on it any more."


def runs_of(tables: LegacyTables, version: str) -> list[Run]:
    """The runs that computed a version, in order of time."""
    rows = tables.rows("runs", RUN, where="plan_version_id = ?", values=(version,), order="started_at")
    return [_run(*row) for row in rows] if "plan_version_id" in tables.columns("runs") else []


def jobs_of(tables: LegacyTables, version: str) -> list[Job]:
    """The jobs that made a version, in order of time."""
    if not (tables.has("plan_jobs") and tables.has("jobs")):
        return []
    linked = "job_id IN (SELECT job_id FROM plan_jobs WHERE version_id = ?)"
    return [_job(*row) for row in tables.rows("jobs", JOB, where=linked, values=(version,), order="submitted_at")]


def loose_jobs(tables: LegacyTables) -> list[Job]:
    """The jobs that made no version."""
    linked = "job_id NOT IN (SELECT job_id FROM plan_jobs)" if tables.has("plan_jobs") else "1 = 1"
    return [_job(*row) for row in tables.rows("jobs", JOB, where=linked, order="submitted_at")]


def _run(*values: Any) -> Run:
    said = dict(zip(RUN, values, strict=True))
    began = moment_or_epoch(said["started_at"])
    ended = moment((said["started_at"] or 0) + (said["duration_ms"] or 0)) or began
    return Run(
        run_id=RunId(str(said["run_id"])),
        status=RunStatus.SUCCEEDED,
        started_at=began,
        started_by=LEGACY,
        finished_at=ended,
        config_version_id=said["config_version_id"],
        input_set_label=remark(said["input_set_label"]),
        engine_name=LEGACY,
        engine_version=remark(said["schema_version"]) or LEGACY,
        plan_job_id=None if said["plan_job_id"] is None else JobId(str(said["plan_job_id"])),
    )


def _job(*values: Any) -> Job:
    said = dict(zip(JOB, values, strict=True))
    known = set(JobStatus)
    status = JobStatus(said["status"]) if said["status"] in known else JobStatus.FAILED
    error = remark(said["error"])
    if status in {JobStatus.QUEUED, JobStatus.RUNNING}:
        status, error = JobStatus.FAILED, _UNFINISHED.format(said["status"])
    return Job(
        job_id=JobId(str(said["job_id"])),
        kind=remark(said["type"]) or LEGACY,
        status=status,
        trigger=LEGACY,
        parameters=object_of(said["params_json"]),
        submitted_at=moment_or_epoch(said["submitted_at"]),
        submitted_by=LEGACY,
        attempts=1,
        started_at=moment(said["started_at"]),
        finished_at=moment(said["finished_at"]) or moment_or_epoch(said["submitted_at"]),
        run_id=None if said["run_id"] is None else RunId(str(said["run_id"])),
        error=error,
    )
