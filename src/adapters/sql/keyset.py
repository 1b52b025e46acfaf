"""Keyset paging, newest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, and_, or_

from ...domain.errors import InvalidRequestError
from ...domain.shared.clock import instant_text, parse_instant
from ...domain.shared.paging import Page, page_of, parse_cursor
from .session import SqlSession

T = TypeVar("T")


async def newest_first(
    session: SqlSession,
    statement: Select[Any],
    *,
    by: tuple[ColumnElement[Any], ColumnElement[str]],
    name: str,
    limit: int,
    cursor: str | None,
    entity: Callable[[Row[Any]], T],
) -> Page[T]:
    """A page of a SELECT in falling order of ``by``, a moment and an identity; ``name`` is the list's."""
    moment, identity = by
    after = parse_cursor(cursor, name, str, str)
    if after is not None:
        at = _instant(str(after[0]))
        statement = statement.where(or_(moment < at, and_(moment == at, identity < str(after[1]))))
    rows = await session.rows(statement.order_by(moment.desc(), identity.desc()).limit(limit + 1))
    return page_of([entity(row) for row in rows], limit, name=name, key=_key_of(rows, limit, moment, identity))


def _key_of(
    rows: Sequence[Row[Any]], limit: int, moment: ColumnElement[Any], identity: ColumnElement[str]
) -> tuple[str, str] | None:
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]._mapping  # noqa: SLF001 (the public name of SQLAlchemy's row mapping)
    return instant_text(last[moment]), last[identity]


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise InvalidRequestError("The cursor is not one that this list gave out.") from error
