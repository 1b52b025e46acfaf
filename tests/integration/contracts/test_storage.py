"""The contract of how payloads are kept on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.storage import *  # noqa: F403
