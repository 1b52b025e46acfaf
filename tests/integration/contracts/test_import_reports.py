"""The contract of import_reports on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.import_reports import *  # noqa: F403
