"""Tombstones of labels, import reports, and the events of input sets under their legacy name."""

import sqlalchemy as sa
from alembic import op
from planvault.migrations.schema import qualified

from planvault.adapters.sql.types import Instant, key_text, whole

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "planning_label_tombstones",
        sa.Column("label_key", key_text(), nullable=False),
        sa.Column("label", key_text(), nullable=False),
        sa.Column("generation", whole(), autoincrement=False, nullable=False),
        sa.Column("next_number", whole(), autoincrement=False, nullable=False),
        sa.Column("deleted_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("label_key", name=op.f("pk_planning_label_tombstones")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "planning_import_reports",
        sa.Column("report_id", key_text(), nullable=False),
        sa.Column("label_key", key_text(), nullable=False),
        sa.Column("label", key_text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("revision", whole(), autoincrement=False, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("apply_mode", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("problem_count", whole(), autoincrement=False, nullable=False),
        sa.Column("problems_json", sa.Text(), nullable=False),
        sa.Column("files_json", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('stored', 'unchanged', 'refused')", name=op.f("ck_planning_import_reports_outcome")
        ),
        sa.CheckConstraint("apply_mode IN ('replace', 'merge')", name=op.f("ck_planning_import_reports_apply_mode")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_planning_import_reports")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_planning_import_reports_label_key_created_at"),
        "planning_import_reports",
        ["label_key", "created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_planning_import_reports_created_at_report_id"),
        "planning_import_reports",
        ["created_at", "report_id"],
        unique=False,
    )
    view, events = qualified("planning_input_set_events"), qualified("events")
    columns = (
        "position AS id, substr(subject, 11) AS label, stream, sequence, action, actor, verification, comment, "
        "details_json AS metadata_json, recorded_at AS created_at, hash"
    )
    op.execute(
        f"CREATE VIEW {view} AS SELECT {columns} FROM {events} "  # noqa: S608 (names of our own)
        "WHERE substr(stream, 1, 10) = 'input_set/'"
    )


def downgrade() -> None:
    """Take the change back."""
    op.execute(f"DROP VIEW {qualified('planning_input_set_events')}")
    op.drop_table("planning_import_reports")
    op.drop_table("planning_label_tombstones")
