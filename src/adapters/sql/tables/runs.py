"""Tables of runs and jobs."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table
from sqlalchemy import text as sql_text

from ....domain.runs.job import JobStatus
from ....domain.runs.run import RunStatus
from ..types import key_text, real, whole
from .metadata import CLUSTERED, METADATA, STRICT, instant, integer, key, one_of, text

ONE = sql_text("1")

RUNS = Table(
    "runs",
    METADATA,
    key("run_id", primary=True),
    text("status", nullable=False),
    instant("started_at"),
    text("started_by", nullable=False),
    instant("finished_at", nullable=True),
    integer("duration_ms", nullable=True),
    integer("config_version_id", nullable=True),
    key("input_set_label", nullable=True),
    integer("input_set_revision", nullable=True),
    key("input_content_hash", nullable=True),
    text("engine_name", nullable=False),
    text("engine_version", nullable=False),
    text("engine_parameters_json", nullable=False),
    key("plan_version_id", nullable=True),
    key("plan_job_id", nullable=True),
    text("error"),
    integer("row_version"),
    one_of("status", RunStatus),
    Index(None, "started_at", "run_id"),
    Index(None, "plan_version_id"),
    Index(None, "input_set_label"),
    **STRICT,
)

JOBS = Table(
    "jobs",
    METADATA,
    key("job_id", primary=True),
    text("type", nullable=False),
    text("status", nullable=False),
    text("trigger", nullable=False),
    text("params_json", nullable=False),
    instant("submitted_at"),
    text("submitted_by", nullable=False),
    text("actor_json"),
    key("request_key", nullable=True),
    # Their defaults are for jobs that were there before these columns were.
    Column("attempts", whole(), nullable=False, server_default=ONE),
    Column("most_attempts", whole(), nullable=False, server_default=ONE),
    text("lease_owner"),
    instant("lease_until", nullable=True),
    text("progress_stage"),
    Column("progress_percent", real(), nullable=True),
    integer("progress_rows", nullable=True),
    instant("started_at", nullable=True),
    instant("finished_at", nullable=True),
    key("run_id", nullable=True),
    key("version_id", nullable=True),
    text("error"),
    integer("row_version"),
    one_of("status", JobStatus),
    Index(None, "status", "submitted_at"),
    Index(None, "submitted_by", "request_key", unique=True),
    Index(None, "submitted_at", "job_id"),
    Index(None, "version_id"),
    **STRICT,
)

PLAN_JOBS = Table(
    "plan_jobs",
    METADATA,
    Column(
        "version_id",
        key_text(),
        ForeignKey("plan_versions.version_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    key("job_id", primary=True),
    key("run_id", nullable=True),
    text("status", nullable=False),
    text("trigger", nullable=False),
    instant("submitted_at"),
    instant("started_at", nullable=True),
    instant("finished_at", nullable=True),
    integer("duration_ms", nullable=True),
    one_of("status", JobStatus),
    Index(None, "run_id"),
    **CLUSTERED,
)
