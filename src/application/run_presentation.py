"""Runs and jobs as fields, the same on the command line and over HTTP."""

from __future__ import annotations

from ..domain.runs.job import Job, JobProgress
from ..domain.runs.run import Run
from .json_values import instant, plain
from .presentation import Fields, plan_fields
from .runs.read_runs import RunDetail


def run_fields(run: Run) -> Fields:
    """A run."""
    return {
        "run_id": run.run_id,
        "status": str(run.status),
        "started_at": instant(run.started_at),
        "started_by": run.started_by,
        "finished_at": instant(run.finished_at),
        "duration_ms": run.duration_ms,
        "version_id": run.plan_version_id,
        "job_id": run.plan_job_id,
        "input_set_label": run.input_set_label,
        "input_set_revision": run.input_revision,
        "input_content_hash": run.input_content_hash,
        "config_version_id": run.config_version_id,
        "engine_name": run.engine_name,
        "engine_version": run.engine_version,
        "engine_parameters": plain(run.engine_parameters),
        "error": run.error,
    }


def job_fields(job: Job) -> Fields:
    """A job."""
    return {
        "job_id": job.job_id,
        "kind": job.kind,
        "status": str(job.status),
        "trigger": job.trigger,
        "parameters": plain(job.parameters),
        "submitted_at": instant(job.submitted_at),
        "submitted_by": job.submitted_by,
        "started_at": instant(job.started_at),
        "finished_at": instant(job.finished_at),
        "duration_ms": job.duration_ms,
        "attempts": job.attempts,
        "most_attempts": job.most_attempts,
        "progress": _progress_fields(job.progress),
        "run_id": job.run_id,
        "version_id": job.version_id,
        "error": job.error,
    }


def run_detail_fields(detail: RunDetail) -> Fields:
    """A run with its job and the plan that came of it, each null where there is none."""
    return {
        **run_fields(detail.run),
        "job": None if detail.job is None else job_fields(detail.job),
        "plan": None if detail.plan is None else plan_fields(detail.plan),
    }


def _progress_fields(progress: JobProgress | None) -> Fields | None:
    if progress is None:
        return None
    return {"stage": progress.stage, "percent": progress.percent, "rows": progress.rows}
