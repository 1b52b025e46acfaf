"""The contract of differences on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.differences import *  # noqa: F403
