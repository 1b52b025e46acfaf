"""The life of plans: editors, approvals, stages, and the baselines of config versions."""

import sqlalchemy as sa
from alembic import op
from planvault.migrations.schema import qualified
from planvault.migrations.triggers import refuse_changes

from planvault.adapters.sql.types import Instant, key_text, whole
from planvault.domain.shared.ids import folded

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STAGES = "'draft', 'aggregated', 'disaggregated', 'scheduled', 'executed'"


def upgrade() -> None:
    """Bring the schema forward."""
    _add_columns()
    _fill_columns()
    op.create_index(op.f("ix_plan_versions_status_version_id"), "plan_versions", ["status", "version_id"], unique=False)
    op.create_index(op.f("ix_plan_versions_config_version_id"), "plan_versions", ["config_version_id"], unique=False)
    op.create_table(
        "plan_editors",
        sa.Column("version_id", key_text(), nullable=False),
        sa.Column("editor_key", key_text(), nullable=False),
        sa.Column("editor", sa.Text(), nullable=False),
        sa.Column("sequence", whole(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.version_id"], name=op.f("fk_plan_editors_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", "editor_key", name=op.f("pk_plan_editors")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    _create_approvals()
    op.create_table(
        "plan_baselines",
        sa.Column("config_version_id", whole(), autoincrement=False, nullable=False),
        sa.Column("sequence", whole(), autoincrement=False, nullable=False),
        sa.Column("version_id", key_text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.CheckConstraint("reason IN ('set', 'rollback')", name=op.f("ck_plan_baselines_reason")),
        sa.ForeignKeyConstraint(
            ["config_version_id"],
            ["config_versions.config_version_id"],
            name=op.f("fk_plan_baselines_config_version_id"),
        ),
        sa.PrimaryKeyConstraint("config_version_id", "sequence", name=op.f("pk_plan_baselines")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_plan_baselines_version_id"), "plan_baselines", ["version_id"], unique=False)
    refuse_changes("plan_approvals", ["UPDATE"])
    refuse_changes("plan_baselines")


def _create_approvals() -> None:
    op.create_table(
        "plan_approvals",
        sa.Column("version_id", key_text(), nullable=False),
        sa.Column("sequence", whole(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_key", key_text(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("approved_at", Instant(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("approvals_required", whole(), autoincrement=False, nullable=False),
        sa.Column("allow_self_approval", whole(), autoincrement=False, nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.CheckConstraint("approvals_required > 0", name=op.f("ck_plan_approvals_approvals_required")),
        sa.CheckConstraint("allow_self_approval IN (0, 1)", name=op.f("ck_plan_approvals_allow_self_approval")),
        sa.CheckConstraint("length(signature) IN (64)", name=op.f("ck_plan_approvals_signature")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.version_id"], name=op.f("fk_plan_approvals_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", "sequence", name=op.f("pk_plan_approvals")),
        sa.UniqueConstraint("version_id", "actor_key", name=op.f("uq_plan_approvals_version_id_actor_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _add_columns() -> None:
    # SQLite adds a column with its CHECK only in its own words, which PostgreSQL understands too; what was there
    # before needs a value at once.
    table, key = qualified("plan_versions"), key_text().compile(dialect=op.get_bind().dialect)
    stage = f"CONSTRAINT {op.f('ck_plan_versions_stage')} CHECK (stage IN ({_STAGES}))"
    op.execute(f"ALTER TABLE {table} ADD COLUMN created_by_key {key} DEFAULT '' NOT NULL")
    op.execute(f"ALTER TABLE {table} ADD COLUMN stage TEXT DEFAULT 'draft' NOT NULL {stage}")
    op.execute(f"ALTER TABLE {table} ADD COLUMN stale_levels_json TEXT DEFAULT '[]' NOT NULL")


def _fill_columns() -> None:
    bind, table = op.get_bind(), qualified("plan_versions")
    for name in bind.execute(sa.text(f"SELECT DISTINCT created_by FROM {table}")).scalars().all():  # noqa: S608
        bind.execute(
            sa.text(f"UPDATE {table} SET created_by_key = :key WHERE created_by = :name"),  # noqa: S608
            {"key": folded(name), "name": name},
        )
    for stage, levels in (
        ("aggregated", "'aggregate'"),
        ("disaggregated", "'det'"),
        ("scheduled", "'mrp', 'mrp_final', 'weekly_summary'"),
    ):
        op.execute(
            f"UPDATE {table} SET stage = '{stage}' WHERE version_id IN "  # noqa: S608 (names of our own)
            f"(SELECT version_id FROM {qualified('plan_level_summaries')} WHERE level IN ({levels}))"
        )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("plan_baselines")
    op.drop_table("plan_approvals")
    op.drop_table("plan_editors")
    op.drop_index(op.f("ix_plan_versions_config_version_id"), "plan_versions")
    op.drop_index(op.f("ix_plan_versions_status_version_id"), "plan_versions")
    for column in ("stale_levels_json", "stage", "created_by_key"):
        op.execute(f"ALTER TABLE {qualified('plan_versions')} DROP COLUMN {column}")
