"""Keyset paging, newest first, over things in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from ...domain.errors import InvalidRequestError
from ...domain.shared.clock import instant_text, parse_instant
from ...domain.shared.paging import Page, page_of, parse_cursor

T = TypeVar("T")


def newest_first(
    things: Iterable[T],
    *,
    moment: Callable[[T], datetime],
    identity: Callable[[T], str],
    name: str,
    limit: int,
    cursor: str | None,
) -> Page[T]:
    """A page of things in falling order of (moment, identity); ``name`` is the list's."""
    ordered = sorted(things, key=lambda thing: (moment(thing), identity(thing)), reverse=True)
    after = parse_cursor(cursor, name, str, str)
    if after is not None:
        try:
            last = (parse_instant(str(after[0])), str(after[1]))
        except ValueError as error:
            raise InvalidRequestError("The cursor is not one that this list gave out.") from error
        ordered = [thing for thing in ordered if (moment(thing), identity(thing)) < last]
    key = None
    if len(ordered) > limit:
        key = (instant_text(moment(ordered[limit - 1])), identity(ordered[limit - 1]))
    return page_of(ordered, limit, name=name, key=key)
