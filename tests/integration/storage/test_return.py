"""Going back to the legacy application: what its database then holds, as an independent reader finds it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from planvault import Actor, Planner, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory
from planvault.application.plans.trace_row import RowAddress
from planvault.application.storage.backfill_request import BackfillRequest
from planvault.application.storage.legacy_copy import ReturnedVersion
from planvault.domain.errors import ForbiddenError, InvalidRequestError, NotFoundError, StorageError
from planvault.domain.storage.retention import Retention

AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")
LEGACY = Path(__file__).parents[4] / "shared" / "data" / "legacy" / "scpln-small.db"
CHECK = (
    "SELECT version_id, SUM(name='aggregate.json')>=1 AS has_agg, SUM(name='sku_week.json')>=1 AS has_det, "
    "SUM(name='plan_final.json')>=1 AS has_final FROM plan_artifacts GROUP BY version_id"
)


@pytest.fixture
async def planner(database_url: str) -> AsyncIterator[Planner]:
    """A planner on a store of every kind, with a plan v1 of the sample."""
    async with open_planner(Settings(database_url=database_url)) as opened:
        await opened.inputs.import_files(label="weekly", directory=sample_directory(), actor=AYA)
        await opened.inputs.submit("weekly", actor=AYA)
        await opened.inputs.approve_reference("weekly@1", actor=BEN)
        await opened.plans.create(input_set="weekly", actor=AYA, version_id="v1", objective="service")
        yield opened


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the legacy database."""
    if not LEGACY.is_file():
        pytest.skip("the legacy data is not on this machine")
    return Path(shutil.copy(LEGACY, tmp_path / "copy.db"))


def read(place: Path, sql: str, *values: Any) -> list[Any]:
    connection = sqlite3.connect(place)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


async def returned(planner: Planner, place: Path, *versions: str) -> list[ReturnedVersion]:
    return [one async for one in planner.storage.to_legacy(place, versions, actor=AYA)]


async def test_the_legacy_database_holds_the_plan_with_its_edits_locks_and_events(planner: Planner, copy: Path) -> None:
    row = (await planner.plans.page("v1", level="det", limit=1)).items[0]
    key = f"det:week={row.time_bucket_key},sku={row.item_key}"
    await planner.plans.edit("v1", {f"{key}:field=supply": 77.0}, actor=BEN, comment="promo")
    await planner.plans.lock("v1", [key], actor=BEN)
    before = read(copy, "SELECT count(*) FROM plan_versions")[0][0]

    (one,) = await returned(planner, copy)

    plan = await planner.plans.get("v1")
    assert (one.version_id, one.rows, one.complete) == ("v1", plan.series_rows, True)
    assert read(copy, "SELECT count(*) FROM plan_versions")[0][0] == before + 1
    assert ("v1", 1, 1, 1) in read(copy, CHECK)
    told = read(copy, "SELECT objective, input_set_label, status FROM plan_versions WHERE version_id = 'v1'")
    assert told == [("service", "weekly", "scheduled")]
    levels = dict(read(copy, "SELECT level, count(*) FROM plan_series WHERE version_id = 'v1' GROUP BY level"))
    assert levels == {series.level: series.row_count for series in (await planner.plans.summary("v1")).series}
    stored = read(
        copy,
        "SELECT demand, supply FROM plan_series WHERE version_id = 'v1' AND level = 'det' AND time_bucket_key = ? "
        "AND item_key = ?",
        row.time_bucket_key,
        row.item_key,
    )
    assert stored == [(row.demand, row.supply)]
    artifacts = dict(read(copy, "SELECT name, json_text FROM plan_artifacts WHERE version_id = 'v1'"))
    assert json.loads(artifacts["planning_input_set.json"]) == {"label": "weekly"}
    overrides = json.loads(artifacts["psi_overrides.json"])
    assert {"week": row.time_bucket_key, "sku": row.item_key, "supply_plan": 77.0} in overrides["det"]
    assert json.loads(artifacts["psi_locks.json"]) == {"locks": [key]}
    assert len(json.loads(artifacts["aggregate.json"])["rows"]) == levels["aggregate"]
    assert json.loads(artifacts["report.csv"])["type"] == "csv"
    (edit, lock) = read(
        copy,
        "SELECT e.event_type, e.actor, e.notes, o.lock_flag, o.locked_by FROM plan_override_events e "
        "JOIN plan_overrides o ON o.id = e.override_id WHERE e.version_id = 'v1' AND e.key_hash = ? ORDER BY e.id",
        key,
    )
    assert edit == ("edit", "ben", "promo", 1, "ben")
    assert lock == ("lock", "ben", None, 1, "ben")


async def test_writing_again_replaces_what_the_copy_held_and_nothing_else(planner: Planner, copy: Path) -> None:
    others = read(copy, "SELECT version_id, name, json_text FROM plan_artifacts ORDER BY 1, 2")
    first = await returned(planner, copy, "V1")
    await planner.plans.submit("v1", actor=AYA)
    await planner.plans.approve("v1", digest=(await planner.plans.get("v1")).plan_digest, actor=BEN)
    await returned(planner, copy, "v1")
    (one,) = await returned(planner, copy, "v1")
    assert one.rows == first[0].rows
    state = read(copy, "SELECT json_text FROM plan_artifacts WHERE version_id = 'v1' AND name = 'psi_state.json'")
    assert json.loads(state[0][0])["status"] == "approved"
    audit = read(copy, "SELECT event_type FROM plan_override_events WHERE version_id = 'v1' AND level = 'audit'")
    assert [event for (event,) in audit] == ["submit", "approve"]
    kept = read(copy, "SELECT version_id, name, json_text FROM plan_artifacts WHERE version_id <> 'v1' ORDER BY 1, 2")
    assert kept == others


async def test_what_is_no_copy_of_a_legacy_database_is_left_alone(planner: Planner, tmp_path: Path, copy: Path) -> None:
    with pytest.raises(NotFoundError):
        await returned(planner, tmp_path / "nowhere.db")
    (tmp_path / "text.db").write_text("hello " * 200, encoding="utf-8")
    async with open_planner(Settings(database_url=f"sqlite+aiosqlite:///{tmp_path / 'ours.db'}")):
        pass
    for name in ("text.db", "ours.db"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(InvalidRequestError, match="no copy of a legacy database"):
            await returned(planner, tmp_path / name)
        assert (tmp_path / name).read_bytes() == before
    with pytest.raises(NotFoundError):
        await returned(planner, copy, "v9")
    vera = Actor(name="vera", roles=frozenset(), verification=AYA.verification)
    with pytest.raises(ForbiddenError):
        [_ async for _ in planner.storage.to_legacy(copy, actor=vera)]


async def test_a_copy_that_cannot_be_written_holds_what_it_held(planner: Planner, copy: Path) -> None:
    await returned(planner, copy, "v1")
    before = read(copy, "SELECT name, json_text FROM plan_artifacts WHERE version_id = 'v1' ORDER BY 1")
    connection = sqlite3.connect(copy)
    connection.execute("CREATE TRIGGER full BEFORE INSERT ON plan_overrides BEGIN SELECT RAISE(FAIL, 'no'); END")
    connection.commit()
    connection.close()
    row = (await planner.plans.page("v1", level="aggregate", limit=1)).items[0]
    await planner.plans.lock("v1", [f"agg:period={row.time_bucket_key},family={row.item_key}"], actor=BEN)
    with pytest.raises(StorageError, match="does not take what it is given: no"):
        await returned(planner, copy, "v1")
    assert read(copy, "SELECT name, json_text FROM plan_artifacts WHERE version_id = 'v1' ORDER BY 1") == before
    connection = sqlite3.connect(copy)
    connection.execute("DROP TRIGGER full")
    connection.close()
    assert (await returned(planner, copy, "v1"))[0].overrides == 1


EVENTS = "SELECT version_id, level, key_hash, event_type, event_ts, actor, notes FROM plan_override_events"
PLANS = "SELECT version_id, created_at, base_scenario_id, objective, note, config_version_id FROM plan_versions"


async def test_what_came_from_there_goes_back_without_a_loss(planner: Planner, copy: Path) -> None:
    """Twice, because a copy that was written to is the source of the next way forward."""
    before = {what: sorted(read(copy, what), key=repr) for what in (EVENTS, PLANS, CHECK)}
    artifacts = set(read(copy, "SELECT version_id, name FROM plan_artifacts"))
    kept = read(copy, "SELECT json_text FROM plan_artifacts WHERE name = 'canonical_snapshot.json' ORDER BY version_id")
    values = "SELECT version_id, key_hash FROM plan_overrides WHERE level <> 'audit' AND payload_json LIKE '%: %:%'"
    overridden = set(read(copy, values))
    await planner.storage.backfill(BackfillRequest(source=copy, actor=AYA))
    came = [plan.version_id for plan in (await planner.plans.list()).items if plan.version_id != "v1"]
    written = [(await planner.plans.row_provenance(v, await an_address(planner, v))).written for v in came]
    assert [move and move.action for move in written] == ["backfill"] * len(came)

    for _ in range(2):
        await returned(planner, copy, *came)
        assert sorted(read(copy, EVENTS), key=repr) == before[EVENTS]
        assert sorted(read(copy, PLANS), key=repr) == before[PLANS]
        assert set(read(copy, "SELECT version_id, name FROM plan_artifacts")) >= artifacts
        assert overridden <= set(read(copy, "SELECT version_id, key_hash FROM plan_overrides"))
        snapshots = "SELECT json_text FROM plan_artifacts WHERE name = 'canonical_snapshot.json' ORDER BY version_id"
        assert read(copy, snapshots) == kept


async def an_address(planner: Planner, version_id: str) -> RowAddress:
    row = (await planner.plans.page(version_id, level="det", limit=1)).items[0]
    return RowAddress(level="det", bucket=row.time_bucket_key, item=row.item_key, location=row.location_key)


async def test_what_the_copy_has_of_a_trimmed_plan_stays(planner: Planner, copy: Path) -> None:
    await planner.plans.create(input_set="weekly", actor=AYA, version_id="v2")
    await returned(planner, copy)
    rows = read(copy, "SELECT version_id, count(*) FROM plan_series WHERE version_id IN ('v1', 'v2') GROUP BY 1")
    await planner.maint.trim(Retention(max_rows=0, keep_newest=1), actor=AYA)
    assert str((await planner.plans.get("v1")).status) == "archived"
    assert [one.version_id for one in await returned(planner, copy)] == ["v2"]
    left = "SELECT version_id, count(*) FROM plan_series WHERE version_id IN ('v1', 'v2') GROUP BY 1"
    assert read(copy, left) == rows
