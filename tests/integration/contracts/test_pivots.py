"""The contract of turning plans into tables on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.pivots import *  # noqa: F403
