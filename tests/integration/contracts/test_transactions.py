"""The contract of transactions on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.transactions import *  # noqa: F403
