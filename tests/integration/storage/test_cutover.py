"""Cutover: from tables to files and back, step by step, with gates that are measured at each."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import shutil
import signal
import zipfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.application.storage.backfill_request import BackfillRequest
from planvault.application.storage.crash_points import CUTOVER_POINTS
from planvault.application.storage.cut_over import CutoverOrder, Moved
from planvault.application.storage.switch_mode import StepTaken
from planvault.domain.errors import (
    ConflictError,
    ForbiddenError,
    GateClosedError,
    IllegalTransitionError,
    InvalidRequestError,
)
from planvault.domain.storage.cutover import place_of
from planvault.domain.storage.state import Side, StorageMode
from planvault.testing.builders import det_rows
from tests.support.forking import ForkServer

AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")
DB, FILES, BOTH = StorageMode.DB, StorageMode.FILES, StorageMode.BOTH


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
async def planner(database_url: str, root: Path) -> AsyncIterator[Planner]:
    """A planner on a store in the mode db with two plans; a files root is set."""
    async with open_planner(Settings(database_url=database_url, files_root=root)) as opened:
        await registered(opened, "v1")
        await registered(opened, "v2", rows=9)
        yield opened


async def registered(planner: Planner, version_id: str, *, rows: int = 40) -> None:
    await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), det_rows(rows))


async def gone(planner: Planner, mode: StorageMode, primary: Side | None = None, **how: Any) -> list[str]:
    """The steps that were taken and the versions that were moved."""
    news = planner.storage.cutover(CutoverOrder(mode=mode, primary=primary, actor=BEN, **how))
    return [str(one.step) if isinstance(one, StepTaken) else told(one) async for one in news]


def there(place: Path) -> bool:
    return place.exists()


def cut_off(root: Path, version_id: str) -> None:
    (rows,) = root.glob(f"versions/{version_id}/*/det.jsonl")
    rows.write_bytes(rows.read_bytes()[:-5])


def altered(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"v1", b"v7", 1))


def spoilt(root: Path) -> Path:
    root.mkdir()
    (root / "cat.jpg").touch()
    return root / "cat.jpg"


def told(moved: Moved) -> str:
    return f"{moved.version_id} {moved.side}"


async def backed_up(planner: Planner) -> None:
    with suppress(InvalidRequestError):  # a store in memory needs none
        await planner.maint.backup_verified(await planner.maint.backup(io.BytesIO(), actor=AYA), actor=AYA)


async def readings(planner: Planner) -> list[Any]:
    """Everything that a reader sees of the plans, in order."""
    seen: list[Any] = []
    for plan in (await planner.plans.list()).items:
        series = [row async for row in planner.plans.series(plan.version_id, level="det")]
        seen.append((plan, series, await planner.plans.kpis(plan.version_id)))
    return seen


async def rows_in_tables(database_url: str) -> dict[str, int]:
    """How many rows of each version stand in the table, as an independent reader sees it."""
    engine = create_async_engine(database_url)
    table = "plan_series" if database_url.startswith("sqlite") else "planvault.plan_series"
    async with engine.connect() as connection:
        rows = await connection.execute(text(f"SELECT version_id, COUNT(*) FROM {table} GROUP BY version_id"))
        found = {row[0]: row[1] for row in rows}
    await engine.dispose()
    return found


async def place(planner: Planner) -> tuple[StorageMode, Side]:
    state = (await planner.storage.status()).state
    assert state is not None
    return state.mode, state.primary


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_a_store_goes_all_the_way_to_files_and_back_and_reads_stay_the_same(
    planner: Planner, database_url: str, root: Path
) -> None:
    before = await readings(planner)
    plan = await planner.storage.plan_cutover(FILES)
    assert [str(step.step) for step in plan.steps] == [
        "db → both, primary db",
        "both, primary db → both, primary files",
        "both, primary files → files",
    ]
    assert (list(plan.fills), plan.rows, there(root)) == (["v1", "v2"], 49, False)
    assert await gone(planner, BOTH, Side.FILES) == [
        "db → both, primary db",
        "v1 files",
        "v2 files",
        "both, primary db → both, primary files",
    ]
    assert await readings(planner) == before
    with pytest.raises(GateClosedError, match="backup: none was verified") as refused:
        await gone(planner, FILES)
    assert refused.value.params["step"] == "both, primary files → files"
    assert await place(planner) == (BOTH, Side.FILES)

    await backed_up(planner)
    assert await gone(planner, FILES) == ["both, primary files → files", "v1 None", "v2 None"]
    assert (await rows_in_tables(database_url), await readings(planner)) == ({}, before)

    # what is written in files alone comes back with the rest
    await planner.plans.replace("v2", det_rows(12), actor=AYA)
    await registered(planner, "v3")
    meanwhile = await readings(planner)
    assert (await gone(planner, BOTH, Side.DB)) == [
        "files → both, primary files",
        "v1 db",
        "v2 db",
        "v3 db",
        "both, primary files → both, primary db",
    ]
    assert (await rows_in_tables(database_url), await readings(planner)) == ({"v1": 40, "v2": 12, "v3": 40}, meanwhile)
    with pytest.raises(GateClosedError, match="backup: one of position"):
        await gone(planner, DB)
    await backed_up(planner)
    assert await gone(planner, DB, comment="done with files") == ["both, primary db → db"]
    assert await readings(planner) == meanwhile
    await registered(planner, "v4")
    assert (await planner.audit.verify()).clean


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_team_that_went_back_and_edited_is_told_which_versions_are_stale(planner: Planner) -> None:
    """Grafana #123616: a trial that was ended, edits since, and a second try must never serve what the trial left."""
    await gone(planner, BOTH, Side.FILES)
    await backed_up(planner)
    await gone(planner, FILES)
    await gone(planner, BOTH)  # the trial fills the tables
    await gone(planner, FILES, keep_rows=True)  # and its end leaves them there
    await planner.plans.replace("v2", det_rows(12), actor=AYA)
    now = await readings(planner)

    with pytest.raises(GateClosedError, match=r"drift: 1 of 2 versions differs \(v2\)") as refused:
        await gone(planner, BOTH, Side.DB, fill=False)

    assert refused.value.params["taken"] == ["files → both, primary files"]
    assert (await place(planner), await readings(planner)) == ((BOTH, Side.FILES), now)
    assert await gone(planner, BOTH, Side.DB) == ["v2 db", "both, primary files → both, primary db"]
    assert await readings(planner) == now


@pytest.mark.parametrize("database_url", ["memory"], indirect=True)
async def test_a_folder_that_was_damaged_since_keeps_reads_from_going_there(planner: Planner, root: Path) -> None:
    await gone(planner, BOTH)
    cut_off(root, "v2")

    with pytest.raises(GateClosedError, match=r"drift: 1 of 2 versions differs \(v2\)"):
        await gone(planner, BOTH, Side.FILES)
    plan = await planner.storage.plan_cutover(FILES)
    assert (plan.is_open, await place(planner)) == (False, (BOTH, Side.DB))

    [_ async for _ in planner.storage.repair(Side.DB, ["v2"], actor=BEN)]
    assert await gone(planner, BOTH, Side.FILES) == ["both, primary db → both, primary files"]


@pytest.mark.parametrize("database_url", ["memory"], indirect=True)
async def test_a_trial_ends_although_its_folders_are_gone_but_not_on_tables_that_are_not_whole(
    planner: Planner, root: Path
) -> None:
    await gone(planner, BOTH)
    shutil.rmtree(root)
    with pytest.raises(GateClosedError, match="root: it cannot be used") as refused:
        await gone(planner, BOTH, Side.FILES)
    assert str(root) not in str(refused.value.params)
    assert await gone(planner, DB) == ["both, primary db → db"]
    assert await gone(planner, DB) == []


@pytest.mark.parametrize("database_url", ["memory"], indirect=True)
async def test_what_makes_no_sense_is_refused_and_nobody_but_an_operator_cuts_over(
    planner: Planner, root: Path
) -> None:
    with pytest.raises(InvalidRequestError, match="primary db alone"):
        await gone(planner, DB, Side.FILES)
    with pytest.raises(InvalidRequestError, match="goes to files"):
        [_ async for _ in planner.storage.rollback(CutoverOrder(mode=DB, actor=BEN))]
    vera = Actor(name="vera", roles=frozenset(), verification=AYA.verification)
    with pytest.raises(ForbiddenError):
        [_ async for _ in planner.storage.cutover(CutoverOrder(mode=BOTH, actor=vera))]
    with pytest.raises(IllegalTransitionError, match="3 steps"):
        await planner.storage.switch(FILES, actor=BEN)
    stray = spoilt(root)
    with pytest.raises(ConflictError, match="no files root"):
        await gone(planner, BOTH)
    assert (await planner.storage.status()).mode is DB
    stray.unlink()
    await gone(planner, BOTH, Side.FILES)
    with pytest.raises(IllegalTransitionError, match="2 steps"):
        await planner.storage.switch(DB, actor=BEN)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_backfill_that_left_something_keeps_a_side_from_changing_over(planner: Planner, tmp_path: Path) -> None:
    source = tmp_path / "artifacts" / "old-1"
    source.mkdir(parents=True)
    (source / "aggregate.json").write_text("{", encoding="utf-8")
    outcome = await planner.storage.backfill(BackfillRequest(source=source.parent, actor=BEN))
    assert outcome.run.left == 1
    with pytest.raises(GateClosedError, match=r"backfill: 1 version not taken \(old-1\)"):
        await gone(planner, BOTH, Side.FILES)
    assert (await gone(planner, BOTH, Side.FILES, without=["old-1"]))[-1] == "both, primary db → both, primary files"
    event = (await planner.audit.events(stream="storage")).items[-1]
    assert '"without":["old-1"]' in event.details_json


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_after_a_rollback_what_was_written_meanwhile_returns_with_everything(planner: Planner) -> None:
    await gone(planner, BOTH)
    plan = await planner.storage.plan_rollback(BOTH)
    assert (len(plan.way.steps), plan.versions, plan.way.is_open) == (1, 2, True)
    rollback = planner.storage.rollback(CutoverOrder(mode=FILES, actor=BEN))
    with pytest.raises(GateClosedError, match="backup"):
        [_ async for _ in rollback]
    verdict = await planner.storage.verify_rollback()
    assert (verdict.is_back, verdict.findings, str(verdict.place)) == (True, [], "both, primary files")
    await backed_up(planner)
    [_ async for _ in planner.storage.rollback(CutoverOrder(mode=FILES, actor=BEN))]
    assert (await planner.storage.verify_rollback()).is_back

    (first, *_) = [row async for row in planner.plans.series("v1", level="det")]
    cell = f"det:week={first.time_bucket_key},sku={first.item_key}"
    await planner.plans.edit("v1", {f"{cell}:field=supply": 77.0}, actor=AYA, comment="promo")
    await planner.plans.lock("v1", [cell], actor=AYA)
    await planner.plans.replace("v2", det_rows(12), actor=AYA)
    await registered(planner, "v3")
    await planner.plans.copy("v1", "v4", actor=AYA)
    await planner.plans.delete("v3", actor=AYA)
    meanwhile = await readings(planner)

    await backed_up(planner)
    await gone(planner, DB)
    assert await readings(planner) == meanwhile
    assert not (await planner.storage.verify_rollback()).is_back
    assert (await planner.audit.verify()).clean


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_evidence_is_the_same_for_the_same_store_and_proves_itself(planner: Planner) -> None:
    await gone(planner, BOTH, Side.FILES, comment="<trial>")
    packs = [b"".join([piece async for piece in (await planner.storage.evidence()).pieces()]) for _ in range(2)]
    assert packs[0] == packs[1]
    with zipfile.ZipFile(io.BytesIO(packs[0])) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    sums = files.pop("SHA256SUMS").decode().splitlines()
    assert sums == [f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in files.items()]
    told = json.loads(files["evidence.json"])
    assert [(one["details"]["after"], one["details"]["primary"]) for one in told["switches"]] == [
        ("both", "db"),
        ("both", "files"),
    ]
    evidence = told["switches"][1]["details"]["evidence"]
    assert (evidence["sides"]["versions"], evidence["sides"]["differing"], len(evidence["gates"])) == (2, 0, 5)
    assert evidence["checkpoint"][0] == 1
    versions = [json.loads(line) for line in files["versions.jsonl"].splitlines()]
    assert [one["version_id"] for one in versions] == ["v1", "v2"]
    assert all(one["folder_payload_digest"] == one["payload_digest"] for one in versions)
    page = files["evidence.html"].decode()
    assert ("&lt;trial&gt;" in page, "<trial>" in page, "open" in page) == (True, False, True)


# Where a store stands after a process died at each of these points, one process after the other.
DOWN = [
    ("cutover.judged", "db", 0),
    ("cutover.written", "db", 0),
    ("cutover.switched", "both, primary db", 0),
    ("cutover.filled", "both, primary db", 1),
    ("cutover.judged", "both, primary db", 2),
    ("cutover.written", "both, primary db", 2),
    ("cutover.switched", "both, primary files", 2),
    ("cutover.judged", "both, primary files", 2),
    ("cutover.written", "both, primary files", 2),
    ("cutover.switched", "files", 2),
    ("cutover.cleared", "files", 2),
]
UP = [
    ("cutover.written", "files"),
    ("cutover.switched", "both, primary files"),
    ("cutover.filled", "both, primary files"),
    ("cutover.written", "both, primary files"),
    ("cutover.switched", "both, primary db"),
    ("cutover.judged", "both, primary db"),
    ("cutover.switched", "db"),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_cutover_that_is_killed_stands_on_a_place_of_the_way_and_the_next_one_goes_on(
    planner: Planner, database_url: str, root: Path, forks: ForkServer
) -> None:
    await backed_up(planner)
    before = await readings(planner)

    async def dies(point: str, mode: StorageMode) -> None:
        process = forks.start(
            "tests.integration.storage.dying_cutover:main",
            *(database_url, str(root), point, str(mode)),
            environment={**os.environ},
            cwd=root.parent,
        )
        assert await asyncio.to_thread(process.wait) == -signal.SIGKILL, point

    for point, stands, filed in DOWN:
        await dies(point, FILES)
        status = await planner.storage.status()
        assert (str(place_of(status.state)), status.filed, await readings(planner)) == (stands, filed, before), point
    assert list(await rows_in_tables(database_url)) == ["v2"]
    assert await gone(planner, FILES) == ["v2 None"]
    for point, stands in UP:
        await dies(point, DB)
        status = await planner.storage.status()
        assert (str(place_of(status.state)), await readings(planner)) == (stands, before), point
    assert await rows_in_tables(database_url) == {"v1": 40, "v2": 9}
    assert {point for point, *_ in DOWN} == set(CUTOVER_POINTS)
    assert (await planner.audit.verify()).clean
    await registered(planner, "v3")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_mirror_that_was_altered_keeps_reads_from_going_to_the_folders(planner: Planner, root: Path) -> None:
    await gone(planner, BOTH)
    altered(root / "current" / "v1.json")
    with pytest.raises(GateClosedError, match=r"mirror: .*current/v1\.json not what the ledger tells"):
        await gone(planner, BOTH, Side.FILES)
    await planner.storage.mirror(actor=BEN, everything=True)
    assert await gone(planner, BOTH, Side.FILES) == ["both, primary db → both, primary files"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_those_who_write_meanwhile_are_on_both_sides_or_keep_the_step_from_being_taken(planner: Planner) -> None:
    done = asyncio.Event()

    async def writes(name: str) -> int:
        number = 0
        while not done.is_set():
            number += 1
            await registered(planner, f"{name}-{number}", rows=3)
            await planner.plans.replace(f"{name}-{number}", det_rows(4), actor=AYA)
            await asyncio.sleep(0.05)
        return number

    async def goes() -> None:
        try:
            for primary in (Side.FILES, Side.DB, Side.FILES):
                await gone(planner, BOTH, primary)
        finally:
            done.set()

    *written, _ = await asyncio.gather(writes("a"), writes("b"), goes())
    assert await place(planner) == (BOTH, Side.FILES)
    assert [finding async for finding in planner.storage.verify(full=True)] == []
    assert (len((await planner.plans.list(limit=500)).items), min(written) > 0) == (2 + sum(written), True)
    assert (await planner.audit.verify()).clean
