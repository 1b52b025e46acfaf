"""The contract of maintenance on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.maintenance import *  # noqa: F403
