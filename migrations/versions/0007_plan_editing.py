"""Editing plans: overrides, locks, weights, and their events under the legacy name."""

import sqlalchemy as sa
from alembic import op
from planvault.migrations.schema import qualified

from planvault.adapters.sql.types import Instant, key_text, real

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ROW = ("version_id", "level", "time_bucket_key", "item_key", "location_key")


def upgrade() -> None:
    """Bring the schema forward."""
    _create(
        "plan_overrides",
        (*_ROW, "field"),
        sa.Column("value", real(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("shares_json", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.CheckConstraint("origin IN ('edit', 'roll-up', 'distribution')", name=op.f("ck_plan_overrides_origin")),
    )
    _create(
        "plan_locks",
        (*_ROW, "field"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("locked_at", Instant(), nullable=False),
    )
    _create("plan_weights", _ROW, sa.Column("weight", real(), nullable=False))
    view, events = qualified("plan_override_events"), qualified("events")
    columns = (
        "position AS id, substr(subject, 6) AS version_id, stream, sequence, action AS event_type, actor, "
        "verification, comment AS notes, details_json AS payload_json, recorded_at AS event_ts, hash"
    )
    op.execute(
        f"CREATE VIEW {view} AS SELECT {columns} FROM {events} "  # noqa: S608 (names of our own)
        "WHERE substr(stream, 1, 5) = 'plan/' AND action IN ('edit', 'undo', 'lock', 'unlock', 'weight')"
    )


def _create(name: str, key: tuple[str, ...], *others: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        *(sa.Column(column, key_text(), nullable=False) for column in key),
        *others,
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.version_id"], name=op.f(f"fk_{name}_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take the change back."""
    op.execute(f"DROP VIEW {qualified('plan_override_events')}")
    for table in ("plan_weights", "plan_locks", "plan_overrides"):
        op.drop_table(table)
