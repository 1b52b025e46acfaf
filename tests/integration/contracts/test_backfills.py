"""The contract of backfills on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.backfills import *  # noqa: F403
