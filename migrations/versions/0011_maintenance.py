"""Maintenance: whether writes are paused."""

import sqlalchemy as sa
from alembic import op

from planvault.adapters.sql.types import Instant, whole

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "maintenance_pause",
        sa.Column("number", whole(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.CheckConstraint("number = 1", name=op.f("ck_maintenance_pause_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_maintenance_pause")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("maintenance_pause")
