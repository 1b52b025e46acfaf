"""Backfill from a files root of our own: the same payloads, nothing approved, and damage told version by version."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory
from planvault.application.storage.backfill_request import Backfilled, BackfillRequest
from planvault.domain.errors import FourEyesError
from planvault.domain.storage.state import StorageMode
from planvault.testing.builders import aggregate_rows, det_rows
from planvault.testing.stores import sqlite_url

AYA, BEN, OPS = Actor.asserted("aya"), Actor.asserted("ben"), Actor.asserted("ops")


CELL = "det:week=2026-W01,sku=SKU0001:field=demand"


def kept(place: Path, name: str, root: str) -> Settings:
    url = sqlite_url(place / f"{name}.db")
    return Settings(database_url=url, storage_mode=StorageMode.BOTH, files_root=place / root)


async def backfilled(planner: Planner, root: Path, **changes: Any) -> Backfilled:
    return await planner.storage.backfill(BackfillRequest(source=root, actor=OPS, **changes))


def outcomes(done: Backfilled) -> dict[str, str]:
    return {item.version_id: str(item.outcome) for item in done.items}


def reasons(done: Backfilled) -> dict[str, str | None]:
    return {item.version_id: item.reason for item in done.items}


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Planner]:
    """The store that the root is of."""
    async with open_planner(kept(tmp_path, "there", "root")) as planner:
        yield planner


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Planner]:
    """Another store, which keeps payloads in tables alone."""
    async with open_planner(Settings(database_url=sqlite_url(tmp_path / "here.db"))) as planner:
        yield planner


async def approved_plan(planner: Planner, version_id: str = "made") -> None:
    await planner.inputs.import_files(label="weekly", directory=sample_directory(), actor=AYA)
    await planner.inputs.submit("weekly", actor=AYA)
    await planner.inputs.approve_reference("weekly@1", actor=BEN)
    request = RegisterRequest(version_id=version_id, actor=AYA, input_set="weekly@1", title="Week 47")
    await planner.plans.register(request, [*aggregate_rows(), *det_rows(20)])
    plan = await planner.plans.submit(version_id, actor=AYA)
    await planner.plans.approve(version_id, digest=plan.plan_digest, actor=BEN)


async def registered(planner: Planner, version_id: str, rows: int = 40) -> None:
    await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), det_rows(rows))


async def test_folders_alone_are_enough_for_payloads(there: Planner, here: Planner, tmp_path: Path) -> None:
    root = tmp_path / "root"
    for version_id in ("made", "Told"):
        await registered(there, version_id)
    for area in ("current", "labels", "events", "inputs"):  # no ledger was ever mirrored
        shutil.rmtree(root / area, ignore_errors=True)

    tried = await backfilled(here, root, dry_run=True)
    assert (outcomes(tried), (await here.plans.list()).items) == ({"made": "taken", "Told": "taken"}, [])
    done = await backfilled(here, root)

    assert outcomes(done) == {"made": "taken", "Told": "taken"}
    for version_id in ("made", "Told"):
        plan, origin = await here.plans.get(version_id), await there.plans.get(version_id)
        assert (plan.payload_digest, plan.series_rows) == (origin.payload_digest, origin.series_rows)
        assert (str(plan.status), plan.title, plan.created_by) == ("draft", origin.title, "ops")
        assert plan.provenance.engine_name == origin.provenance.engine_name
        assert (plan.provenance.input_label, list(plan.editors)) == (None, ["aya"])
        assert await here.plans.kpis(version_id) == await there.plans.kpis(version_id)
    assert outcomes(await backfilled(here, root)) == {"made": "skipped", "Told": "skipped"}
    assert (await here.audit.verify()).clean


async def test_a_folder_is_never_guessed_and_damage_is_told_with_its_version(
    there: Planner, here: Planner, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    for version_id in ("two", "cut", "gone", "fine"):
        await registered(there, version_id)
    await there.plans.replace("two", det_rows(9), actor=AYA)  # its folder of before is still there
    shutil.rmtree(root / "current", ignore_errors=True)
    (folder,) = (root / "versions" / "cut").iterdir()
    rows = folder / "det.jsonl"
    rows.write_bytes(rows.read_bytes()[:-40])
    (gone,) = (root / "versions" / "gone").iterdir()
    (gone / "manifest.json").unlink()

    done = await backfilled(here, root)

    assert outcomes(done) == {"two": "failed", "cut": "failed", "gone": "failed", "fine": "taken"}
    told = reasons(done)
    assert "several folders" in str(told["two"])
    assert "det.jsonl" in str(told["cut"])
    assert "manifest.json is missing" in str(told["gone"])
    assert (str(done.run.status), done.run.left) == ("partial", 3)
    assert [plan.version_id for plan in (await here.plans.list()).items] == ["fine"]
    assert outcomes(await backfilled(here, root)) == {**outcomes(done), "fine": "skipped"}


async def test_what_was_mirrored_comes_along_and_nothing_of_it_is_believed(
    there: Planner, here: Planner, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    await approved_plan(there)
    await registered(there, "edited")
    await there.plans.edit("edited", {CELL: 5.0}, actor=BEN)
    await there.plans.set_weights("edited", {CELL.partition(":field")[0]: 2.0}, actor=AYA)
    await there.plans.lock("edited", [CELL.partition(":field")[0]], actor=AYA)
    for name in ("gone", "spoilt"):
        await registered(there, name)
    await there.plans.delete("gone", actor=AYA)
    (root / "current" / "spoilt.json").write_text("{}")

    done = await backfilled(here, root)

    assert outcomes(done) == {"made": "taken", "edited": "taken", "spoilt": "failed"}
    assert [(str(one.label), str(one.outcome)) for one in done.inputs] == [("weekly", "taken")]
    label = await here.inputs.get("weekly")
    assert (label.live, label.candidate) == (None, 1)
    origin_of_made = await there.plans.get("made")
    plan, origin = await here.plans.get("edited"), await there.plans.get("edited")
    assert (plan.plan_digest, plan.payload_digest) == (origin.plan_digest, origin.payload_digest)
    assert (await here.plans.overlay("edited")).overlay == (await there.plans.overlay("edited")).overlay
    assert set(plan.editors) == {"aya", "ben"}
    made = await here.plans.get("made")
    assert (made.title, str(made.stage)) == ("Week 47", str(origin_of_made.stage))
    assert (str(made.status), made.approvals, made.provenance.input_reference) == ("draft", (), "weekly@1")
    assert made.plan_digest == origin_of_made.plan_digest
    quotes = [event for event in (await here.plans.events("made")).items if event.action == "quote"]
    assert len(quotes) == len((await there.plans.events("made")).items)
    with pytest.raises(FourEyesError):
        submitted = await here.plans.submit("made", actor=OPS)
        await here.plans.approve("made", digest=submitted.plan_digest, actor=AYA)
    assert (await here.audit.verify()).clean
    store = root / "store.json"
    store.write_bytes(store.read_bytes()[:-9])
    url = sqlite_url(tmp_path / "third.db")
    async with open_planner(Settings(database_url=url)) as third:  # config versions are unknown, not none
        assert outcomes(await backfilled(third, root)) == {"made": "failed", "edited": "taken", "spoilt": "failed"}


async def test_what_went_on_elsewhere_returns_and_what_parted_is_a_conflict(tmp_path: Path) -> None:
    versions = ("same", "there", "here", "both", "edits")
    async with open_planner(kept(tmp_path, "first", "first")) as first:
        for name in versions:
            await registered(first, name)
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    shutil.copy(tmp_path / "first.db", tmp_path / "second.db")
    async with open_planner(kept(tmp_path, "second", "second")) as second:  # goes on beside the first
        for name in ("there", "both"):
            await second.plans.replace(name, det_rows(9), actor=AYA)
        await second.plans.edit("edits", {CELL: 5.0}, actor=AYA)
        await registered(second, "new")

    async with open_planner(kept(tmp_path, "first", "first")) as first:
        for name in ("here", "both"):
            await first.plans.replace(name, det_rows(12), actor=BEN)
        before = {name: (await first.plans.get(name)).payload_digest for name in versions}
        done = await backfilled(first, tmp_path / "second")

        assert outcomes(done) == {
            "same": "skipped",
            "there": "replaced",
            "here": "skipped",
            "both": "conflict",
            "edits": "replaced",
            "new": "taken",
        }
        assert "it changed here as well" in str(reasons(done)["both"])
        after = {name: (await first.plans.get(name)).payload_digest for name in (*versions, "new")}
        assert [name for name in versions if after[name] != before[name]] == ["there"]
        assert [one.value for one in (await first.plans.overlay("edits")).overlay.overrides.values()] == [5.0]
        async with open_planner(kept(tmp_path, "second", "second")) as second:
            for name in ("same", "there", "edits", "new"):
                there = await second.plans.get(name)
                assert (await first.plans.get(name)).plan_digest == there.plan_digest, name
        again = await backfilled(first, tmp_path / "second")
        assert set(outcomes(again).values()) == {"skipped", "conflict"}
        assert [finding async for finding in first.storage.verify(full=True)] == []
        assert (await first.audit.verify()).clean
