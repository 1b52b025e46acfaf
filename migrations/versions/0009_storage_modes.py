"""How payloads are kept: the mode of the store, and the folder of each version."""

import sqlalchemy as sa
from alembic import op

from planvault.adapters.sql.types import Instant, key_text, whole

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "storage_state",
        sa.Column("id", whole(), autoincrement=False, nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("verified_at", Instant(), nullable=True),
        sa.Column("verified_versions", whole(), autoincrement=False, nullable=True),
        sa.Column("verified_findings", whole(), autoincrement=False, nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_storage_state_id")),
        sa.CheckConstraint("mode IN ('db', 'both')", name=op.f("ck_storage_state_mode")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_state")),
        sqlite_strict=True,
    )
    op.create_table(
        "plan_folders",
        sa.Column("version_id", key_text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("suffix", sa.Text(), nullable=False),
        sa.Column("payload_digest", sa.Text(), nullable=False),
        sa.CheckConstraint("length(digest) IN (64)", name=op.f("ck_plan_folders_digest")),
        sa.CheckConstraint("length(payload_digest) IN (64)", name=op.f("ck_plan_folders_payload_digest")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.version_id"], name=op.f("fk_plan_folders_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_plan_folders")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("plan_folders")
    op.drop_table("storage_state")
