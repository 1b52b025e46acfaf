"""The mode ``both`` on every store: tables and folders agree, and what does not is named and repaired."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from planvault import Actor, Planner, RegisterRequest, SeriesRow, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory
from planvault.application.storage.side_by_side import StorageFinding
from planvault.domain.errors import (
    ConflictError,
    ForbiddenError,
    IllegalTransitionError,
    IntegrityError,
    InvalidRequestError,
    NotFoundError,
    StorageUnavailableError,
)
from planvault.domain.shared.ids import VersionId
from planvault.domain.storage.state import Side, StorageMode
from planvault.testing.builders import det_rows

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


async def registered(planner: Planner, version_id: str = "v1", rows: list[SeriesRow] | None = None) -> None:
    request = RegisterRequest(version_id=version_id, actor=AYA, trigger="test")
    await planner.plans.register(request, det_rows(40) if rows is None else rows)


async def findings(planner: Planner, *versions: str, full: bool = True) -> list[StorageFinding]:
    return [finding async for finding in planner.storage.verify(versions, full=full)]


async def repaired(planner: Planner, source: Side, *versions: str) -> list[str]:
    return [version_id async for version_id in planner.storage.repair(source, versions, actor=AYA)]


async def agreed(planner: Planner) -> None:
    """Tables and folders hold the same, to the last bit, and nothing is left to file."""
    assert await findings(planner) == []
    assert list((await planner.storage.status()).unfiled) == []


async def folder_of(planner: Planner, root: Path, version_id: str = "v1") -> Path:
    """The one folder of a version that something points to."""
    await planner.storage.sweep(actor=AYA)
    (folder,) = (root / "versions" / version_id).iterdir()
    return folder


def moved(place: Path, to: Path) -> Path:
    return place.rename(to)


def below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_whatever_is_done_to_plans_both_sides_agree(planner: Planner) -> None:
    await planner.inputs.import_files(label="weekly", directory=sample_directory(), actor=AYA)
    await planner.inputs.submit("weekly", actor=AYA)
    await planner.inputs.approve_reference("weekly@1", actor=BEN)
    await planner.plans.create(input_set="weekly", actor=AYA, version_id="made")
    await agreed(planner)
    await registered(planner, "told")
    await agreed(planner)
    await planner.plans.copy("made", "copied", actor=AYA)
    await agreed(planner)
    await planner.plans.rerun("made", actor=AYA, new_id="again")
    await agreed(planner)
    await planner.plans.replace("told", det_rows(9), actor=AYA)
    await agreed(planner)
    await planner.plans.delete("copied", actor=AYA)
    await agreed(planner)
    status = await planner.storage.status()
    assert (status.mode, status.filed, len(status.orphans)) == (StorageMode.BOTH, 3, 2)
    assert {name.version_id for name in status.orphans} == {"told", "copied"}
    assert list(await planner.storage.sweep(actor=AYA)) == list(status.orphans)
    assert list((await planner.storage.status()).orphans) == []
    await agreed(planner)


async def test_plans_of_before_are_filed_by_a_repair(database_url: str, root: Path) -> None:
    async with open_planner(Settings(database_url=database_url, files_root=root)) as planner:
        await registered(planner, "v1")
        await registered(planner, "v2")
        assert (await planner.storage.status()).mode is StorageMode.DB
        with pytest.raises(IllegalTransitionError, match="tables alone"):
            await repaired(planner, Side.DB)
        state, stale = await planner.storage.switch(StorageMode.BOTH, actor=AYA, comment="trial")
        assert (state.mode, list(stale)) == (StorageMode.BOTH, [])
        assert [finding.kind for finding in await findings(planner)] == ["unfiled", "unfiled"]
        await planner.maint.measure()
        told = planner.exposition().decode()
        assert "planvault_unfiled_versions 2.0" in told
        assert "planvault_storage_findings 2.0" in told
        assert await repaired(planner, Side.DB) == ["v1", "v2"]
        await agreed(planner)
        assert await repaired(planner, Side.DB) == []
        with pytest.raises(IllegalTransitionError, match="both already"):
            await planner.storage.switch(StorageMode.BOTH, actor=AYA)
        assert below(root / "staging") == []


async def test_folders_of_an_earlier_trial_that_are_out_of_date_are_named(planner: Planner) -> None:
    await registered(planner, "v1")
    await registered(planner, "v2")
    await planner.storage.switch(StorageMode.DB, actor=AYA)
    await planner.plans.replace("v2", det_rows(9), actor=AYA)
    await registered(planner, "v3")

    _, stale = await planner.storage.switch(StorageMode.BOTH, actor=AYA)

    assert list(stale) == ["v2"]
    assert list((await planner.storage.status()).unfiled) == ["v2", "v3"]
    assert await findings(planner, "v1") == []
    assert await repaired(planner, Side.DB) == ["v2", "v3"]
    await agreed(planner)


async def damage_flip(folder: Path) -> None:
    path = folder / "det.jsonl"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


async def damage_all(folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize("damage", [damage_flip, damage_all])
async def test_a_damaged_folder_is_named_alone_and_repaired_from_the_tables(
    planner: Planner, root: Path, damage: Any
) -> None:
    for version_id in ("v1", "v2", "v3"):
        await registered(planner, version_id)
    await damage(await folder_of(planner, root, "v2"))

    found = await findings(planner)

    assert [(finding.version_id, finding.kind) for finding in found] == [("v2", "damaged")]
    assert (await planner.storage.status()).state.verification.findings == 1  # type: ignore[union-attr]
    with pytest.raises(IntegrityError):
        await repaired(planner, Side.FILES, "v2")
    assert await repaired(planner, Side.DB, "v2") == ["v2"]
    await agreed(planner)
    assert (await planner.audit.verify()).clean


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_rows_changed_by_sql_are_named_to_the_cell_and_repaired_from_the_folder(
    planner: Planner, database_url: str
) -> None:
    await registered(planner, "v1")
    await registered(planner, "v2")
    before = [row async for row in planner.plans.series("v1", level="det")]
    engine = create_async_engine(database_url)
    table = "plan_series" if database_url.startswith("sqlite") else "planvault.plan_series"
    first, last = before[0].key, before[-1].key
    where = "version_id = 'v1' AND time_bucket_key = :bucket AND item_key = :item AND location_key = :place"
    async with engine.begin() as connection:
        for change, key in ((f"UPDATE {table} SET demand = 77", first), (f"DELETE FROM {table}", last)):
            await connection.execute(
                text(f"{change} WHERE {where}"), {"bucket": key[2], "item": key[3], "place": key[4]}
            )
    await engine.dispose()

    found = await findings(planner)

    assert [(finding.version_id, finding.kind, finding.field) for finding in found] == [
        ("v1", "cell", "demand"),
        ("v1", "row", None),
        ("v1", "rows", None),
        ("v1", "rows", None),
    ]
    assert [tuple(finding.key) for finding in found if finding.kind == "rows"] == [first[1:3], last[1:3]]
    assert (found[0].in_database, found[0].in_files, tuple(found[0].key)) == (77.0, before[0].demand, first[1:])
    with pytest.raises(IntegrityError, match="not those that its payload digest tells of"):
        await repaired(planner, Side.DB, "v1")
    assert await repaired(planner, Side.FILES, "v1") == ["v1"]
    assert list((await planner.storage.status()).orphans) == []  # the folder that was read from stays
    await agreed(planner)
    assert [row async for row in planner.plans.series("v1", level="det")] == before


async def test_a_plan_whose_folder_cannot_be_written_is_stored_and_filed_later(planner: Planner, root: Path) -> None:
    await registered(planner, "v1")
    away = moved(root, root.with_name("away"))
    await registered(planner, "v2")
    status = await planner.storage.status()
    assert (list(status.unfiled), status.trouble is not None) == (["v2"], True)
    assert (await planner.plans.get("v2")).series_rows == 40
    with pytest.raises(StorageUnavailableError):
        await repaired(planner, Side.DB)
    assert root.name not in below(root.parent)
    moved(away, root)
    assert await repaired(planner, Side.DB) == ["v2"]
    await agreed(planner)


async def test_strictly_no_plan_is_stored_that_cannot_be_filed(database_url: str, root: Path) -> None:
    settings = Settings(database_url=database_url, storage_mode=StorageMode.BOTH, files_root=root, storage_strict=True)
    async with open_planner(settings) as planner:
        away = moved(root, root.with_name("away"))
        with pytest.raises(StorageUnavailableError):
            await registered(planner, "v1")
        assert (await planner.plans.list()).items == []
        moved(away, root)
        await registered(planner, "v1")
        await agreed(planner)


async def test_the_root_of_another_store_is_never_written_to(planner: Planner, root: Path, tmp_path: Path) -> None:
    await registered(planner, "v1")
    other = Settings(database_url="memory://", storage_mode=StorageMode.BOTH, files_root=root)
    with pytest.raises(ConflictError, match="another store"):
        async with open_planner(other):
            pass
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    with pytest.raises(ConflictError, match="no files root"):
        async with open_planner(
            Settings(database_url="memory://", storage_mode=StorageMode.BOTH, files_root=tmp_path / "photos")
        ):
            pass
    root_file = root / "root.json"
    kept = root_file.read_text(encoding="utf-8")
    root_file.write_text(kept.replace('"store_id":"', '"store_id":"x'), encoding="utf-8")
    with pytest.raises(ConflictError):
        await registered(planner, "v2")
    with pytest.raises(ConflictError):
        await planner.storage.sweep(actor=AYA)
    root_file.write_text(kept, encoding="utf-8")
    assert [plan.version_id for plan in (await planner.plans.list()).items] == ["v1"]
    await registered(planner, "v2")
    await agreed(planner)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_a_store_is_opened_only_in_its_own_mode(database_url: str, root: Path) -> None:
    both = Settings(database_url=database_url, storage_mode=StorageMode.BOTH, files_root=root)
    async with open_planner(both) as planner:
        await registered(planner, "v1")
    for settings, error in (
        (Settings(database_url=database_url, storage_mode=StorageMode.DB, files_root=root), ConflictError),
        (Settings(database_url=database_url), InvalidRequestError),
    ):
        with pytest.raises(error):
            async with open_planner(settings):
                pass
        async with open_planner(settings, any_mode=True) as planner:
            assert (await planner.storage.status()).mode is StorageMode.BOTH
    async with open_planner(Settings(database_url=database_url, files_root=root)) as planner:
        await agreed(planner)


async def test_many_who_store_and_sweep_at_once_lose_nothing(planner: Planner) -> None:
    async def replaced(number: int) -> None:
        await registered(planner, f"v{number}")
        await planner.plans.replace(f"v{number}", det_rows(5 + number), actor=AYA)

    async def swept() -> None:
        for _ in range(5):
            await planner.storage.sweep(actor=AYA)
            await asyncio.sleep(0)

    await asyncio.gather(*(replaced(number) for number in range(8)), swept(), swept())
    await agreed(planner)
    await planner.storage.sweep(actor=AYA)
    await agreed(planner)
    assert (await planner.storage.status()).filed == 8


async def test_only_an_operator_switches_repairs_and_sweeps(planner: Planner) -> None:
    await registered(planner, "v1")
    vera = Actor(name="vera", roles=frozenset(), verification=AYA.verification)
    with pytest.raises(ForbiddenError):
        await planner.storage.switch(StorageMode.DB, actor=vera)
    with pytest.raises(ForbiddenError):
        [_ async for _ in planner.storage.repair(Side.DB, ["v1"], actor=vera)]
    with pytest.raises(ForbiddenError):
        await planner.storage.sweep(actor=vera)
    assert await repaired(planner, Side.FILES) == []  # the tables lack nothing
    for asked in (findings(planner, "v9"), repaired(planner, Side.DB, "v9")):
        with pytest.raises(NotFoundError):
            await asked
    sampled = [finding async for finding in planner.storage.verify(sample=1)]
    assert sampled == []
    assert (await planner.storage.status()).state.verification is None  # type: ignore[union-attr]


async def test_what_happened_to_the_storage_is_in_the_ledger(planner: Planner) -> None:
    await registered(planner, "v1")
    await planner.plans.replace("v1", det_rows(9), actor=AYA)
    await planner.storage.sweep(actor=AYA, comment="tidy")
    await repaired(planner, Side.DB, "v1")
    await planner.storage.switch(StorageMode.DB, actor=BEN, comment="enough")
    events = list((await planner.audit.events(stream="storage")).items)
    told = [(event.action, event.actor, event.comment) for event in events]
    assert sorted(told) == sorted(
        [
            ("mode", "planvault", "PLAN_STORAGE_MODE when the store was made"),
            ("sweep", "aya", "tidy"),
            ("repair", "aya", None),
            ("mode", "ben", "enough"),
        ]
    )
    assert VersionId("v1") in {plan.version_id for plan in (await planner.plans.list()).items}
