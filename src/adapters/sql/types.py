"""Column types that mean the same on SQLite (STRICT tables) and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import REAL, BigInteger, Dialect, Double, Integer, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

from ...domain.shared.clock import as_utc, instant_text, parse_instant


def key_text() -> Text:
    """Text that orders by code point on both databases, as Python does."""
    return Text().with_variant(Text(collation="C"), "postgresql")


def real() -> Double[float]:
    """A float64."""
    return Double().with_variant(REAL(), "sqlite")


def whole() -> BigInteger:
    """An integer of 64 bits; also 0 or 1 where a CHECK says so."""
    return BigInteger().with_variant(Integer(), "sqlite")


class Instant(TypeDecorator[datetime]):
    """A point in time: ``timestamptz`` on PostgreSQL, RFC 3339 text in UTC on SQLite, aware UTC in Python."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type that this database has for it."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """On its way in."""
        if value is None or dialect.name == "postgresql":
            return value if value is None else as_utc(value)
        return instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """On its way out."""
        del dialect
        if value is None:
            return None
        return parse_instant(value) if isinstance(value, str) else value.astimezone(UTC)
