"""A process that dies at any point of the mirror: the next commit brings it up to the ledger."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.adapters.files.crash_points import MIRROR_POINTS, MIRROR_TAIL_CUT
from planvault.adapters.files.mirror_files import FileMirror
from planvault.domain.storage.state import StorageMode
from planvault.infrastructure.container import Container
from planvault.testing.builders import det_rows
from planvault.testing.postgres import PostgresForTests

AYA = Actor.asserted("aya")
DEAD = 77


def settings_of(url: str, root: Path) -> Settings:
    return Settings(database_url=url, storage_mode=StorageMode.BOTH, files_root=root)


async def registered(planner: Planner, version_id: str) -> None:
    await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), det_rows(5))


async def begun(url: str, root: Path) -> None:
    async with open_planner(settings_of(url, root)) as planner:
        await registered(planner, "v1")


async def dying(url: str, root: Path, point: str) -> None:
    def reached(passed: str) -> None:
        if passed == point:
            os._exit(DEAD)

    container = Container(settings=settings_of(url, root), database_or_engine=url)
    container.mirror_files.override(FileMirror(root, reached=reached))
    planner = container.planner()
    await planner.plans.pin("v1", actor=AYA)
    await registered(planner, "v2")


def killed(url: str, root: Path, point: str) -> bool:
    """Whether a process of its own reached that point and died there, with nothing tidied up."""
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(dying(url, root, point))
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == DEAD


async def goes_on(url: str, root: Path) -> None:
    async with open_planner(settings_of(url, root)) as planner:
        assert (await planner.plans.get("v1")).pinned
        await registered(planner, "v3")
        assert (await planner.storage.status()).outbox.count == 0
        assert [finding async for finding in planner.storage.verify(full=True)] == []
        assert (await planner.audit.verify()).clean


@pytest.mark.parametrize("point", MIRROR_POINTS)
def test_a_process_killed_while_it_mirrors_is_caught_up_with(tmp_path: Path, point: str) -> None:
    url, root = f"sqlite+aiosqlite:///{tmp_path / 'plans.db'}", tmp_path / "files"
    asyncio.run(begun(url, root))
    if point == MIRROR_TAIL_CUT:
        with (root / "events" / "plan%2Fv1.jsonl").open("ab") as file:
            file.write(b'{"action":"cut')
    assert killed(url, root, point)
    asyncio.run(goes_on(url, root))


def test_on_postgresql_too(postgres: PostgresForTests, postgres_template: str, tmp_path: Path) -> None:
    # No loop runs and no thread is at work while the process is doubled.
    name, root = "mirrored_until_killed", tmp_path / "files"
    asyncio.run(postgres.execute(f"CREATE DATABASE {name} TEMPLATE {postgres_template}"))
    try:
        asyncio.run(begun(postgres.url(name), root))
        assert killed(postgres.url(name), root, "mirror.current.renamed")
        asyncio.run(goes_on(postgres.url(name), root))
    finally:
        asyncio.run(postgres.execute(f"DROP DATABASE {name} WITH (FORCE)"))
