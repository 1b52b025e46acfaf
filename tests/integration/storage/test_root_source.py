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
from planvault.domain.storage.state import StorageMode
from planvault.testing.builders import det_rows

AYA, BEN, OPS = Actor.asserted("aya"), Actor.asserted("ben"), Actor.asserted("ops")


async def backfilled(planner: Planner, root: Path, **changes: Any) -> Backfilled:
    return await planner.storage.backfill(BackfillRequest(source=root, actor=OPS, **changes))


def outcomes(done: Backfilled) -> dict[str, str]:
    return {item.version_id: str(item.outcome) for item in done.items}


def reasons(done: Backfilled) -> dict[str, str | None]:
    return {item.version_id: item.reason for item in done.items}


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Planner]:
    """The store that the root is of."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'there.db'}"
    settings = Settings(database_url=url, storage_mode=StorageMode.BOTH, files_root=tmp_path / "root")
    async with open_planner(settings) as planner:
        yield planner


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Planner]:
    """Another store, which keeps payloads in tables alone."""
    async with open_planner(Settings(database_url=f"sqlite+aiosqlite:///{tmp_path / 'here.db'}")) as planner:
        yield planner


async def approved_plan(planner: Planner, version_id: str = "made") -> None:
    await planner.inputs.import_files(label="weekly", directory=sample_directory(), actor=AYA)
    await planner.inputs.submit("weekly", actor=AYA)
    await planner.inputs.approve_reference("weekly@1", actor=BEN)
    await planner.plans.create(input_set="weekly", actor=AYA, version_id=version_id, title="Week 47")
    plan = await planner.plans.submit(version_id, actor=AYA)
    await planner.plans.approve(version_id, digest=plan.plan_digest, actor=BEN)


async def registered(planner: Planner, version_id: str, rows: int = 40) -> None:
    await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), det_rows(rows))


async def test_folders_alone_are_enough_for_payloads(there: Planner, here: Planner, tmp_path: Path) -> None:
    root = tmp_path / "root"
    await approved_plan(there)
    await registered(there, "Told")
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
    rows.unlink()
    shutil.rmtree(folder)
    assert outcomes(await backfilled(here, root)) == {**outcomes(done), "fine": "skipped"}
