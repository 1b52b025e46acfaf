"""Parameters that several routes take: pages, ids in paths, and where a made thing is found."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from ...domain.errors import InvalidRequestError, NotFoundError
from ...domain.shared.paging import MAXIMUM_LIMIT, Page

MOST_ROWS = 10_000
MOST_SKIPPED = 100_000
HIGHEST_ID = 2**31 - 1

Limit = Annotated[int, QueryParameter(ge=1, le=MAXIMUM_LIMIT, description="How many items a page has.")]
RowLimit = Annotated[int, QueryParameter(ge=1, le=MOST_ROWS, description="How many rows a page has.")]
Cursor = Annotated[
    str | None, QueryParameter(max_length=2000, description="``next_cursor`` of the page before; none for the first.")
]
Offset = Annotated[
    int, QueryParameter(ge=0, le=MOST_SKIPPED, description="The legacy way to page: how many items to pass over.")
]
ConfigVersionId = Annotated[
    int | None, QueryParameter(ge=1, le=HIGHEST_ID, description="Only those of this config version.")
]
Comment = Annotated[str | None, QueryParameter(description="Why; kept with the event.")]

T = TypeVar("T")

_NO_QUERY = frozenset({"planner", "actor", "request", "scope", "data"})
_IGNORED = frozenset({"token", "access_token"})
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def check_query(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a query pass whose parameters the route all knows.

    A filter that is misspelt would else be answered with something that nobody asked for.  Tokens in a query are
    ignored, whoever sends them.

    Raises:
        InvalidRequestError: the route has no such parameter.
    """
    declared = handler.parsed_fn_signature.parameters.keys() - _NO_QUERY - connection.path_params.keys()
    unknown = sorted(connection.query_params.keys() - declared - _IGNORED)
    if unknown:
        raise InvalidRequestError(
            f"There is no query parameter {unknown[0][:80]!r} here.",
            remedy=f"There are: {', '.join(sorted(declared)) or 'none'}.",
            parameter=unknown[0][:80],
        )


async def paged(
    read: Callable[[int, str | None], Awaitable[Page[T]]], *, limit: int, cursor: str | None, offset: int
) -> Page[T]:
    """The page of a list that begins at the cursor, or after ``offset`` items, passed over page by page.

    Raises:
        InvalidRequestError: both were given.
    """
    if offset and cursor is not None:
        raise InvalidRequestError(
            "A page begins at a cursor or at an offset, not both.", remedy="Leave out the offset."
        )
    while offset > 0:
        passed = await read(min(offset, MAXIMUM_LIMIT), cursor)
        offset, cursor = offset - len(passed.items), passed.next_cursor
        if cursor is None:
            return Page(items=())
    return await read(limit, cursor)


def number_in_path(kind: str, text: str) -> int:
    """A positive number from a path.

    Raises:
        NotFoundError: it is none, so there is nothing of that number.
    """
    if not _NUMBER.fullmatch(text):
        raise NotFoundError(kind, repr(text[:80]))
    return int(text)


def id_in_path(kind: str, text: str) -> str:
    """An id from a path, as planvault makes them.

    Raises:
        NotFoundError: planvault makes no such ids, so there is nothing of that id.
    """
    if not _ID.fullmatch(text):
        raise NotFoundError(kind, repr(text[:80]))
    return text


def location(request: Request[Any, Any, Any], path: str) -> dict[str, str]:
    """The header that says where a thing just made is found, below the prefix that a host mounted us under."""
    return {"Location": f"{request.scope.get('root_path', '').rstrip('/')}{path}"}
