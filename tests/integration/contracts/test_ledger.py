"""The contract of ledger on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.ledger import *  # noqa: F403
