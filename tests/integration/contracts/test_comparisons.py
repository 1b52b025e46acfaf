"""The contract of comparing plans on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.comparisons import *  # noqa: F403
