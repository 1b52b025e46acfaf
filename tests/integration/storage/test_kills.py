"""A process killed at each crash point: nothing half is seen, nothing acknowledged is lost, the next one goes on."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.adapters.files.crash_points import CRASH_POINTS, FOLDER_TRASHED
from planvault.domain.storage.state import StorageMode
from planvault.testing.builders import det_rows

AYA = Actor.asserted("aya")


async def die(url: str, root: Path, point: str) -> int:
    """How a process ended that was to die at that point."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.storage.dying", url, str(root), point
    )
    return await process.wait()


async def registered(planner: Planner, version_id: str) -> None:
    await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), det_rows(40))


async def agreed(planner: Planner) -> None:
    assert [finding async for finding in planner.storage.verify(full=True)] == []
    assert list((await planner.storage.status()).unfiled) == []


@pytest.mark.parametrize("point", CRASH_POINTS)
@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_a_process_killed_at_any_point_leaves_both_sides_in_agreement(
    database_url: str, tmp_path: Path, point: str
) -> None:
    root = tmp_path / "files"
    settings = Settings(database_url=database_url, storage_mode=StorageMode.BOTH, files_root=root)
    async with open_planner(settings) as planner:
        await registered(planner, "v1")
        before = await planner.plans.get("v1")
        if point == FOLDER_TRASHED:
            await planner.plans.replace("v1", det_rows(9), actor=AYA)
            before = await planner.plans.get("v1")

    assert await die(database_url, root, point) == -signal.SIGKILL

    async with open_planner(settings) as planner:
        assert await planner.plans.get("v1") == before
        assert [plan.version_id for plan in (await planner.plans.list()).items] == ["v1"]
        await agreed(planner)
        # what the dead one was about to do is done now, and what it left is swept
        await planner.plans.replace("v1", det_rows(12), actor=AYA)
        await registered(planner, "v2")
        await agreed(planner)
        await planner.storage.sweep(actor=AYA)
        assert list((await planner.storage.status()).orphans) == []
        await agreed(planner)
        assert (await planner.audit.verify()).clean
