"""Keyset paging: by any columns that together name one row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, and_, or_

from ...domain.errors import InvalidRequestError
from ...domain.shared.clock import instant_text, parse_instant
from ...domain.shared.paging import Page, page_of, parse_cursor
from .session import SqlSession
from .types import Instant

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
    rows, key = await rows_in_order(session, statement, by=by, falls=True, name=name, limit=limit, cursor=cursor)
    return page_of([entity(row) for row in rows], limit, name=name, key=key)


async def rows_in_order(
    session: SqlSession,
    statement: Select[Any],
    *,
    by: Sequence[ColumnElement[Any]],
    falls: bool,
    name: str,
    limit: int,
    cursor: str | None,
) -> tuple[Sequence[Row[Any]], tuple[str, ...] | None]:
    """The rows of a page and one more if there are more, and the key of the page's last row in that case."""
    after = parse_cursor(cursor, name, *(str for _ in by))
    if after is not None:
        statement = statement.where(_beyond(by, [_value(*pair) for pair in zip(by, after, strict=True)], falls=falls))
    ordered = statement.order_by(*(column.desc() if falls else column.asc() for column in by)).limit(limit + 1)
    rows = await session.rows(ordered)
    return rows, None if len(rows) <= limit else _key_of(rows[limit - 1], by)


def _beyond(by: Sequence[ColumnElement[Any]], values: Sequence[Any], *, falls: bool) -> ColumnElement[bool]:
    first, value = by[0], values[0]
    further: ColumnElement[bool] = first < value if falls else first > value
    if len(by) == 1:
        return further
    return or_(further, and_(first == value, _beyond(by[1:], values[1:], falls=falls)))


def _key_of(row: Row[Any], by: Sequence[ColumnElement[Any]]) -> tuple[str, ...]:
    last = row._mapping  # noqa: SLF001 (the public name of SQLAlchemy's row mapping)
    return tuple(instant_text(value) if isinstance(value := last[column], datetime) else value for column in by)


def _value(column: ColumnElement[Any], text: str | int) -> Any:
    if not isinstance(column.type, Instant):
        return text
    try:
        return parse_instant(str(text))
    except ValueError as error:
        raise InvalidRequestError("The cursor is not one that this list gave out.") from error
