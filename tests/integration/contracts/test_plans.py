"""The contract of plans on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.plans import *  # noqa: F403
