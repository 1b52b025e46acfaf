"""The metadata that all tables share, and the columns that recur."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, Column, MetaData, Text

from ..types import Instant, key_text, whole

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Every value is checked against its declared type on SQLite too; rows lie in key order.
STRICT: dict[str, Any] = {"sqlite_strict": True}
CLUSTERED: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def key(name: str, *, primary: bool = False, nullable: bool = False) -> Column[str]:
    """A text column that orders by code point."""
    return Column(name, key_text(), primary_key=primary, nullable=nullable)


def text(name: str, *, nullable: bool = True) -> Column[str]:
    """A text column that is only shown."""
    return Column(name, Text, nullable=nullable)


def integer(name: str, *, primary: bool = False, nullable: bool = False) -> Column[int]:
    """A 64-bit integer column."""
    return Column(name, whole(), primary_key=primary, nullable=nullable, autoincrement=False)


def instant(name: str, *, nullable: bool = False) -> Column[object]:
    """A point in time."""
    return Column(name, Instant, nullable=nullable)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A CHECK that a text column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


def yes_or_no(column: str) -> CheckConstraint:
    """A CHECK that an integer column holds 0 or 1."""
    return CheckConstraint(f"{column} IN (0, 1)", name=column)


def hex_digest(column: str, *, may_be_empty: bool = False) -> CheckConstraint:
    """A CHECK that a text column holds 64 hex digits, or nothing yet."""
    lengths = "(0, 64)" if may_be_empty else "(64)"
    return CheckConstraint(f"length({column}) IN {lengths}", name=column)
