"""Under a prefix of some other app, and as a server of its own."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import asgi

from planvault import Actor, Planner, Role, Settings, open_planner
from planvault.asgi import create_app
from planvault.domain.errors import InvalidRequestError
from planvault.infrastructure.serving import is_loopback, serve
from planvault.testing.stores import sqlite_url

from .driving import AYA, ROWS, registered

PREFIX = "/planning"


async def follow(app: Any, planner: Planner) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://host.test") as client:
        made = await client.post(f"{PREFIX}/plans", json={"version_id": "v1", "rows": ROWS}, headers=AYA)
        assert made.headers["location"] == f"{PREFIX}/plans/v1"
        assert (await client.get(made.headers["location"])).json() == made.json()
        missing = await client.get(f"{PREFIX}/nothing")
        assert (missing.status_code, missing.json()["code"]) == (404, "not-found")
        assert missing.json()["instance"] == missing.headers["x-request-id"]
    assert (await planner.plans.get("v1")).series_rows == len(ROWS)


async def test_it_works_below_a_prefix_of_a_plain_asgi_host(memory_planner: Planner) -> None:
    app: Any = create_app(memory_planner)

    async def host(scope: Any, receive: Any, send: Any) -> None:
        assert scope["path"].startswith(PREFIX)
        await app({**scope, "root_path": PREFIX}, receive, send)

    await follow(host, memory_planner)


async def test_it_works_mounted_into_another_litestar(memory_planner: Planner) -> None:
    app: Any = create_app(memory_planner)

    @asgi(PREFIX, is_mount=True, copy_scope=True)
    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "root_path": PREFIX, "state": {}}, receive, send)

    await follow(Litestar([mounted], openapi_config=None, logging_config=None), memory_planner)


async def test_the_planner_stays_open_after_the_app_is_gone(memory_planner: Planner) -> None:
    app = create_app(memory_planner)
    async with app.lifespan():
        pass
    await memory_planner.ping()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@asynccontextmanager
async def serving(settings: Settings, *, host: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """A server on a free port of this machine, for as long as it is needed."""
    port = free_port()
    server = asyncio.create_task(serve(settings, host=host, port=port))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            await until_ready(client, server)
            yield client
    finally:
        server.cancel()
        with pytest.raises(asyncio.CancelledError):
            await server


async def until_ready(client: httpx.AsyncClient, server: asyncio.Task[None] | None = None) -> None:
    async with asyncio.timeout(30):
        while not await answers(client):
            assert server is None or not server.done(), server
            await asyncio.sleep(0.02)


async def answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def test_a_real_server_serves_and_stops(tmp_path: Path) -> None:
    settings = Settings(database_url=sqlite_url(tmp_path / "plans.db"))
    async with serving(settings) as client:
        await registered(client)
        streamed = await client.get("/plans/v1/series.jsonl?level=aggregate")
        assert len(streamed.text.splitlines()) == len(ROWS)
        assert "server" not in streamed.headers
        assert (await client.get("/plans/..%2f..%2fetc%2fpasswd")).status_code == 404
        assert (await client.get("/plans/v1%0d%0aX-Evil:1")).status_code == 400
    async with open_planner(settings) as planner:
        assert (await planner.plans.get("v1")).series_rows == len(ROWS)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_the_server_and_takes_its_course(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    script = (
        "import asyncio; from planvault import Settings; from planvault.infrastructure.serving import serve\n"
        f"asyncio.run(serve(Settings(database_url='memory://'), host='127.0.0.1', port={port}))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, cwd=tmp_path, stderr=asyncio.subprocess.PIPE
    )
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await until_ready(client)
        process.send_signal(number)
        await process.communicate()
    assert process.returncode == -number


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "plans.example", ""])  # noqa: S104
async def test_a_store_that_believes_every_name_is_served_to_this_machine_only(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(InvalidRequestError):
        await serve(Settings(database_url="memory://"), host=host, port=free_port())


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
async def test_loopback_is_this_machine(host: str) -> None:
    assert is_loopback(host)


async def test_a_store_with_tokens_may_be_served_to_others(tmp_path: Path) -> None:
    settings = Settings(database_url=sqlite_url(tmp_path / "plans.db"))
    async with open_planner(settings) as planner:
        await planner.tokens.create("ada", [Role.ADMIN], actor=Actor.asserted("ada"))
    async with serving(settings, host="0.0.0.0") as client:  # noqa: S104
        assert (await client.get("/plans")).status_code == 401


async def test_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(InvalidRequestError, match=str(port)):
            await serve(Settings(database_url="memory://"), host="127.0.0.1", port=port)
