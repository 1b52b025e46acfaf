from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from planvault import Planner
from planvault.adapters.api.streaming import JSON_LINES, json_lines, streamed
from planvault.asgi import create_app

from .driving import client_of, registered


class Source:
    """Batches of numbers that note what became of them."""

    def __init__(self, batches: int) -> None:
        self.given = 0
        self.closed = False
        self._batches = batches

    async def batches(self) -> AsyncGenerator[list[int], None]:
        try:
            for number in range(self._batches):
                self.given += 1
                yield [number]
        finally:
            self.closed = True


def number_fields(number: int) -> dict[str, Any]:
    return {"number": number}


async def test_a_stream_takes_a_batch_only_when_the_one_before_is_sent() -> None:
    source, sent = Source(3), []
    answer = await streamed(json_lines(source.batches(), number_fields), JSON_LINES)
    assert source.given == 1

    async def send(message: Any) -> None:
        sent.append((source.given, message.get("body")))

    async def receive() -> Any:
        await asyncio.Event().wait()

    sending = asyncio.create_task(answer.send_body(send, receive))
    async with asyncio.timeout(10):
        while not sent or sent[-1][1] != b"":  # noqa: ASYNC110 (the end is what is waited for)
            await asyncio.sleep(0)
    assert sent == [(1, b'{"number":0}\n'), (2, b'{"number":1}\n'), (3, b'{"number":2}\n'), (3, b"")]
    assert source.closed
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_a_source_is_closed_when_the_client_goes_away() -> None:
    source, started = Source(1_000), asyncio.Event()
    answer = await streamed(json_lines(source.batches(), number_fields), JSON_LINES)

    async def send(message: Any) -> None:
        started.set()
        await asyncio.Event().wait()  # a client that takes nothing

    async def receive() -> Any:
        await started.wait()
        return {"type": "http.disconnect"}

    async with asyncio.timeout(10):
        await answer.send_body(send, receive)
    assert (source.given, source.closed) == (1, True)


async def test_a_stream_of_nothing_is_empty_and_closed() -> None:
    source = Source(0)
    await streamed(json_lines(source.batches(), number_fields), JSON_LINES)
    assert source.closed


async def test_a_client_that_leaves_in_mid_stream_holds_no_connection(planner: Planner) -> None:
    async with client_of(planner) as client:
        await registered(client)
    app: Any = create_app(planner)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/plans/v1/series.jsonl",
        "raw_path": b"/plans/v1/series.jsonl",
        "query_string": b"level=aggregate",
        "headers": [],
        "server": ("planvault.test", 80),
        "client": ("127.0.0.1", 1),
    }
    lines: list[bytes] = []
    asked = asyncio.Event()

    async def receive() -> Any:
        if not asked.is_set():
            asked.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        while not lines:  # noqa: ASYNC110 (nobody tells when the first line is out)
            await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            lines.append(message["body"])
            await asyncio.Event().wait()

    async with asyncio.timeout(10):
        await app(scope, receive, send)
    assert json.loads(lines[0].splitlines()[0])["level"] == "aggregate"
