"""Alembic's environment: it is given an open connection, in a transaction, by ``infrastructure/migrating.py``."""

from alembic import context

from planvault.adapters.sql.schema import VERSION_TABLE
from planvault.adapters.sql.tables import METADATA

_ATTRIBUTES = context.config.attributes
if "connection" not in _ATTRIBUTES:
    raise SystemExit("Use 'planvault db upgrade'. Revisions are written by hand (CONTRIBUTING.md).")

context.configure(
    connection=_ATTRIBUTES["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    version_table_schema=_ATTRIBUTES["schema"],
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
