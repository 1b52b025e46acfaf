"""The database is gone: the ledger is built anew from the files root, and planning goes on."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from planvault import Planner, Settings, open_planner
from planvault.application.storage.rebuild_store import Rebuilt
from planvault.domain.errors import ConflictError, ForbiddenError, InvalidRequestError, NotMirroredError
from planvault.domain.storage.mirror_text import sealed_text
from planvault.domain.storage.state import Side, StorageMode
from planvault.testing.builders import an_actor, det_rows
from planvault.testing.stores import sqlite_url

from .rebuilding import AYA, BESIDE, GOES_ON, OPS, damaged, facts, filled, registered, settings_of, told


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was filled once: its database, its files root, and what there was to see of it."""
    place = tmp_path_factory.mktemp("made")

    async def make() -> None:
        async with open_planner(settings_of(sqlite_url(place / "plans.db"), place / "root")) as planner:
            await filled(planner)

    asyncio.run(make())
    return place


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A copy of its files root, which a test may damage."""
    return Path(shutil.copytree(made / "root", tmp_path / "root"))


async def seen(made: Path) -> dict[str, Any]:
    async with open_planner(settings_of(sqlite_url(made / "plans.db"), made / "root", None)) as planner:
        return await facts(planner)


async def rebuilt(url: str, root: Path, mode: StorageMode = StorageMode.BOTH, **how: Any) -> Rebuilt:
    async with open_planner(Settings(database_url=url), any_mode=True) as planner:
        found = await planner.storage.rebuild(root, actor=OPS, mode=mode, comment="the disk died", **how)
        if found.epoch is not None:
            await planner.storage.hand_over(root, actor=OPS)
        return found


async def left(url: str, root: Path) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in (await rebuilt(url, root, dry_run=True)).left_out]


async def goes_on(planner: Planner) -> None:
    """Both sides agree, the chain holds, and the next plan is made."""
    assert [finding async for finding in planner.storage.verify(full=True)] == []
    assert (await planner.audit.verify()).clean
    await registered(planner, "next")
    await planner.plans.replace("next", det_rows(9), actor=AYA)
    assert [finding async for finding in planner.storage.verify(full=True)] == []
    assert (await planner.audit.verify()).clean


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_everything_is_there_again_and_planning_goes_on(made: Path, root: Path, database_url: str) -> None:
    before, lines = await seen(made), await told(sqlite_url(made / "plans.db"))

    found = await rebuilt(database_url, root)

    assert (found.left_out, found.versions, found.deleted, found.labels) == ((), 3, 1, 1)
    after = await told(database_url)
    for table in lines.keys() - BESIDE - GOES_ON:
        assert after[table] == lines[table], table
    assert sorted(lines["events"]) == sorted(line for line in after["events"] if b'"rebuild"' not in line)
    async with open_planner(settings_of(database_url, root)) as planner:
        state = (await planner.storage.status()).state
        assert state is not None
        assert (state.store_id, state.mode, state.primary) == (found.store_id, StorageMode.BOTH, Side.DB)
        assert await facts(planner) == before
        await goes_on(planner)
        number = max(str(plan.version_id) for plan in before["plans"])
        made_next = await planner.plans.create(input_set="weekly", actor=AYA)
        assert made_next.version_id == f"{number.rpartition('-')[0]}-2"


async def test_a_store_of_files_alone_is_served_from_them(made: Path, root: Path, tmp_path: Path) -> None:
    url, before = sqlite_url(tmp_path / "new.db"), await seen(made)
    await rebuilt(url, root, StorageMode.FILES)
    assert (await told(url))["plan_series"] == []
    async with open_planner(settings_of(url, root, StorageMode.FILES)) as planner:
        assert await facts(planner) == before
        await goes_on(planner)


async def test_a_second_look_finds_what_the_first_did_and_a_store_in_use_is_left_alone(
    made: Path, root: Path, tmp_path: Path
) -> None:
    url = sqlite_url(tmp_path / "new.db")
    tried = await rebuilt(url, root, dry_run=True)
    assert (tried.epoch, (await told(url))["plan_versions"]) == (None, [])
    found = await rebuilt(url, root)
    assert (tried.versions, tried.events, tried.series_rows) == (found.versions, found.events, found.series_rows)
    with pytest.raises(ConflictError, match="holds something already"):
        await rebuilt(url, root)
    async with open_planner(Settings(database_url=url), any_mode=True) as planner:
        await planner.storage.hand_over(root, actor=OPS)  # a second time changes nothing
        with pytest.raises(ForbiddenError):
            await planner.storage.rebuild(root, actor=an_actor("vic"))
    second = sqlite_url(tmp_path / "second.db")
    await rebuilt(second, root)
    async with open_planner(Settings(database_url=url), any_mode=True) as planner:
        with pytest.raises(ConflictError, match="built from once more"):
            await planner.storage.hand_over(root, actor=OPS)
    # whatever still writes to the database of before is refused at this root by now
    old = Path(shutil.copy(made / "plans.db", tmp_path / "old.db"))
    async with open_planner(settings_of(sqlite_url(old), root, None)) as planner:
        with pytest.raises(ConflictError, match="another epoch"):
            await registered(planner, "late")


async def test_a_rebuild_that_was_killed_before_the_root_was_handed_over_is_finished(
    root: Path, tmp_path: Path
) -> None:
    url = sqlite_url(tmp_path / "new.db")
    async with open_planner(Settings(database_url=url), any_mode=True) as planner:
        await planner.storage.rebuild(root, actor=OPS, mode=StorageMode.BOTH)
    async with open_planner(settings_of(url, root, None)) as planner:
        with pytest.raises(ConflictError, match="another epoch"):
            await registered(planner, "early")
        await planner.storage.hand_over(root, actor=OPS)
        await goes_on(planner)


def spoilt(path: Path) -> None:
    text = path.read_bytes()
    path.write_bytes(text[: len(text) // 2] + b"!" + text[len(text) // 2 + 1 :])


def torn(path: Path) -> None:
    """Cut the file in the middle of its last line."""
    path.write_bytes(path.read_bytes()[:-20])


def of_another_schema(path: Path) -> None:
    fields = json.loads(path.read_text(encoding="utf-8"))
    del fields["sha256"]
    for row in fields["tables"]["plan_versions"]:
        row.append("more")
    path.write_bytes(sealed_text(fields))


async def test_each_damage_is_named_and_the_rest_is_there(root: Path, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "new.db")
    (folder,) = (root / "versions" / "v1").iterdir()
    (content,) = (root / "inputs").iterdir()
    current = {path.stem: path for path in (root / "current").iterdir()}
    made = next(key for key in current if key not in {"v1", "old", "gone"})

    with damaged(current["old"], spoilt):
        assert await left(url, root) == [("plan version", "old")]
    with damaged(current["v1"], Path.unlink):
        assert await left(url, root) == [("plan version", "v1"), ("baseline", "1.1")]
    with damaged(folder / "det.jsonl", spoilt):
        assert await left(url, root) == [("plan version", "v1"), ("baseline", "1.1")]
    with damaged(content, spoilt):
        assert await left(url, root) == [
            ("label", "weekly"),
            ("inputs of plan version", "v1"),
            ("inputs of plan version", made),
        ]
    with damaged(root / "store.json", torn):
        assert await left(url, root) == [("store", "store.json"), ("label", "weekly")]
    with damaged(root / "labels" / "weekly.json", spoilt):
        assert await left(url, root) == [("label", "weekly")]
    with damaged(root / "checkpoints.jsonl", torn):
        assert await left(url, root) == [("checkpoints", "all")]
    with damaged(root / "events" / "plan%2Fold.jsonl", Path.unlink):
        (gap, *others) = await left(url, root)
        assert (gap[0], gap[1].startswith("at the positions ")) == ("events", True)
        assert others == [("events of plan version", "old")]
    with damaged(current["old"], of_another_schema):
        assert await left(url, root) == [("plan version", "old")]
    with damaged(root / "events" / "plan%2Fv1.jsonl", torn):
        kinds = [kind for kind, _ in await left(url, root)]
        assert kinds == ["events", "events", "events of plan version"]
    assert await left(url, root) == []

    shutil.rmtree(folder)
    found = await rebuilt(url, root)
    assert [(one.kind, one.name) for one in found.left_out] == [("plan version", "v1"), ("baseline", "1.1")]
    assert "is missing" in found.left_out[0].reason
    async with open_planner(settings_of(url, root)) as planner:
        assert {str(plan.version_id) for plan in (await planner.plans.list()).items} == {"old", made}
        assert {one.file for one in [one async for one in planner.storage.verify()]} == {"current/v1.json"}
        await planner.storage.adopt(actor=OPS)
        await goes_on(planner)


async def test_a_root_whose_events_are_damaged_is_set_aside_and_written_anew(root: Path, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "new.db")
    spoilt(root / "events" / "plan%2Fv1.jsonl")

    found = await rebuilt(url, root, StorageMode.FILES)

    kinds = [one.kind for one in found.left_out]
    assert kinds == ["events", "events", "events of plan version"]
    async with open_planner(settings_of(url, root, None)) as planner:
        assert not (await planner.audit.verify()).clean  # what is missing is not made up
        with pytest.raises(NotMirroredError, match="is ahead of the ledger"):
            await planner.plans.pin("V1", actor=AYA)
        with pytest.raises(ConflictError) as refused:
            await planner.storage.mirror(actor=OPS)
        assert "mirror --adopt" in str(refused.value.remedy)
        await planner.storage.adopt(actor=OPS, comment="the disk died")
        await registered(planner, "next")
        await planner.plans.pin("next", actor=AYA)
        assert [finding async for finding in planner.storage.verify(full=True)] == []


async def test_a_rebuild_needs_a_mirror_and_a_store_that_lasts(root: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="ends with its process"):
        await rebuilt("memory://", root)
    shutil.rmtree(root / "current")
    with pytest.raises(ConflictError, match="no ledger was ever mirrored there") as refused:
        await rebuilt(sqlite_url(tmp_path / "new.db"), root)
    assert "storage backfill" in str(refused.value.remedy)
    with pytest.raises(InvalidRequestError, match="is no files root"):
        await rebuilt(sqlite_url(tmp_path / "new.db"), tmp_path)
