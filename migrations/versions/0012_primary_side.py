"""How payloads are kept: files alone, and which side is the primary."""

import sqlalchemy as sa
from alembic import op

from planvault.adapters.sql.types import Instant, whole

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_KEPT = ("id", "store_id", "mode", "since", "verified_at", "verified_versions", "verified_findings")


def upgrade() -> None:
    """Bring the schema forward."""
    _made_anew(
        sa.Column("primary_side", sa.Text(), nullable=False),
        sa.CheckConstraint("mode IN ('db', 'files', 'both')", name=op.f("ck_storage_state_mode")),
        sa.CheckConstraint("primary_side IN ('db', 'files')", name=op.f("ck_storage_state_primary_side")),
        added={"primary_side": "db"},
    )


def downgrade() -> None:
    """Take the change back."""
    _made_anew(sa.CheckConstraint("mode IN ('db', 'both')", name=op.f("ck_storage_state_mode")), added={})


def _made_anew(*parts: sa.Column[str] | sa.CheckConstraint, added: dict[str, str]) -> None:
    """Make the table, which has one row at most, anew: SQLite cannot change a CHECK."""
    connection = op.get_bind()
    table = sa.Table("storage_state", sa.MetaData(), *(sa.Column(name) for name in (*_KEPT, *added)))
    rows = connection.execute(sa.select(*(table.c[name] for name in _KEPT))).mappings().all()
    op.drop_table("storage_state")
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_state")),
        *parts,
        sqlite_strict=True,
    )
    for row in rows:
        connection.execute(sa.insert(table).values(**row, **added))
