"""Paging by key: a page ends with a cursor that names where the next one begins."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..errors import InvalidRequestError

T = TypeVar("T")

DEFAULT_LIMIT = 50
MAXIMUM_LIMIT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some things in order, and the cursor of what follows (none at the end)."""

    items: Sequence[T]
    next_cursor: str | None = None


def page_of(items: Sequence[T], limit: int, *, name: str, key: Sequence[str | int] | None) -> Page[T]:
    """The page of the first ``limit`` of ``items``, of which one more than that was fetched if there is more.

    ``name`` is the list's; ``key`` is the key of the page's last item, from which ``parse_cursor`` goes on.
    """
    if len(items) <= limit or key is None:
        return Page(items=items[:limit])
    return Page(items=items[:limit], next_cursor=cursor_of(name, key))


def cursor_of(name: str, key: Sequence[str | int]) -> str:
    """An opaque text that holds the list's name and the key."""
    return base64.urlsafe_b64encode(json.dumps([name, *key]).encode()).decode().rstrip("=")


def parse_cursor(cursor: str | None, name: str, *kinds: type[str | int]) -> tuple[str | int, ...] | None:
    """The key that a cursor of the list of that name holds; none means the beginning.

    Raises:
        InvalidRequestError: the text is not a cursor that this list gave out.
    """
    if cursor is None:
        return None
    try:
        said = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        said = None
    if not isinstance(said, list) or said[:1] != [name] or not _is_key(said[1:], kinds):
        raise InvalidRequestError(
            "The cursor is not one that this list gave out.", remedy="Leave the cursor out to begin at the start."
        )
    return tuple(said[1:])


def _is_key(parts: Sequence[object], kinds: Sequence[type[str | int]]) -> bool:
    if [type(part) for part in parts] != list(kinds):
        return False
    # No stored key holds NUL or a lone surrogate, and drivers choke on them.
    text = "".join([part for part in parts if isinstance(part, str)])
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)


def check_limit(limit: int, *, maximum: int = MAXIMUM_LIMIT) -> int:
    """The limit itself.

    Raises:
        InvalidRequestError: it is not between 1 and the maximum.
    """
    if not 1 <= limit <= maximum:
        raise InvalidRequestError(
            f"The limit is {limit}; it must lie between 1 and {maximum}.",
            remedy="Read on page by page with the cursor.",
        )
    return limit
