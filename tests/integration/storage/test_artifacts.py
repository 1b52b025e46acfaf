"""Legacy-shaped artifacts in files: kept for those who read them there, and nobody's truth."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.domain.storage.state import StorageMode
from planvault.testing.builders import aggregate_rows, det_rows
from planvault.testing.stores import sqlite_url

AYA = Actor.asserted("aya")


def settings_of(tmp_path: Path, mode: StorageMode) -> Settings:
    return Settings(
        database_url=sqlite_url(tmp_path / "plans.db"),
        storage_mode=mode,
        files_root=tmp_path / "files",
        legacy_artifacts=True,
    )


async def registered(planner: Planner, version_id: str) -> None:
    rows = [*aggregate_rows(), *det_rows(40)]
    await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), rows)


async def artifacts_of(planner: Planner, version_id: str) -> dict[str, str]:
    return {
        name: "".join([piece async for piece in planner.plans.artifact(version_id, name)])
        for name in await planner.plans.artifact_names(version_id)
    }


def below(directory: Path) -> dict[str, str]:
    return {path.name: path.read_bytes().decode() for path in directory.iterdir()}


@pytest.mark.parametrize("mode", [StorageMode.FILES, StorageMode.BOTH])
async def test_the_files_are_those_that_an_export_renders(tmp_path: Path, mode: StorageMode) -> None:
    kept = tmp_path / "files" / "artifacts"
    async with open_planner(settings_of(tmp_path, mode)) as planner:
        await registered(planner, "v1")
        await registered(planner, "v2")
        assert below(kept / "v1") == await artifacts_of(planner, "v1") != {}

        await planner.plans.replace("v1", det_rows(9), actor=AYA)
        assert below(kept / "v1") == await artifacts_of(planner, "v1")
        await planner.plans.delete("v2", actor=AYA)
        assert sorted(path.name for path in kept.iterdir()) == ["v1"]
        assert [finding async for finding in planner.storage.verify(full=True)] == []


async def test_artifacts_that_cannot_be_kept_keep_no_plan_from_being_stored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_planner(settings_of(tmp_path, StorageMode.FILES)) as planner:
        (tmp_path / "files" / "artifacts").write_text("in the way")
        with caplog.at_level(logging.ERROR, logger="planvault.storage"):
            await registered(planner, "v1")
        assert "the artifacts of v1 could not be kept in files" in caplog.text
        assert [version.version_id for version in (await planner.plans.list()).items] == ["v1"]
        (tmp_path / "files" / "artifacts").unlink()
        await registered(planner, "v2")
        assert below(tmp_path / "files" / "artifacts" / "v2") == await artifacts_of(planner, "v2")
        assert list((tmp_path / "files" / "staging").iterdir()) == []


async def test_nothing_is_rendered_unless_it_is_asked_for_and_files_are_kept(tmp_path: Path) -> None:
    async with open_planner(settings_of(tmp_path, StorageMode.DB)) as planner:
        await registered(planner, "v1")
    assert not (tmp_path / "files").exists()


async def test_nothing_is_made_where_the_files_root_is_missing(tmp_path: Path) -> None:
    async with open_planner(settings_of(tmp_path, StorageMode.BOTH)) as planner:
        await registered(planner, "v1")
        (tmp_path / "files").rename(tmp_path / "lost")
        await registered(planner, "v2")
        assert not (tmp_path / "files").exists()
        (tmp_path / "files").mkdir()
        await registered(planner, "v3")
        assert list((tmp_path / "files").iterdir()) == []
