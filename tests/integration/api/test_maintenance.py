"""Maintenance over HTTP."""

from __future__ import annotations

import io
from pathlib import Path

import httpx

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.application.exchange import NamedStream
from planvault.testing.builders import aggregate_rows

from .driving import AYA

OPERATOR = Actor.asserted("aya")


async def registered(planner: Planner, *names: str) -> None:
    for name in names:
        await planner.plans.register(RegisterRequest(version_id=name, actor=OPERATOR, trial=True), aggregate_rows())


async def test_a_backup_over_http_restores(
    client: httpx.AsyncClient, planner: Planner, database_url: str, tmp_path: Path
) -> None:
    await registered(planner, "v1")
    answer = await client.post("/maint/backup", headers=AYA)
    if database_url == "memory://":
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-request")
        return
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="planvault-')
    async with open_planner(Settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/restored.db")) as other:
        file = NamedStream(name="b.zip", open=lambda: io.BytesIO(answer.content))
        restored = await other.maint.restore(file, actor=OPERATOR)
        assert restored.sha256 == answer.headers["x-backup-sha256"]
        assert await other.plans.get("v1") == await planner.plans.get("v1")


async def test_nobody_without_a_name_takes_a_backup(memory_client: httpx.AsyncClient) -> None:
    assert (await memory_client.post("/maint/backup")).status_code == 401
