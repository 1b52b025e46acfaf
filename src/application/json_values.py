"""Values as JSON knows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any


def instant(at: datetime | None) -> str | None:
    """The instant as RFC 3339 text in UTC: ``2026-11-20T18:14:00.123456Z``."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """The value as a JSON value: sequences as lists, sets as sorted lists, enums, dates and what else there is as text.

    Numbers stay as they are.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [plain(item) for item in items]
    return value.isoformat() if isinstance(value, date) else str(value)
