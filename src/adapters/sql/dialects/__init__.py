"""Everything that SQLite and PostgreSQL disagree on."""

from .protocol import SqlDialect

__all__ = ["SqlDialect"]
