"""The mirror: commits are numbered and wait for the files root, which is of an epoch."""

import uuid

import sqlalchemy as sa
from alembic import op
from planvault.migrations.schema import qualified

from planvault.adapters.sql.types import Instant, whole

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "outbox",
        sa.Column("commit_seq", whole(), autoincrement=False, nullable=False),
        sa.Column("position", whole(), autoincrement=False, nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        sa.Column("touched_json", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("commit_seq", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    op.execute(f"ALTER TABLE {qualified('storage_state')} ADD COLUMN epoch TEXT DEFAULT '' NOT NULL")
    op.execute(sa.update(_table("storage_state", "epoch")).values(epoch=uuid.uuid4().hex))
    op.execute(sa.insert(_table("counters", "name", "value")).values(name="commits", value=0))


def downgrade() -> None:
    """Take the change back."""
    counters = _table("counters", "name", "value")
    op.execute(sa.delete(counters).where(counters.c.name == "commits"))
    op.execute(f"ALTER TABLE {qualified('storage_state')} DROP COLUMN epoch")
    op.drop_table("outbox")


def _table(name: str, *columns: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), *(sa.Column(column) for column in columns))
