"""Backfills, and how each version stands that one was about."""

import sqlalchemy as sa
from alembic import op

from planvault.adapters.sql.types import Instant, key_text, whole

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_STATUSES = "'running', 'success', 'partial', 'failed', 'interrupted', 'abandoned'"
_OUTCOMES = "'taken', 'replaced', 'skipped', 'conflict', 'failed'"


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "plan_backfill_runs",
        sa.Column("run_id", key_text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("options_json", sa.Text(), nullable=False),
        sa.Column("counts_json", sa.Text(), nullable=False),
        sa.Column("series_rows", whole(), autoincrement=False, nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("row_version", whole(), autoincrement=False, nullable=False),
        sa.CheckConstraint(f"status IN ({_STATUSES})", name=op.f("ck_plan_backfill_runs_status")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_plan_backfill_runs")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_plan_backfill_runs_started_at_run_id"), "plan_backfill_runs", ["started_at", "run_id"])
    op.create_index(op.f("ix_plan_backfill_runs_status"), "plan_backfill_runs", ["status"])
    op.create_table(
        "plan_backfill_items",
        sa.Column("version_id", key_text(), nullable=False),
        sa.Column("source_version", sa.Text(), nullable=False),
        sa.Column("run_id", key_text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("source_digest", sa.Text(), nullable=True),
        sa.Column("payload_digest", sa.Text(), nullable=True),
        sa.Column("series_rows", whole(), autoincrement=False, nullable=False),
        sa.Column("kpi_count", whole(), autoincrement=False, nullable=False),
        sa.Column("attempts", whole(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("differences_json", sa.Text(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.CheckConstraint(f"outcome IN ({_OUTCOMES})", name=op.f("ck_plan_backfill_items_outcome")),
        sa.CheckConstraint("length(source_digest) IN (64)", name=op.f("ck_plan_backfill_items_source_digest")),
        sa.CheckConstraint("length(payload_digest) IN (64)", name=op.f("ck_plan_backfill_items_payload_digest")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_plan_backfill_items")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_plan_backfill_items_run_id_version_id"), "plan_backfill_items", ["run_id", "version_id"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("plan_backfill_items")
    op.drop_table("plan_backfill_runs")
