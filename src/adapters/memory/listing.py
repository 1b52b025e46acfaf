"""Keyset paging over things in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

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
    return in_order(
        things,
        by=lambda thing: (moment(thing), identity(thing)),
        kinds=(datetime, str),
        falls=True,
        name=name,
        limit=limit,
        cursor=cursor,
    )


def in_order(
    things: Iterable[T],
    *,
    by: Callable[[T], tuple[Any, ...]],
    kinds: tuple[type, ...],
    falls: bool,
    name: str,
    limit: int,
    cursor: str | None,
) -> Page[T]:
    """A page of things in rising or falling order of ``by``, whose parts are moments and texts, as ``kinds`` say."""
    ordered = sorted(things, key=by, reverse=falls)
    texts = parse_cursor(cursor, name, *(str for _ in kinds))
    if texts is not None:
        after = tuple(_value(kind, str(text)) for kind, text in zip(kinds, texts, strict=True))
        ordered = [thing for thing in ordered if (by(thing) < after if falls else by(thing) > after)]
    key = None
    if len(ordered) > limit:
        key = tuple(instant_text(part) if isinstance(part, datetime) else part for part in by(ordered[limit - 1]))
    return page_of(ordered, limit, name=name, key=key)


def _value(kind: type, text: str) -> Any:
    if kind is not datetime:
        return text
    try:
        return parse_instant(text)
    except ValueError as error:
        raise InvalidRequestError("The cursor is not one that this list gave out.") from error
