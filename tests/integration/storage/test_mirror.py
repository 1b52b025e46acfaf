"""The mirror: whatever is done, the files root tells what the ledger tells, and a root of another past is refused."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from planvault import Actor, Planner, RegisterRequest, Role, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory
from planvault.adapters.files.mirror_files import FileMirror
from planvault.adapters.sql.ledger_parts import IN_FILES_OF_THEIR_OWN, LEFT_OUT, OF_LABELS, OF_STORE, OF_VERSIONS
from planvault.adapters.sql.tables import METADATA
from planvault.application.exchange import NamedStream
from planvault.application.storage.mirror_ledger import MirrorLedger
from planvault.application.storage.side_by_side import StorageFinding
from planvault.domain.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotMirroredError,
    StorageFullError,
    StorageUnavailableError,
)
from planvault.domain.storage.state import Side, StorageMode
from planvault.infrastructure.container import Container
from planvault.testing.builders import det_rows

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
async def planner(database_url: str, root: Path) -> AsyncIterator[Planner]:
    """A planner on a store that files what it stores."""
    settings = Settings(database_url=database_url, storage_mode=StorageMode.BOTH, files_root=root)
    async with open_planner(settings) as opened:
        yield opened


async def findings(planner: Planner, *versions: str) -> list[StorageFinding]:
    return [finding async for finding in planner.storage.verify(versions, full=True)]


async def agreed(planner: Planner) -> None:
    """The files root tells what the ledger tells, to the last byte, and nothing waits."""
    assert await findings(planner) == []
    status = await planner.storage.status()
    assert (status.outbox.count, list(status.unfiled)) == (0, [])
    assert (await planner.audit.verify()).clean


async def registered(planner: Planner, version_id: str = "v1") -> None:
    await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), det_rows(40))


async def edited(planner: Planner, version_id: str) -> None:
    rows = [row async for row in planner.plans.series(version_id, level="det")]
    count = (await planner.plans.get(version_id)).row_version
    cell = f"det:week={rows[0].time_bucket_key},sku={rows[0].item_key}:field=supply"
    await planner.plans.edit(version_id, {cell: 100.0 + count}, actor=AYA)


async def approved_inputs(planner: Planner) -> None:
    await planner.inputs.import_files(label="Weekly", directory=sample_directory(), actor=AYA)
    await planner.inputs.submit("Weekly", actor=AYA)
    await planner.inputs.approve_reference("Weekly@1", actor=BEN)


def below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def mirrored(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*.json*") if "versions" not in path.parts}


def moved(place: Path, to: Path) -> Path:
    return place.rename(to)


def current(root: Path, key: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((root / "current" / f"{key}.json").read_text(encoding="utf-8"))
    return fields


def test_every_table_has_its_place_in_the_mirror() -> None:
    placed = {*OF_VERSIONS, *OF_LABELS, *OF_STORE, *IN_FILES_OF_THEIR_OWN, *LEFT_OUT}
    assert placed == set(METADATA.sorted_tables)


@BOTH
async def test_whatever_is_done_the_root_tells_it(planner: Planner, root: Path) -> None:
    await approved_inputs(planner)
    await planner.plans.create(input_set="Weekly", actor=AYA, version_id="Made")
    await registered(planner, "told")
    await planner.plans.copy("Made", "copied", actor=AYA)
    await planner.plans.delete("copied", actor=AYA)
    assert sorted(path.name for path in (root / "current").iterdir()) == ["copied.json", "made.json", "told.json"]
    made = current(root, "made")
    assert (made["version_id"], made["tables"]["plan_versions"][0][0]) == ("Made", "Made")
    assert (root / "versions" / "made" / f"{made['folder']['digest']}.{made['folder']['suffix']}").is_dir()
    assert [row[3] for row in made["tables"]["plan_jobs"]] == ["succeeded"]
    assert current(root, "copied")["deleted"] is True
    assert "tables" not in current(root, "copied")
    assert (root / "labels" / "weekly.json").is_file()
    (content,) = (root / "inputs").iterdir()
    assert content.stem == made["tables"]["planning_input_contents"][0][1]
    await agreed(planner)


@SQLITE
async def test_the_mirror_heals_from_the_ledger(planner: Planner, root: Path) -> None:
    await approved_inputs(planner)
    for version_id in ("v1", "v2", "v3"):
        await registered(planner, version_id)
    await planner.plans.delete("v3", actor=AYA)
    stale = (root / "current" / "v1.json").read_bytes()
    await edited(planner, "v1")
    (content,) = (root / "inputs").iterdir()
    damage = {
        root / "current" / "v1.json": stale,
        root / "current" / "v2.json": (root / "current" / "v2.json").read_bytes().replace(b'"draft"', b'"final"'),
        root / "current" / "v3.json": None,
        root / "current" / "v9.json": b"{}\n",
        root / "labels" / "weekly.json": b"nothing",
        root / "store.json": None,
        content: content.read_bytes()[:-3] + b"!\n",
        root / "events" / "plan%2Fv1.jsonl": (root / "events" / "plan%2Fv1.jsonl")
        .read_bytes()
        .splitlines(keepends=True)[0],
        root / "events" / "plan%2Fv2.jsonl": b"",
        root / "events" / "input_set%2Fweekly%2F1.jsonl": None,
        root / "checkpoints.jsonl": None,
    }
    for file, text in damage.items():
        file.unlink(missing_ok=True)
        if text is not None:
            file.write_bytes(text)
    assert {(finding.kind, finding.file) for finding in await findings(planner)} == {
        ("mirror-stale", "current/v1.json"),
        ("mirror-altered", "current/v2.json"),
        ("mirror-missing", "current/v3.json"),
        ("mirror-extra", "current/v9.json"),
        ("mirror-altered", "labels/weekly.json"),
        ("mirror-missing", "store.json"),
        ("mirror-altered", f"inputs/{content.name}"),
        ("mirror-stale", "events/plan%2Fv1.jsonl"),
        ("mirror-altered", "events/plan%2Fv2.jsonl"),
        ("mirror-missing", "events/input_set%2Fweekly%2F1.jsonl"),
        ("mirror-missing", "checkpoints.jsonl"),
    }
    assert {finding.file for finding in await findings(planner, "v2")} == {"current/v2.json", "events/plan%2Fv2.jsonl"}
    done = await planner.storage.mirror(actor=AYA, everything=True)
    assert (done.versions, done.labels, done.commits) == (3, 1, 0)
    (root / "current" / "v9.json").unlink()
    await agreed(planner)
    await registered(planner, "v4")
    await agreed(planner)


@SQLITE
async def test_a_torn_line_is_cut_and_a_lost_file_is_written_anew_by_the_next_commit(
    planner: Planner, root: Path
) -> None:
    await registered(planner, "v1")
    await registered(planner, "v2")
    for name, keep in (("plan%2Fv1", 1), ("plan%2Fv2", 0)):
        file = root / "events" / f"{name}.jsonl"
        file.write_bytes(file.read_bytes() * keep + b'{"action":"crea')
    await edited(planner, "v1")
    await edited(planner, "v2")
    await agreed(planner)


@SQLITE
async def test_a_root_that_lost_its_root_json_is_adopted_and_loses_nothing(planner: Planner, root: Path) -> None:
    await registered(planner, "v1")
    (root / "root.json").unlink()
    with pytest.raises(StorageUnavailableError, match=r"holds no root\.json") as refused:
        await planner.storage.mirror(actor=AYA)
    assert refused.value.remedy is not None
    assert "storage mirror --adopt" in refused.value.remedy

    await planner.storage.adopt(actor=AYA, comment="it was deleted")

    await agreed(planner)
    await registered(planner, "v2")
    await edited(planner, "v1")
    await agreed(planner)
    assert [row async for row in planner.plans.series("v1", level="det")]


@SQLITE
async def test_a_root_that_is_away_keeps_commits_waiting(planner: Planner, root: Path, tmp_path: Path) -> None:
    await registered(planner, "v1")
    away = moved(root, tmp_path / "away")
    await edited(planner, "v1")
    await registered(planner, "v2")
    status = await planner.storage.status()
    assert (status.outbox.count, list(status.unfiled)) == (2, ["v2"])
    assert status.outbox.oldest is not None
    with pytest.raises(StorageUnavailableError):
        await planner.storage.mirror(actor=AYA)
    moved(away, root)
    done = await planner.storage.mirror(actor=AYA)
    assert (done.commits, done.versions) == (2, 2)
    # the version without a folder waits for it: nothing names a folder that does not hold what it tells of
    assert not (root / "current" / "v2.json").exists()
    assert [one async for one in planner.storage.repair(Side.DB, actor=AYA)] == ["v2"]
    assert current(root, "v2")["folder"] is not None
    await agreed(planner)


@SQLITE
async def test_a_reply_that_waits_for_the_mirror_says_that_the_change_stands(database_url: str, root: Path) -> None:
    settings = Settings(database_url=database_url, storage_mode=StorageMode.BOTH, files_root=root, storage_strict=True)
    async with open_planner(settings) as planner:
        await registered(planner, "v1")
        (root / "current").rename(root / "moved")
        (root / "current").write_text("in the way", encoding="utf-8")
    async with open_planner(settings) as planner:
        with pytest.raises(NotMirroredError, match="was stored") as refused:
            await edited(planner, "v1")
        assert (refused.value.code, "storage mirror" in str(refused.value.remedy)) == ("not-mirrored", True)
        assert (await planner.plans.get("v1")).row_version == 2
        assert (await planner.storage.status()).outbox.count == 1
        assert "1 commits are not mirrored" in str(await planner.maint.examine())
        (root / "current").unlink()
        (root / "moved").rename(root / "current")
        await edited(planner, "v1")
        assert (await planner.storage.status()).outbox.count == 0
        await agreed(planner)


@BOTH
async def test_a_store_that_comes_back_to_files_has_its_mirror_with_the_first_commit(
    database_url: str, root: Path
) -> None:
    async with open_planner(Settings(database_url=database_url, files_root=root)) as planner:
        await approved_inputs(planner)
        await planner.plans.create(input_set="Weekly", actor=AYA, version_id="v1")
        assert below(root) == []
        await planner.storage.switch(StorageMode.BOTH, actor=AYA)
        assert (root / "labels" / "weekly.json").is_file()
        assert [one async for one in planner.storage.repair(Side.DB, actor=AYA)] in (["v1"], [])
        await agreed(planner)
        await planner.storage.switch(StorageMode.DB, actor=AYA)
        await edited(planner, "v1")
        assert (await planner.storage.status()).outbox.count == 0
        assert await findings(planner) == []
        await planner.storage.switch(StorageMode.BOTH, actor=AYA)
        assert current(root, "v1")["row_version"] == 2
        await agreed(planner)


@SQLITE
async def test_an_old_copy_of_the_database_is_refused_by_the_root_of_today(
    planner: Planner, root: Path, tmp_path: Path
) -> None:
    await registered(planner, "v1")
    old = tmp_path / "old.db"
    with sqlite3.connect(tmp_path / "plans.db") as source, sqlite3.connect(old) as copy:
        source.backup(copy)
    await edited(planner, "v1")
    await registered(planner, "v2")
    told = mirrored(root)
    async with open_planner(Settings(database_url=f"sqlite+aiosqlite:///{old}", files_root=root)) as restored:
        for refused in (
            registered(restored, "v3"),
            restored.storage.sweep(actor=AYA),
            restored.storage.mirror(actor=AYA),
        ):
            with pytest.raises(ConflictError, match="ahead of the ledger"):
                await refused
        assert [(one.kind, one.file) for one in await findings(restored)] == [("mirror-root", "root.json")]
        assert mirrored(root) == told
        # another past: as many events as the root tells of, and more
        await restored.storage.switch(StorageMode.DB, actor=AYA)
        for _ in range(6):
            await edited(restored, "v1")
        with pytest.raises(ConflictError, match="another ledger"):
            await restored.storage.switch(StorageMode.BOTH, actor=AYA)


@SQLITE
async def test_a_root_of_another_past_is_adopted(planner: Planner, root: Path, tmp_path: Path) -> None:
    await registered(planner, "v1")
    old = tmp_path / "old.db"
    with sqlite3.connect(tmp_path / "plans.db") as source, sqlite3.connect(old) as copy:
        source.backup(copy)
    await registered(planner, "v2")
    async with open_planner(Settings(database_url=f"sqlite+aiosqlite:///{old}", files_root=root)) as restored:
        with pytest.raises(ForbiddenError):
            await restored.storage.adopt(actor=replace(AYA, roles=frozenset({Role.PLANNER})))
        await restored.storage.adopt(actor=AYA, comment="the disk of last night is gone")
        await agreed(restored)
        await registered(restored, "v3")
        await agreed(restored)
        (left,) = (await restored.storage.status()).orphans
        assert left.version_id == "v2"
        assert any("current" in name for name in below(root / "trash"))
        assert (await restored.audit.verify()).clean
    # the ledger that it belonged to is refused now
    with pytest.raises(ConflictError, match="another epoch"):
        await registered(planner, "v4")


@pytest.mark.parametrize("database_url", ["memory"], indirect=True)
async def test_a_store_in_memory_is_not_mirrored(planner: Planner, root: Path) -> None:
    await registered(planner, "v1")
    assert not (root / "current").exists()
    assert await findings(planner) == []
    with pytest.raises(InvalidRequestError, match="memory"):
        await planner.storage.mirror(actor=AYA)


@SQLITE
async def test_a_restored_backup_adopts_the_root_of_before(planner: Planner, root: Path, tmp_path: Path) -> None:
    await registered(planner, "v1")
    backup = BytesIO()
    await planner.maint.backup(backup, actor=AYA)
    await registered(planner, "v2")
    stream = NamedStream(name="backup.zip", open=lambda: BytesIO(backup.getvalue()))
    url = f"sqlite+aiosqlite:///{tmp_path / 'restored.db'}"
    async with open_planner(Settings(database_url=url, files_root=root)) as restored:
        await restored.maint.restore(stream, actor=AYA)
        with pytest.raises(ConflictError, match="another store"):
            await restored.storage.switch(StorageMode.BOTH, actor=AYA)
        await restored.storage.adopt(actor=AYA)
        await restored.storage.switch(StorageMode.BOTH, actor=AYA)
        assert [one async for one in restored.storage.repair(Side.DB, actor=AYA)] in (["v1"], [])
        await agreed(restored)


class FullMirror(FileMirror):
    """Has no room for what is appended."""

    async def append(self, file: str, data: bytes) -> None:
        raise StorageFullError(f"There is no room left to write {file}: {len(data)} bytes.")


@asynccontextmanager
async def opened(container: Container) -> AsyncIterator[Planner]:
    try:
        yield container.planner()
    finally:
        await container.database().close()


def in_parts(url: str, root: Path) -> Container:
    """Its mirror does little at a time."""
    container = Container(settings=Settings(database_url=url, files_root=root), database_or_engine=url)
    files, units = container.mirror_files(), container.plain_unit_of_work()
    container.mirror.override(MirrorLedger(unit_of_work=units, files=files, events_at_once=2, parts_at_once=1))
    return container


@SQLITE
async def test_a_large_ledger_is_mirrored_in_parts(database_url: str, root: Path) -> None:
    async with open_planner(Settings(database_url=database_url, files_root=root)) as planner:
        await approved_inputs(planner)
        for version_id in ("v1", "v2", "v3"):
            await registered(planner, version_id)
        async with opened(in_parts(database_url, root)) as small:
            await small.storage.switch(StorageMode.BOTH, actor=AYA)
            assert [one async for one in small.storage.repair(Side.DB, actor=AYA)] in (["v1", "v2", "v3"], [])
            await agreed(planner)
            # rows with the columns of another schema are written anew by themselves
            file = root / "root.json"
            file.write_text(file.read_text(encoding="utf-8").replace('"schema":"', '"schema":"00'), encoding="utf-8")
            for part in (root / "labels" / "weekly.json", root / "current" / "v1.json", root / "checkpoints.jsonl"):
                part.write_bytes(b"of another schema")
            await edited(small, "v2")
        await agreed(planner)


@BOTH
async def test_what_many_write_at_once_is_all_mirrored(database_url: str, root: Path) -> None:
    settings = Settings(database_url=database_url, storage_mode=StorageMode.BOTH, files_root=root)
    async with open_planner(settings) as one, open_planner(settings) as other:
        await asyncio.gather(*[registered(planner, f"v{n}") for n, planner in enumerate([one, other] * 3)])
        await asyncio.gather(*[edited(planner, f"v{n}") for n, planner in enumerate([one, other] * 3)])
        await agreed(one)
        assert len(below(root / "current")) == 6


@SQLITE
async def test_where_files_are_the_primary_a_root_that_is_away_refuses_and_a_mirror_that_fails_is_told(
    database_url: str, root: Path, tmp_path: Path
) -> None:
    settings = Settings(database_url=database_url, storage_mode=StorageMode.FILES, files_root=root)
    async with open_planner(settings) as planner:
        await registered(planner, "v1")
        await agreed(planner)
        away = moved(root, tmp_path / "away")
        with pytest.raises(StorageUnavailableError):
            await planner.plans.pin("v1", actor=AYA)
        moved(away, root)
        assert not (await planner.plans.get("v1")).pinned
    container = Container(settings=settings, database_or_engine=database_url)
    container.mirror_files.override(FullMirror(root))
    async with opened(container) as failing:
        with pytest.raises(NotMirroredError, match="no room"):
            await failing.plans.pin("v1", actor=AYA)
        assert (await failing.plans.get("v1")).pinned
    async with open_planner(settings) as planner:
        assert (await planner.storage.status()).outbox.count == 1
        await registered(planner, "v2")
        await agreed(planner)


@SQLITE
async def test_a_root_from_before_epochs_is_taken_over(planner: Planner, root: Path) -> None:
    await registered(planner, "v1")
    said = json.loads((root / "root.json").read_text(encoding="utf-8"))
    (root / "root.json").write_text(json.dumps({name: said[name] for name in ("format", "store_id")}), encoding="utf-8")
    for area in ("current", "labels", "events", "inputs"):
        shutil.rmtree(root / area, ignore_errors=True)
    (root / "store.json").unlink()
    await edited(planner, "v1")
    assert json.loads((root / "root.json").read_text(encoding="utf-8"))["epoch"] == said["epoch"]
    await agreed(planner)
