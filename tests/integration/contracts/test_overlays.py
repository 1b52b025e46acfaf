"""The contract of what lies over plans on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.overlays import *  # noqa: F403
