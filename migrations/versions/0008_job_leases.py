"""Jobs that wait for a worker: in whose name, how often tried, who is at it, how far it has come."""

import sqlalchemy as sa
from alembic import op
from planvault.migrations.schema import qualified

from planvault.adapters.sql.types import Instant, key_text, real, whole

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COUNTS = ("attempts", "most_attempts")
_ADDED: tuple[tuple[str, sa.types.TypeEngine], ...] = (
    ("actor_json", sa.Text()),
    ("request_key", key_text()),
    ("lease_owner", sa.Text()),
    ("lease_until", Instant()),
    ("progress_stage", sa.Text()),
    ("progress_percent", real()),
    ("progress_rows", whole()),
)
_INDEX = "ix_jobs_submitted_by_request_key"


def upgrade() -> None:
    """Bring the schema forward."""
    table, dialect = qualified("jobs"), op.get_bind().dialect
    for name, kind in _ADDED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind.compile(dialect=dialect)}")
    # Every job so far had one caller who waited for its one attempt.
    for name in _COUNTS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {whole().compile(dialect=dialect)} DEFAULT 1 NOT NULL")
    op.create_index(op.f(_INDEX), "jobs", ["submitted_by", "request_key"], unique=True)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index(op.f(_INDEX), "jobs")
    for name in (*_COUNTS, *(added for added, _ in reversed(_ADDED))):
        op.execute(f"ALTER TABLE {qualified('jobs')} DROP COLUMN {name}")
