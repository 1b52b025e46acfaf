"""The contract of jobs on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.jobs import *  # noqa: F403
