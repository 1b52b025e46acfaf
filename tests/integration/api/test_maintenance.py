"""Maintenance over HTTP."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.application.exchange import NamedStream
from planvault.testing.builders import aggregate_rows

from .driving import AYA, client_of

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


async def test_while_writes_are_paused_they_are_told_when_to_come_again(
    client: httpx.AsyncClient, planner: Planner
) -> None:
    await registered(planner, "v1")
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    answer = await client.post("/maint/pause", json={"reason": "moving", "until": until}, headers=AYA)
    assert (answer.status_code, answer.json()["paused"]) == (200, True)

    refused = await client.post("/plans/v1/copy", json={"version_id": "v2"}, headers=AYA)
    assert (refused.status_code, refused.json()["code"]) == (503, "maintenance-mode")
    assert 3500 < int(refused.headers["retry-after"]) <= 3600
    assert "moving" in refused.json()["detail"]
    assert (await client.get("/plans/v1")).status_code == 200
    assert (await client.get("/maint")).json()["pause"]["reason"] == "moving"

    assert (await client.post("/maint/resume", json={}, headers=AYA)).json()["paused"] is False
    assert (await client.post("/plans/v1/copy", json={"version_id": "v2"}, headers=AYA)).status_code == 201
    assert (await client.post("/maint/resume", json={}, headers=AYA)).status_code == 409


async def test_a_trim_over_http_does_what_its_preview_says(client: httpx.AsyncClient, planner: Planner) -> None:
    await registered(planner, "v1", "v2")
    body = {"max_rows": 0, "keep_newest": 1}
    preview = (await client.post("/maint/trim", json={**body, "dry_run": True}, headers=AYA)).json()
    done = (await client.post("/maint/trim", json=body, headers=AYA)).json()
    assert {**preview, "dry_run": False} == done
    assert [version["version_id"] for version in done["versions"]] == ["v1"]
    gone = await client.get("/plans/v1/series", params={"level": "aggregate"})
    assert (gone.status_code, gone.json()["code"]) == (404, "plan-trimmed")
    stats = (await client.get("/maint")).json()
    assert (stats["series_rows"], stats["versions"], stats["trimmed_versions"]) == (4, 1, 1)
    text = (await client.get("/metrics")).text
    assert 'plan_db_capacity_trim_total{reason="operator"} 1.0' in text
    assert "plan_db_series_rows 4.0" in text


async def test_a_write_beyond_the_limit_is_507(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, cache_dir=tmp_path / "cache", max_rows=6)
    async with open_planner(settings) as planner, client_of(planner) as client:
        await registered(planner, "v1")
        answer = await client.post("/plans/v1/copy", json={"version_id": "v2"}, headers=AYA)
        assert (answer.status_code, answer.json()["code"]) == (507, "row-limit")
        assert answer.json()["params"] == {"stored": 4, "adding": 4, "limit": 6}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/maint/trim", {}),
        ("/maint/trim", {"older_than_days": 0}),
        ("/maint/trim", {"max_rows": 10**30}),
        ("/maint/trim", {"older_than": 5}),
        ("/maint/pause", {"reason": "x", "until": "tomorrow"}),
        ("/maint/pause", {"reason": "x", "until": "2026-11-20T12:00:00"}),
        ("/maint/pause", {"reason": "", "until": "2999-01-01T00:00:00Z"}),
        ("/maint/pause", {"until": "2999-01-01T00:00:00Z"}),
    ],
)
async def test_bodies_that_cannot_be_meant_are_400(
    memory_client: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    answer = await memory_client.post(path, json=body, headers=AYA)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-request")


async def test_the_doctor_looks_at_the_store_over_http(client: httpx.AsyncClient, planner: Planner) -> None:
    answer = await client.get("/maint/doctor", headers=AYA)
    assert (answer.status_code, answer.json()["clean"]) == (200, True)
    checks = [item["check"] for item in answer.json()["items"]]
    assert checks == ["integrity", "clock", "trims", "jobs", "pause", "row limit", "files"]
    await planner.maint.pause("moving", until=datetime.now(UTC) + timedelta(hours=1), actor=OPERATOR)
    told = (await client.get("/maint/doctor", headers=AYA)).json()
    assert [item["check"] for item in told["items"] if not item["ok"]] == ["pause"]
