"""Plan versions and their payload."""

import sqlalchemy as sa
from alembic import op

from planvault.adapters.sql.types import Instant, key_text, real, whole

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "plan_versions",
        sa.Column("version_id", key_text(), nullable=False),
        sa.Column("version_key", key_text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("trial", whole(), autoincrement=False, nullable=False),
        sa.Column("pinned", whole(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("config_version_id", whole(), autoincrement=False, nullable=True),
        sa.Column("input_set_label", key_text(), nullable=True),
        sa.Column("input_set_revision", whole(), autoincrement=False, nullable=True),
        sa.Column("input_content_hash", key_text(), nullable=True),
        sa.Column("engine_name", sa.Text(), nullable=True),
        sa.Column("engine_version", sa.Text(), nullable=True),
        sa.Column("engine_parameters_json", sa.Text(), nullable=False),
        sa.Column("run_id", key_text(), nullable=True),
        sa.Column("plan_job_id", key_text(), nullable=True),
        sa.Column("base_version_id", key_text(), nullable=True),
        sa.Column("cutover_date", sa.Text(), nullable=True),
        sa.Column("recon_window_days", whole(), autoincrement=False, nullable=True),
        sa.Column("objective", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("payload_digest", sa.Text(), nullable=False),
        sa.Column("plan_digest", sa.Text(), nullable=False),
        sa.Column("series_rows", whole(), autoincrement=False, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("row_version", whole(), autoincrement=False, nullable=False),
        sa.CheckConstraint("origin IN ('engine', 'registered', 'legacy')", name=op.f("ck_plan_versions_origin")),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'approved', 'superseded', 'archived')",
            name=op.f("ck_plan_versions_status"),
        ),
        sa.CheckConstraint("length(payload_digest) IN (0, 64)", name=op.f("ck_plan_versions_payload_digest")),
        sa.CheckConstraint("length(plan_digest) IN (0, 64)", name=op.f("ck_plan_versions_plan_digest")),
        sa.CheckConstraint("pinned IN (0, 1)", name=op.f("ck_plan_versions_pinned")),
        sa.CheckConstraint("trial IN (0, 1)", name=op.f("ck_plan_versions_trial")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_plan_versions")),
        sa.UniqueConstraint("version_key", name=op.f("uq_plan_versions_version_key")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_plan_versions_created_at_version_id"), "plan_versions", ["created_at", "version_id"], unique=False
    )
    op.create_index(op.f("ix_plan_versions_input_content_hash"), "plan_versions", ["input_content_hash"], unique=False)
    op.create_index(op.f("ix_plan_versions_input_set_label"), "plan_versions", ["input_set_label"], unique=False)
    op.create_table(
        "plan_artifacts",
        sa.Column("version_id", key_text(), nullable=False),
        sa.Column("name", key_text(), nullable=False),
        sa.Column("kind", key_text(), nullable=False),
        sa.Column("json_text", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('header', 'artifact')", name=op.f("ck_plan_artifacts_kind")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.version_id"], name=op.f("fk_plan_artifacts_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", "name", "kind", name=op.f("pk_plan_artifacts")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan_digests",
        sa.Column("version_id", key_text(), nullable=False),
        sa.Column("level", key_text(), nullable=False),
        sa.Column("time_bucket_type", key_text(), nullable=False),
        sa.Column("time_bucket_key", key_text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("row_count", whole(), autoincrement=False, nullable=False),
        sa.CheckConstraint("length(digest) IN (64)", name=op.f("ck_plan_digests_digest")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.version_id"], name=op.f("fk_plan_digests_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "version_id", "level", "time_bucket_type", "time_bucket_key", name=op.f("pk_plan_digests")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan_kpis",
        sa.Column("version_id", key_text(), nullable=False),
        sa.Column("metric", key_text(), nullable=False),
        sa.Column("bucket_type", key_text(), nullable=False),
        sa.Column("bucket_key", key_text(), nullable=False),
        sa.Column("value", real(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.version_id"], name=op.f("fk_plan_kpis_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", "metric", "bucket_type", "bucket_key", name=op.f("pk_plan_kpis")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan_level_summaries",
        sa.Column("version_id", key_text(), nullable=False),
        sa.Column("level", key_text(), nullable=False),
        sa.Column("row_count", whole(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("demand", real(), nullable=True),
        sa.Column("supply", real(), nullable=True),
        sa.Column("supply_received", real(), nullable=True),
        sa.Column("backlog", real(), nullable=True),
        sa.Column("capacity_used", real(), nullable=True),
        sa.CheckConstraint("length(digest) IN (64)", name=op.f("ck_plan_level_summaries_digest")),
        sa.CheckConstraint("row_count >= 0", name=op.f("ck_plan_level_summaries_row_count")),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["plan_versions.version_id"],
            name=op.f("fk_plan_level_summaries_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", "level", name=op.f("pk_plan_level_summaries")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan_series",
        sa.Column("version_id", key_text(), nullable=False),
        sa.Column("level", key_text(), nullable=False),
        sa.Column("time_bucket_type", key_text(), nullable=False),
        sa.Column("time_bucket_key", key_text(), nullable=False),
        sa.Column("item_key", key_text(), nullable=False),
        sa.Column("location_key", key_text(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=True),
        sa.Column("location_type", sa.Text(), nullable=True),
        sa.Column("region_key", sa.Text(), nullable=True),
        sa.Column("network_key", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("boundary_zone", sa.Text(), nullable=True),
        sa.Column("quality_flag", sa.Text(), nullable=True),
        sa.Column("cutover_flag", whole(), autoincrement=False, nullable=False),
        sa.Column("window_index", whole(), autoincrement=False, nullable=True),
        sa.Column("demand", real(), nullable=True),
        sa.Column("supply", real(), nullable=True),
        sa.Column("supply_received", real(), nullable=True),
        sa.Column("backlog", real(), nullable=True),
        sa.Column("inventory_open", real(), nullable=True),
        sa.Column("inventory_close", real(), nullable=True),
        sa.Column("prod_qty", real(), nullable=True),
        sa.Column("ship_qty", real(), nullable=True),
        sa.Column("capacity_used", real(), nullable=True),
        sa.Column("cost_total", real(), nullable=True),
        sa.Column("service_level", real(), nullable=True),
        sa.Column("spill_in", real(), nullable=True),
        sa.Column("spill_out", real(), nullable=True),
        sa.Column("adjustment", real(), nullable=True),
        sa.Column("carryover_in", real(), nullable=True),
        sa.Column("carryover_out", real(), nullable=True),
        sa.Column("splits_json", sa.Text(), nullable=False),
        sa.Column("extra_json", sa.Text(), nullable=False),
        sa.Column("config_version_id", whole(), autoincrement=False, nullable=True),
        sa.Column("scenario_id", whole(), autoincrement=False, nullable=True),
        sa.Column("source_run_id", sa.Text(), nullable=True),
        sa.CheckConstraint("cutover_flag IN (0, 1)", name=op.f("ck_plan_series_cutover_flag")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.version_id"], name=op.f("fk_plan_series_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "version_id",
            "level",
            "time_bucket_type",
            "time_bucket_key",
            "item_key",
            "location_key",
            name=op.f("pk_plan_series"),
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_plan_series_version_id_level_item_key"),
        "plan_series",
        ["version_id", "level", "item_key"],
        unique=False,
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("plan_series")
    op.drop_table("plan_level_summaries")
    op.drop_table("plan_kpis")
    op.drop_table("plan_digests")
    op.drop_table("plan_artifacts")
    op.drop_table("plan_versions")
