"""The contract of inputs on memory, SQLite and PostgreSQL."""

from planvault.testing.contracts.inputs import *  # noqa: F403
