"""Answers that are longer than memory should hold."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any, TypeVar, cast

from litestar.response.streaming import ASGIStreamingResponse
from litestar.serialization import encode_json
from litestar.types import Receive, Send

JSON_LINES = "application/x-ndjson"
T = TypeVar("T")


class StreamedAnswer(ASGIStreamingResponse):
    """An answer in pieces, whose source is closed when the client is gone as well as at the end."""

    async def send_body(self, send: Send, receive: Receive) -> None:
        """Send every piece, then let go of where they come from."""
        async with aclosing(cast("AsyncGenerator[bytes, None]", self.iterator)):
            await super().send_body(send, receive)


async def streamed(
    pieces: AsyncGenerator[bytes, None], media_type: str, headers: dict[str, str] | None = None
) -> StreamedAnswer:
    """An answer whose first piece is there already, so that what is missing is still told as a problem."""
    try:
        first = await anext(pieces)
    except StopAsyncIteration:
        first = b""
    return StreamedAnswer(iterator=_rest(first, pieces), media_type=media_type, headers=headers or {})


async def _rest(first: bytes, pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(pieces):
        yield first
        async for piece in pieces:
            yield piece


async def json_lines(
    batches: AsyncIterator[Sequence[T]], fields: Callable[[T], dict[str, Any]]
) -> AsyncGenerator[bytes, None]:
    """Each item as a line of JSON, a piece per batch."""
    async with aclosing(cast("AsyncGenerator[Sequence[T], None]", batches)):
        async for batch in batches:
            yield b"".join(encode_json(fields(item)) + b"\n" for item in batch)


async def encoded(pieces: AsyncIterator[str]) -> AsyncGenerator[bytes, None]:
    """Text as UTF-8, piece by piece."""
    async with aclosing(cast("AsyncGenerator[str, None]", pieces)):
        async for piece in pieces:
            yield piece.encode()
