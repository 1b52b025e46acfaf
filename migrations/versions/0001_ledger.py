"""Events, checkpoints, counters and access tokens."""

import sqlalchemy as sa
from alembic import op
from planvault.migrations.triggers import forget_function, refuse_changes

from planvault.adapters.sql.types import Instant, key_text, whole

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "access_tokens",
        sa.Column("token_id", key_text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("roles_json", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("row_version", whole(), autoincrement=False, nullable=False),
        sa.CheckConstraint("length(secret_hash) IN (64)", name=op.f("ck_access_tokens_secret_hash")),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_access_tokens")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    counters = op.create_table(
        "counters",
        sa.Column("name", key_text(), nullable=False),
        sa.Column("value", whole(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
        sqlite_strict=True,
    )
    op.create_table(
        "event_checkpoints",
        sa.Column("number", whole(), autoincrement=False, nullable=False),
        sa.Column("position", whole(), autoincrement=False, nullable=False),
        sa.Column("stream_count", whole(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("length(hash) IN (64)", name=op.f("ck_event_checkpoints_hash")),
        sa.CheckConstraint("length(previous_hash) IN (64)", name=op.f("ck_event_checkpoints_previous_hash")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event_checkpoints")),
        sqlite_strict=True,
    )
    op.create_table(
        "events",
        sa.Column("stream", key_text(), nullable=False),
        sa.Column("sequence", whole(), autoincrement=False, nullable=False),
        sa.Column("position", whole(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", key_text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("details_json", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("verification IN ('asserted', 'token', 'jwt')", name=op.f("ck_events_verification")),
        sa.CheckConstraint("length(hash) IN (64)", name=op.f("ck_events_hash")),
        sa.CheckConstraint("length(previous_hash) IN (64)", name=op.f("ck_events_previous_hash")),
        sa.PrimaryKeyConstraint("stream", "sequence", name=op.f("pk_events")),
        sa.UniqueConstraint("position", name=op.f("uq_events_position")),
        sqlite_strict=True,
    )
    op.create_table(
        "event_heads",
        sa.Column("stream", key_text(), nullable=False),
        sa.Column("sequence", whole(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("length(hash) IN (64)", name=op.f("ck_event_heads_hash")),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_event_heads")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_events_subject"), "events", ["subject"], unique=False)
    op.bulk_insert(counters, [{"name": "events", "value": 0}])
    refuse_changes("events")
    refuse_changes("event_checkpoints")


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("events")
    op.drop_table("event_heads")
    op.drop_table("event_checkpoints")
    op.drop_table("counters")
    op.drop_table("access_tokens")
    forget_function()
