"""The contract of labels through time on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.labels import *  # noqa: F403
