"""The contract of lists of input sets on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.input_lists import *  # noqa: F403
