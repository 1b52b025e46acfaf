"""Backfill over HTTP: from sources that have a name, never from a path."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from planvault import Planner, Role, Settings, open_planner
from planvault.testing.builders import aggregate_rows

from .driving import AYA, client_of, token_of


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    folder = tmp_path / "old" / "old-1"
    folder.mkdir(parents=True)
    rows = ",".join(
        f'{{"period": "{row.time_bucket_key}", "family": "{row.item_key}", "demand": {row.demand}}}'
        for row in aggregate_rows()
    )
    (folder / "aggregate.json").write_text(f'{{"schema_version": "agg-1.0", "rows": [{rows}]}}')
    settings = Settings(database_url="memory://", sources=f"old={tmp_path / 'old'}")
    async with open_planner(settings) as planner, client_of(planner) as made:
        yield made


async def test_plans_are_taken_and_the_backfill_is_found(client: httpx.AsyncClient) -> None:
    dry = await client.post("/storage/backfill", json={"source": "old", "dry_run": True}, headers=AYA)
    assert (dry.status_code, dry.json()["counts"]["taken"]) == (200, 1), dry.text
    assert (await client.get("/plans")).json()["items"] == []

    done = (await client.post("/storage/backfill", json={"source": "old"}, headers=AYA)).json()

    assert [(one["version_id"], one["outcome"], one["series_rows"]) for one in done["items"]] == [("old-1", "taken", 4)]
    (listed,) = (await client.get("/storage/backfills")).json()["items"]
    assert (listed["run_id"], listed["status"]) == (done["run_id"], "success")
    found = (await client.get(f"/storage/backfills/{done['run_id']}")).json()
    assert [one["version_id"] for one in found["items"]] == ["old-1"]
    assert (await client.get("/plans/old-1")).json()["origin"] == "legacy"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"source": "."}, 404),
        ({"source": "old", "resume_from": "old-9"}, 404),
        ({"source": "old", "since": "once"}, 400),
        ({"source": "old", "limit": 0}, 400),
        ({"source": "old", "path": "x"}, 400),
        ({}, 400),
    ],
)
async def test_what_cannot_be_done_is_refused(
    client: httpx.AsyncClient, tmp_path: Path, body: dict[str, object], status: int
) -> None:
    answer = await client.post("/storage/backfill", json=body, headers=AYA)
    assert answer.status_code == status, answer.text
    assert str(tmp_path) not in answer.text
    assert (await client.get("/storage/backfills")).json()["items"] == []


async def test_an_unknown_backfill_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/storage/backfills/r-9")).status_code == 404


async def test_only_an_operator_backfills(memory_planner: Planner) -> None:
    planning = await token_of(memory_planner, Role.PLANNER)
    async with client_of(memory_planner) as client:
        answer = await client.post("/storage/backfill", json={"source": "old"}, headers=planning)
    assert answer.status_code == 403
