"""Shadow reads: reads of the mode ``both`` are done again on both sides, and what differs is told."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.adapters.prometheus.telemetry import PrometheusTelemetry
from planvault.application.storage.shadow_read import ShadowRead
from planvault.application.storage.shadow_reads import ShadowReads
from planvault.domain.shared.clock import SystemClock
from planvault.domain.shared.ids import VersionId
from planvault.domain.storage.state import StorageMode
from planvault.testing.builders import det_rows

AYA = Actor.asserted("aya")


def settings_of(database_url: str, root: Path, *, share: float = 1.0) -> Settings:
    return Settings(database_url=database_url, storage_mode=StorageMode.BOTH, files_root=root, shadow_reads=share)


async def registered(planner: Planner, version_id: str) -> None:
    await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), det_rows(40))


async def read(planner: Planner, version_id: str) -> None:
    assert [row async for row in planner.plans.series(version_id, level="det")]
    assert (await planner.plans.page(version_id, level="det", limit=5)).items
    await asyncio.sleep(0)


def counted(planner: Planner, result: str) -> float:
    lines = planner.exposition().decode().splitlines()
    (line,) = [line for line in lines if line.startswith(f'planvault_shadow_reads_total{{result="{result}"}}')]
    return float(line.split()[-1])


async def mismatches(planner: Planner) -> list[dict[str, object]]:
    events = (await planner.audit.events(stream="storage")).items
    return [json.loads(event.details_json) for event in events if event.action == "mismatch"]


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_what_reads_apart_is_counted_sampled_and_shown(database_url: str, tmp_path: Path) -> None:
    async with open_planner(settings_of(database_url, tmp_path / "files")) as planner:
        await registered(planner, "v1")
        await registered(planner, "v2")
        await read(planner, "v1")
    assert (counted(planner, "agrees"), counted(planner, "differs")) == (2, 0)

    engine = create_async_engine(database_url)
    table = "plan_series" if database_url.startswith("sqlite") else "planvault.plan_series"
    async with engine.begin() as connection:
        await connection.execute(text(f"UPDATE {table} SET demand = 77 WHERE version_id = 'v2'"))
    await engine.dispose()
    async with open_planner(settings_of(database_url, tmp_path / "files")) as planner:
        await read(planner, "v1")
        await read(planner, "v2")
    assert (counted(planner, "agrees"), counted(planner, "differs")) == (2, 2)

    async with open_planner(settings_of(database_url, tmp_path / "files", share=0)) as planner:
        (told,) = await mismatches(planner)
        samples = told["samples"]
        assert isinstance(samples, list)
        assert (told["version_id"], told["found"], len(samples)) == ("v2", 40, 10)
        assert samples[0] == {
            "kind": "cell",
            "level": "det",
            "key": list(det_rows(40)[0].key[1:]),
            "field": "demand",
            "in_database": 77.0,
            "in_files": 10.0,
        }
        assert list((await planner.storage.status()).mismatched) == ["v2"]
        await read(planner, "v2")
        assert (counted(planner, "agrees"), counted(planner, "differs")) == (0, 0)
        assert [finding async for finding in planner.storage.verify(full=True)]
        assert list((await planner.storage.status()).mismatched) == []
        assert (await planner.audit.verify()).clean


async def test_a_missing_folder_is_told_and_no_read_fails_by_it(tmp_path: Path) -> None:
    async with open_planner(settings_of("memory://", tmp_path / "files")) as planner:
        await registered(planner, "v1")
        (tmp_path / "files" / "versions" / "v1").rename(tmp_path / "gone")
        await read(planner, "v1")
    assert counted(planner, "differs") == 2
    assert [told["found"] for told in await mismatches(planner)] == [1]


async def test_without_files_nothing_is_compared(tmp_path: Path) -> None:
    async with open_planner(Settings(database_url="memory://", shadow_reads=1.0)) as planner:
        await registered(planner, "v1")
        await read(planner, "v1")
    assert [counted(planner, result) for result in ("agrees", "differs", "skipped")] == [0, 0, 0]


async def test_a_comparison_that_fails_by_whatever_it_is_keeps_nobody_waiting() -> None:
    def broken(*, read_only: bool = False) -> Any:
        raise RuntimeError("nobody foresaw this")

    telemetry = PrometheusTelemetry()
    reads = ShadowReads(folders=None, telemetry=telemetry, clock=SystemClock(), share=1.0)
    async with asyncio.timeout(5), reads.comparing(broken):
        for _ in range(3):
            reads.offer(ShadowRead(version_id=VersionId("v1"), level="det"))
    assert b'planvault_shadow_reads_total{result="skipped"} 3.0' in telemetry.exposition()
