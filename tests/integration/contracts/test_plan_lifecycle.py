"""The contract of what plans go through on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.plan_lifecycle import *  # noqa: F403
