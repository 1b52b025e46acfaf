"""Plans whose rows are read from folders: whatever is done to them, they read as they would in a database."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory
from planvault.application.exchange import NamedStream
from planvault.application.storage.side_by_side import StorageFinding
from planvault.domain.errors import IllegalTransitionError, IntegrityError, StorageError
from planvault.domain.plans.series_filter import SeriesFilter
from planvault.domain.shared.ids import VersionId
from planvault.domain.storage.retention import Retention
from planvault.domain.storage.state import Side, StorageMode
from planvault.testing.builders import aggregate_rows, det_rows

AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")
DB, FILES, BOTH = (StorageMode.DB, Side.DB), (StorageMode.FILES, Side.FILES), (StorageMode.BOTH, Side.FILES)
Way = tuple[StorageMode, Side]


@asynccontextmanager
async def a_planner(database_url: str, root: Path, way: Way) -> AsyncIterator[Planner]:
    """A planner on a store that keeps payloads that way from its first day on."""
    mode, primary = way
    async with open_planner(Settings(database_url=database_url, storage_mode=mode, files_root=root)) as planner:
        async with planner.storage.read_storage.unit_of_work() as uow:
            if (state := await uow.storage.state()) is not None and state.primary is not primary:
                await uow.storage.save_state(replace(state, primary=primary))
                await uow.commit()
        yield planner


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def registered(planner: Planner, version_id: str, count: int = 40) -> None:
    await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), det_rows(count))


async def lived(planner: Planner) -> None:
    """A life of plans: made, edited, copied, run again, told, replaced, deleted."""
    await planner.inputs.import_files(label="weekly", directory=sample_directory(), actor=AYA)
    await planner.inputs.submit("weekly", actor=AYA)
    await planner.inputs.approve_reference("weekly@1", actor=BEN)
    await planner.plans.create(input_set="weekly", actor=AYA, version_id="made")
    row = (await planner.plans.page("made", level="det", limit=1)).items[0]
    cell = f"det:week={row.time_bucket_key},sku={row.item_key}:field=demand"
    await planner.plans.edit("made", {cell: 7.0}, actor=AYA)
    await planner.plans.copy("made", "copied", actor=AYA)
    await planner.plans.edit("copied", {cell: 9.0}, actor=AYA)
    await planner.plans.rerun("made", actor=AYA, new_id="again")
    await registered(planner, "told")
    await registered(planner, "gone")
    await planner.plans.replace("told", det_rows(9), actor=AYA)
    await planner.plans.delete("gone", actor=AYA)


async def readings(planner: Planner) -> dict[Any, Any]:
    """What can be read of all plans, without the times at which they were made."""
    found: dict[Any, Any] = {}
    for version in (await planner.plans.list()).items:
        name = version.version_id
        found[name, "digests"] = version.payload_digest, version.plan_digest, version.series_rows
        found[name, "kpis"] = await planner.plans.kpis(name), await planner.plans.effective_kpis(name)
        found[name, "levels"] = [(one.level, one.rows, one.items) for one in await planner.plans.levels(name)]
        for level in (one.level for one in await planner.plans.levels(name)):
            whole = [row async for row in planner.plans.series(name, level=level)]
            one = whole[len(whole) // 2]
            found[name, level] = whole
            only = SeriesFilter(item=one.item_key, bucket_from=one.time_bucket_key)
            found[name, level, "page"] = (await planner.plans.page(name, level=level, limit=3, only=only)).items
            table = await planner.plans.pivot(name, level=level, measure="demand", limit=5)
            found[name, level, "pivot"] = table.buckets, table.rows
            found[name, level, "effective"] = [
                row async for batch in planner.plans.effective(name, level=level) for row in batch
            ]
    for other in ("copied", "again", "told"):
        found["made", other] = (await planner.plans.compare("made", other)).levels
        found["made", other, "largest"] = await planner.plans.largest_changes("made", other, level="det", top=4)
        found["made", other, "all"] = [
            change async for batch in planner.plans.all_changes("made", other, level="det") for change in batch
        ]
    return found


async def findings(planner: Planner, *versions: str, full: bool = True) -> list[StorageFinding]:
    return [finding async for finding in planner.storage.verify(versions, full=full)]


async def rows_in_tables(planner: Planner, version_id: str) -> int:
    async with planner.storage.read_storage.unit_of_work(read_only=True) as uow:
        version = VersionId(version_id)
        return sum(
            [
                len(batch)
                for series in await uow.tables.series(version)
                async for batch in uow.tables.rows(version, series.level)
            ]
        )


_WANTED: dict[Any, Any] = {}


async def in_memory(directory: Path) -> dict[Any, Any]:
    """What the same life reads like in a store without files; lived once."""
    if not _WANTED:
        async with a_planner("memory://", directory, DB) as planner:
            await lived(planner)
            _WANTED.update(await readings(planner))
    return _WANTED


@pytest.mark.parametrize(
    ("database_url", "way"),
    [("memory", FILES), ("sqlite", FILES), ("sqlite", BOTH), ("postgresql", FILES)],
    ids=["memory-files", "sqlite-files", "sqlite-both", "postgresql-files"],
    indirect=["database_url"],
)
async def test_plans_read_the_same_from_folders(database_url: str, tmp_path: Path, way: Way) -> None:
    wanted = await in_memory(tmp_path / "none")

    async with a_planner(database_url, tmp_path / "files", way) as planner:
        await lived(planner)
        assert await readings(planner) == wanted
        assert await findings(planner) == []
        assert (await rows_in_tables(planner, "made") > 0) is way[0].has_tables
        assert f'plan_db_write_total{{storage_mode="{way[0]}"}}' in planner.exposition().decode()


async def test_damaged_and_missing_folders_are_named_and_read_by_nobody(database_url: str, tmp_path: Path) -> None:
    async with a_planner(database_url, tmp_path / "files", FILES) as planner:
        await registered(planner, "cut")
        await registered(planner, "gone")
        await registered(planner, "whole")
        (cut,) = (tmp_path / "files" / "versions" / "cut").iterdir()
        path = cut / "det.jsonl"
        path.write_bytes(path.read_bytes().replace(b"10.0", b"11.0", 1))
        (tmp_path / "files" / "versions" / "gone").rename(tmp_path / "elsewhere")

        assert [(found.version_id, found.kind) for found in await findings(planner)] == [
            ("cut", "damaged"),
            ("gone", "damaged"),
        ]
        for version_id in ("cut", "gone"):
            with pytest.raises(IntegrityError):
                assert [row async for row in planner.plans.series(version_id, level="det")]
            with pytest.raises(IntegrityError):
                await planner.plans.copy(version_id, f"{version_id}-2", actor=AYA)
        with pytest.raises(IllegalTransitionError, match="files alone"):
            assert [one async for one in planner.storage.repair(Side.DB, ["cut"], actor=AYA)]

        (tmp_path / "elsewhere").rename(tmp_path / "files" / "versions" / "gone")
        assert await findings(planner, "gone", "whole") == []
        await planner.plans.copy("gone", "back", actor=AYA)
        assert [version.version_id for version in (await planner.plans.list()).items] == [
            "back",
            "whole",
            "gone",
            "cut",
        ]


async def test_a_version_that_nothing_points_from_is_not_read_as_empty(tmp_path: Path) -> None:
    async with a_planner("memory://", tmp_path / "files", FILES) as planner:
        await registered(planner, "v1")
        async with planner.storage.read_storage.unit_of_work() as uow:
            pointer = await uow.storage.pointer(VersionId("v1"))
            await uow.storage.unpoint(VersionId("v1"))
            await uow.commit()

        with pytest.raises(IntegrityError, match="No folder holds the payload of v1"):
            assert [row async for row in planner.plans.series("v1", level="det")]
        assert [finding.kind for finding in await findings(planner)] == ["unfiled"]

        async with planner.storage.read_storage.unit_of_work() as uow:
            assert pointer is not None
            await uow.storage.point(pointer)
            await uow.commit()
        assert [row async for row in planner.plans.series("v1", level="det")] == det_rows(40)


async def test_rows_that_are_not_those_of_the_ledger_are_named_by_bucket(tmp_path: Path) -> None:
    async with a_planner(f"sqlite+aiosqlite:///{tmp_path}/here.db", tmp_path / "files", FILES) as planner:
        await registered(planner, "v1")
        with closing(sqlite3.connect(tmp_path / "here.db")) as connection, connection:
            for table, where in (("plan_level_summaries", "1"), ("plan_digests", "time_bucket_key = '2026-W02'")):
                connection.execute(f"UPDATE {table} SET digest = ? WHERE {where}", ["0" * 64])

        found = [(one.kind, one.level, tuple(one.key)) for one in await findings(planner)]

        assert found == [("rows", "det", ("week", "2026-W02")), ("mirror-stale", None, ())]


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_who_reads_a_state_of_before_a_sweep_reads_it_to_the_end(database_url: str, tmp_path: Path) -> None:
    async with a_planner(database_url, tmp_path / "files", FILES) as planner:
        await registered(planner, "v1")
        async with planner.storage.read_storage.unit_of_work(read_only=True) as uow:
            before = await uow.plans.get(VersionId("v1"))
            await planner.plans.replace("v1", det_rows(9), actor=AYA)
            assert [name.version_id for name in await planner.storage.sweep(actor=AYA)] == ["v1"]
            assert [row async for batch in uow.payload.rows(before.version_id, "det") for row in batch] == det_rows(40)
        assert [row async for row in planner.plans.series("v1", level="det")] == det_rows(9)


@pytest.mark.parametrize("way", [FILES, BOTH], ids=["files", "both"])
async def test_what_cannot_be_filed_is_not_stored(database_url: str, tmp_path: Path, way: Way) -> None:
    async with a_planner(database_url, tmp_path / "files", way) as planner:
        await registered(planner, "v1")
        (tmp_path / "files").rename(tmp_path / "lost")

        with pytest.raises(StorageError):
            await registered(planner, "v2")
        with pytest.raises(StorageError):
            await planner.plans.replace("v1", det_rows(9), actor=AYA)
        assert [version.version_id for version in (await planner.plans.list()).items] == ["v1"]

        (tmp_path / "lost").rename(tmp_path / "files")
        assert [row async for row in planner.plans.series("v1", level="det")] == det_rows(40)
        await registered(planner, "v2")
        assert await findings(planner) == []


async def test_a_root_that_was_put_back_meanwhile_is_the_one_that_is_written_to(tmp_path: Path) -> None:
    url, before = f"sqlite+aiosqlite:///{tmp_path}/here.db", open_files()
    async with a_planner(url, tmp_path / "files", FILES) as planner:
        await registered(planner, "v1")
        (tmp_path / "files").rename(tmp_path / "old")
        shutil.copytree(tmp_path / "old", tmp_path / "files")
        await registered(planner, "v2")
        await planner.plans.replace("v1", det_rows(9), actor=AYA)
        assert sorted(one.name for one in (tmp_path / "files" / "versions").iterdir()) == ["v1", "v2"]
        shutil.rmtree(tmp_path / "old")
        assert [row async for row in planner.plans.series("v2", level="det")] == det_rows(40)
        assert await findings(planner) == []
    assert open_files() <= before  # nothing is left open


async def test_rows_that_left_the_tables_meanwhile_are_not_filed_as_none(tmp_path: Path) -> None:
    async with a_planner(f"sqlite+aiosqlite:///{tmp_path}/here.db", tmp_path / "files", BOTH) as planner:
        await planner.plans.register(
            RegisterRequest(version_id="v1", actor=AYA, trigger="test"), [*aggregate_rows(), *det_rows(9)]
        )
        async with planner.storage.read_storage.unit_of_work() as uow:
            version = replace(await uow.plans.get(VersionId("v1")), title="changed")
            # As another transaction may do between this one's look at the mode and its commit.
            await uow.payload.save_kpis(version.version_id, await uow.payload.kpis(version.version_id))
            await uow.plans.save(version)
            await uow.tables.clear_rows(version.version_id)
            with pytest.raises(IntegrityError, match="not those that its payload digest tells of"):
                await uow.commit()
        assert await findings(planner) == []


async def test_a_backup_of_files_alone_restores_into_a_database(tmp_path: Path) -> None:
    here, there = f"sqlite+aiosqlite:///{tmp_path}/here.db", f"sqlite+aiosqlite:///{tmp_path}/there.db"
    backup = BytesIO()
    async with a_planner(here, tmp_path / "files", FILES) as planner:
        await lived(planner)
        wanted = await readings(planner)
        await planner.maint.backup(backup, actor=AYA)
    async with open_planner(Settings(database_url=there)) as planner:
        await planner.maint.restore(NamedStream(name="backup.zip", open=lambda: BytesIO(backup.getvalue())), actor=AYA)
        assert await readings(planner) == wanted
        assert await findings(planner) == []
        assert await rows_in_tables(planner, "made") > 0


async def test_rows_in_files_do_not_count_against_the_limit_of_the_tables(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/here.db"
    settings = Settings(database_url=url, storage_mode=StorageMode.FILES, files_root=tmp_path / "files", max_rows=50)
    async with open_planner(settings) as planner:
        await registered(planner, "v1", 40)
        await registered(planner, "v2", 40)
        trimmed = await planner.maint.trim(Retention(max_rows=40, keep_newest=1), actor=AYA)
        assert ([version.version_id for version in trimmed.versions], trimmed.rows) == (["v1"], 40)
        assert await findings(planner) == []
        assert [name.version_id for name in await planner.storage.sweep(actor=AYA)] == ["v1"]


async def test_a_store_of_files_whose_root_nobody_names_says_so(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/here.db"
    async with a_planner(url, tmp_path / "files", FILES) as planner:
        await registered(planner, "v1")

    async with open_planner(Settings(database_url=url), any_mode=True) as planner:
        assert (await planner.storage.status()).trouble == "No files root is set."
        (files,) = [check for check in await planner.maint.examine() if check.check == "files"]
        assert files.fix is not None
        with pytest.raises(StorageError, match="No files root is set"):
            await planner.storage.sweep(actor=AYA)

    async with a_planner(url, tmp_path / "files", FILES) as planner:
        assert (await planner.storage.status()).trouble is None
        assert await findings(planner) == []


async def test_a_link_in_the_place_of_a_folder_is_a_finding_and_never_followed(tmp_path: Path) -> None:
    async with a_planner("memory://", tmp_path / "files", FILES) as planner:
        await registered(planner, "linked")
        await registered(planner, "whole")
        place = tmp_path / "files" / "versions" / "linked"
        place.rename(tmp_path / "moved")
        place.symlink_to(tmp_path / "moved")
        assert [(found.version_id, found.kind) for found in await findings(planner)] == [("linked", "damaged")]
