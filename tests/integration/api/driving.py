"""Driving the API: clients, uploads, and what a store holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from litestar.routes import HTTPRoute

from planvault import Actor, Planner, Role
from planvault.adapters.exchange.samples import sample_directory
from planvault.asgi import create_app

SETS = "/api/plans/input_sets"
AYA = {"X-Actor": "aya"}
BEN = {"X-Actor": "ben"}
DEMAND = "family,period,demand\nF1,2026-01,10\n"
ROWS: list[dict[str, Any]] = [
    {
        "level": "aggregate",
        "time_bucket_type": "month",
        "time_bucket_key": f"2026-{month:02}",
        "item_key": "F1",
        "demand": 10.5,
        "supply": 10.25,
        "backlog": 0.25,
    }
    for month in range(1, 8)
]


@asynccontextmanager
async def client_of(planner: Planner) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API over a planner; what the app raises reaches nobody, as with a real server."""
    app: Any = create_app(planner)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://planvault.test") as made:
        yield made


def raw(headers: Mapping[str, str | bytes]) -> dict[bytes, bytes]:
    """Headers byte by byte; text goes as UTF-8."""
    return {name.encode(): value.encode() if isinstance(value, str) else value for name, value in headers.items()}


def files_of(contents: Mapping[str, str | bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    """Files as a form sends them."""
    return [
        ("files", (name, content.encode() if isinstance(content, str) else content))
        for name, content in contents.items()
    ]


def sample() -> list[tuple[str, tuple[str, bytes]]]:
    """The files of the shipped sample."""
    paths: Iterable[Path] = sorted(sample_directory().iterdir())
    return files_of({path.name: path.read_bytes() for path in paths if path.suffix in {".csv", ".json"}})


async def uploaded(client: httpx.AsyncClient, label: str = "weekly", **fields: str) -> dict[str, Any]:
    """A small input set, just uploaded by Aya: the answer."""
    answer = await client.post(
        SETS, data={"label": label, **fields}, files=files_of({"demand_family.csv": DEMAND}), headers=AYA
    )
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def registered(client: httpx.AsyncClient, version_id: str = "v1") -> dict[str, Any]:
    """A plan of seven rows, registered by Aya: the answer."""
    answer = await client.post("/plans", json={"version_id": version_id, "rows": ROWS}, headers=AYA)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def token_of(planner: Planner, *roles: Role, by: Actor | None = None, name: str = "holder") -> dict[str, str]:
    """The header of a fresh token with these roles; the first of a store is an admin's besides."""
    _, text = await planner.tokens.create(name, roles, actor=by or Actor.asserted("ada"))
    return {"Authorization": f"Bearer {text}"}


async def holdings(planner: Planner) -> dict[str, Any]:
    """Everything that can be listed in a store: two of these are equal if nothing was stored in between."""
    return {
        "configs": await planner.configs.list(),
        "input_sets": await planner.inputs.list(limit=500),
        "plans": await planner.plans.list(limit=500),
        "runs": await planner.runs.list(limit=500),
        "jobs": await planner.jobs.list(limit=500),
        "tokens": await planner.tokens.list(),
    }


def routes_of(planner: Planner) -> list[tuple[str, str, Any]]:
    """Method, path and handler of every route, OPTIONS left out."""
    return [
        (str(method), route.path_format, handler)
        for route in create_app(planner).routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    ]


def filled(path: str) -> str:
    """The path with something in the place of each parameter."""
    for name in (
        "label",
        "version_id",
        "config_version_id",
        "number",
        "section",
        "name",
        "level",
        "run_id",
        "job_id",
        "token_id",
    ):
        path = path.replace(f"{{{name}}}", "1")
    return path
