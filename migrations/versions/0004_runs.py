"""Runs and jobs, linked to plan versions."""

import sqlalchemy as sa
from alembic import op

from planvault.adapters.sql.types import Instant, key_text, whole

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "jobs",
        sa.Column("job_id", key_text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("params_json", sa.Text(), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("run_id", key_text(), nullable=True),
        sa.Column("version_id", key_text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("row_version", whole(), autoincrement=False, nullable=False),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'succeeded', 'failed', 'canceled')", name=op.f("ck_jobs_status")
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_jobs")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_jobs_status_submitted_at"), "jobs", ["status", "submitted_at"], unique=False)
    op.create_index(op.f("ix_jobs_submitted_at_job_id"), "jobs", ["submitted_at", "job_id"], unique=False)
    op.create_index(op.f("ix_jobs_version_id"), "jobs", ["version_id"], unique=False)
    op.create_table(
        "runs",
        sa.Column("run_id", key_text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("duration_ms", whole(), autoincrement=False, nullable=True),
        sa.Column("config_version_id", whole(), autoincrement=False, nullable=True),
        sa.Column("input_set_label", key_text(), nullable=True),
        sa.Column("input_set_revision", whole(), autoincrement=False, nullable=True),
        sa.Column("input_content_hash", key_text(), nullable=True),
        sa.Column("engine_name", sa.Text(), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("engine_parameters_json", sa.Text(), nullable=False),
        sa.Column("plan_version_id", key_text(), nullable=True),
        sa.Column("plan_job_id", key_text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("row_version", whole(), autoincrement=False, nullable=False),
        sa.CheckConstraint("status IN ('running', 'succeeded', 'failed')", name=op.f("ck_runs_status")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_runs_input_set_label"), "runs", ["input_set_label"], unique=False)
    op.create_index(op.f("ix_runs_plan_version_id"), "runs", ["plan_version_id"], unique=False)
    op.create_index(op.f("ix_runs_started_at_run_id"), "runs", ["started_at", "run_id"], unique=False)
    op.create_table(
        "plan_jobs",
        sa.Column("version_id", key_text(), nullable=False),
        sa.Column("job_id", key_text(), nullable=False),
        sa.Column("run_id", key_text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("duration_ms", whole(), autoincrement=False, nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'succeeded', 'failed', 'canceled')", name=op.f("ck_plan_jobs_status")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.version_id"], name=op.f("fk_plan_jobs_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", "job_id", name=op.f("pk_plan_jobs")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_plan_jobs_run_id"), "plan_jobs", ["run_id"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("plan_jobs")
    op.drop_table("runs")
    op.drop_table("jobs")
