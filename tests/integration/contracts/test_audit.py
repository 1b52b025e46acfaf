"""The contract of audit on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.audit import *  # noqa: F403
