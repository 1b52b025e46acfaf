"""Backfill on every store: the real legacy database and artifacts against the numbers that were worked out apart."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from planvault import Actor, Planner, Settings, open_planner
from planvault.application.storage.backfill_request import Backfilled, BackfillRequest
from planvault.domain.errors import FourEyesError, InvalidRequestError, NotFoundError
from planvault.domain.inputs.content import InputContent
from planvault.domain.inputs.revision import InputRevision
from planvault.domain.plans.series import SeriesRow
from planvault.domain.shared.events import EventFilter
from planvault.domain.shared.ids import Label, VersionId
from planvault.domain.storage.backfill import BackfillStatus

LEGACY = Path(__file__).parents[3].parent / "shared" / "data" / "legacy"
DATABASE = LEGACY / "scpln-small.db"
OPS, AYA = Actor.asserted("ops"), Actor.asserted("aya")
TOLERANCE = 1e-6

pytestmark = pytest.mark.skipif(not DATABASE.exists(), reason="the legacy sample data is not beside this checkout")


@pytest.fixture
async def planner(database_url: str) -> AsyncIterator[Planner]:
    async with open_planner(Settings(database_url=database_url)) as opened:
        yield opened


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((LEGACY / "expected.json").read_text(encoding="utf-8"))
    return told


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the legacy database that a test may change."""
    return Path(shutil.copy(DATABASE, tmp_path / "legacy.db"))


async def backfilled(planner: Planner, source: Path, **changes: Any) -> Backfilled:
    return await planner.storage.backfill(BackfillRequest(source=source, actor=OPS, **changes))


def outcomes(done: Backfilled) -> dict[str, str]:
    return {item.source_version: str(item.outcome) for item in done.items}


async def rows_of(planner: Planner, version: str, level: str) -> list[SeriesRow]:
    return [row async for row in planner.plans.series(version, level=level)]


def summed(rows: list[SeriesRow], name: str) -> float:
    if name == "capacity_used" and rows[0].level == "aggregate":  # pooled, so it belongs to no single family
        return math.fsum(row.extra["capacity_total"] for row in rows)
    return math.fsum(getattr(row, name) or 0.0 for row in rows)


async def require_numbers(planner: Planner, version: str, told: dict[str, Any]) -> None:
    for level, figures in told["levels"].items():
        rows = await rows_of(planner, version, level)
        assert len(rows) == figures["rows"], (version, level)
        for figure, value in figures.items():
            name = figure.removeprefix("sum_")
            if figure.startswith("sum_") and name in SeriesRow._fields:
                assert summed(rows, name) == pytest.approx(value, abs=TOLERANCE), (version, level, figure)
    await require_months(planner, version, told)
    await require_kpis(planner, version, told)


async def require_months(planner: Planner, version: str, told: dict[str, Any]) -> None:
    det = await rows_of(planner, version, "det")
    for month, figures in told["det_by_month_from_artifact"].items():
        for name, value in figures.items():
            parts = [getattr(split, name) for row in det for split in row.splits if split.period == month]
            assert math.fsum(parts) == pytest.approx(value, abs=TOLERANCE), (version, month, name)
    if "receipts_view" in told:
        right = told["receipts_view"]["right"]
        received = right["det_week_level"]["supply"]
        assert summed(det, "supply_received") == pytest.approx(received, abs=TOLERANCE)
        aggregate = await rows_of(planner, version, "aggregate")
        total = right["aggregate_supply_total"]
        assert summed(aggregate, "supply_received") == pytest.approx(total, abs=TOLERANCE)


async def require_kpis(planner: Planner, version: str, told: dict[str, Any]) -> None:
    kpis = {kpi.key: kpi.value for kpi in await planner.plans.kpis(version)}
    wanted = {(name, "total", "total"): value for name, value in told["kpis"]["total"].items()}
    wanted |= {
        (name, "month", month): value for month, found in told["kpis"]["month"].items() for name, value in found.items()
    }
    assert len(wanted) == told["kpis"]["rows"]
    assert {key: kpis[key] for key in wanted} == pytest.approx(wanted, abs=TOLERANCE)


async def test_the_legacy_database_arrives_with_the_expected_numbers(
    planner: Planner, expected: dict[str, Any]
) -> None:
    done = await backfilled(planner, DATABASE)

    assert outcomes(done) == dict.fromkeys(expected["versions"], "taken")
    for version, told in expected["versions"].items():
        await require_numbers(planner, version, told)
        plan = await planner.plans.get(version)
        assert (str(plan.status), plan.note) == ("draft", told["note"])
        assert (plan.cutover_date and plan.cutover_date.isoformat()) == told["cutover_date"]
        assert set(told["artifact_names"]) <= set(await headers_of(planner, version))
    assert (await planner.audit.verify()).clean


async def headers_of(planner: Planner, version: str) -> dict[str, Any]:
    async with planner.plans.read.unit_of_work(read_only=True) as uow:
        return await uow.payload.headers(
            (await uow.plans.get((await planner.plans.get(version)).version_id)).version_id
        )


async def test_what_the_legacy_system_stored_wrongly_is_listed_with_the_reason(
    planner: Planner, expected: dict[str, Any]
) -> None:
    done = await backfilled(planner, DATABASE)
    for item in done.items:
        told = expected["versions"][item.source_version]
        listed = {(one["level"], one["figure"]): one for one in item.differences if "level" in one}
        for level, stored in told["stored"]["plan_series"].items():
            for name in ("supply", "backlog"):
                right = told["levels"][level][f"sum_{name}"]
                wrong = abs(stored[f"sum_{name}"] - right) > TOLERANCE
                assert ((level, name) in listed) == wrong, (item.version_id, level, name)
                if wrong:
                    assert listed[level, name]["stored"] == pytest.approx(stored[f"sum_{name}"])
                    assert listed[level, name]["why"]


async def test_edits_and_events_of_the_legacy_database_are_all_there(
    planner: Planner, expected: dict[str, Any]
) -> None:
    await backfilled(planner, DATABASE)
    stored = expected["versions"]["api-base-2025"]["stored"]
    events = await planner.audit.events(subject="plan/api-base-2025", limit=500)
    quoted = [json.loads(event.details_json) for event in events.items if event.action == "quote"]
    assert len(quoted) == stored["plan_override_events"]
    counts = {kind: sum(one["event_type"] == kind for one in quoted) for kind in stored["events_by_type"]}
    assert counts == stored["events_by_type"]
    told = await headers_of(planner, "api-base-2025")
    assert [one["key"] for one in told["legacy.json"]["quarantined"]] == [
        "agg:period=None,family=None",
        "det:week=None,sku=None",
    ]
    assert told["legacy.json"]["psi_state"]["status"] == "approved"
    effective = {
        (row.time_bucket_key, row.item_key): row
        async for batch in planner.plans.effective("api-base-2025", level="aggregate")
        for row, _ in batch
    }
    assert effective["2025-03", "F1"].demand == 150.0


async def test_input_sets_arrive_readable_and_are_never_live_before_somebody_adopts_them(
    planner: Planner, expected: dict[str, Any]
) -> None:
    done = await backfilled(planner, DATABASE)
    assert {taken.label: str(taken.outcome) for taken in done.inputs} == dict.fromkeys(expected["input_sets"], "taken")
    for label, told in expected["input_sets"].items():
        input_set = await planner.inputs.get(label)
        assert (input_set.live, input_set.archived) == (None, told["status"] == "archived")
        content = await content_of(planner, label)
        assert {name: content.row_counts[name] for name in told["rows"]} == told["rows"]
        assert content.total("family_demands", "demand") == pytest.approx(told["sum_demand"])
        assert content.total("capacity_buckets", "capacity") == pytest.approx(told["sum_capacity"])
        assert len({row.period for row in content.rows("calendar_weeks")}) == told["calendar_periods"]
        assert sorted({row.weight_source for row in content.rows("mix_shares")}) == told["weight_sources"]
        imported, *quotes = await events_of(planner, label)
        quoted = imported["quoted"]
        wanted = {name: told[name] for name in ("status", "source", "created_by", "approved_by", "review_comment")}
        assert {name: quoted[name] for name in wanted} == wanted
        assert [[one["event_type"], one["actor"]] for one in quotes] == [event[:2] for event in told["events"]]
    assert (await planner.audit.verify()).clean


async def test_an_input_set_is_adopted_by_somebody_else_and_planned_from(planner: Planner) -> None:
    await backfilled(planner, DATABASE)
    revision = (await planner.inputs.get("fy2025-base")).candidate_revision
    with pytest.raises(FourEyesError):
        await adopted(planner, revision, OPS)
    await adopted(planner, revision, AYA)
    assert (await planner.inputs.get("fy2025-base")).status == "ready"
    plan = await planner.plans.create(input_set="fy2025-base", actor=AYA, version_id="fresh")
    old = await planner.plans.get("api-base-2025")
    assert {name: await level_digest(planner, plan.version_id, name) for name in ("aggregate", "det")} == {
        name: await level_digest(planner, old.version_id, name) for name in ("aggregate", "det")
    }


async def adopted(planner: Planner, revision: InputRevision, actor: Actor) -> None:
    await planner.inputs.adopt(
        revision.label, revision=revision.number, content_hash=revision.content_hash, actor=actor
    )


async def level_digest(planner: Planner, version: str, level: str) -> bytes:
    async with planner.plans.read.unit_of_work(read_only=True) as uow:
        found = await uow.payload.series((await uow.plans.get(VersionId(version))).version_id)
    return next(series.digest for series in found if series.level == level)


async def content_of(planner: Planner, label: str) -> InputContent:
    async with planner.plans.read.unit_of_work(read_only=True) as uow:
        return await uow.contents.get((await uow.input_sets.get(Label(label))).candidate_revision.content_hash)


async def events_of(planner: Planner, label: str) -> list[dict[str, Any]]:
    async with planner.plans.read.unit_of_work(read_only=True) as uow:
        found = await uow.events.feed(EventFilter(subject=f"input_set/{label}"), after=0, limit=99)
    return [json.loads(event.details_json) for event in found]


async def test_jobs_and_runs_of_the_legacy_database_are_kept_as_they_ended(
    planner: Planner, expected: dict[str, Any]
) -> None:
    for _ in range(2):
        await backfilled(planner, DATABASE)
    jobs = (await planner.jobs.list()).items
    assert len(jobs) == expected["tables"]["jobs"]
    failed = [job for job in jobs if str(job.status) == "failed"]
    assert [(job.error, job.version_id) for job in failed] == [("config version id=999 not found", None)]
    runs = (await planner.runs.list()).items
    assert {run.plan_version_id for run in runs} == {"job-light-2025", "api-base-2025"}
    light = await planner.plans.get("job-light-2025")
    assert light.provenance.run_id is not None
    detail = await planner.runs.detail(light.provenance.run_id)
    assert (detail.run.duration_ms, detail.job and detail.job.version_id) == (26, "job-light-2025")


async def test_the_artifact_folders_arrive_with_the_expected_numbers(
    planner: Planner, expected: dict[str, Any]
) -> None:
    done = await backfilled(planner, LEGACY / "artifacts")
    assert outcomes(done) == dict.fromkeys(sorted(expected["artifact_folders"]), "taken")
    for version, told in expected["artifact_folders"].items():
        await require_numbers(planner, version, told)


async def test_a_rerun_skips_everything_and_a_forced_one_keeps_digests(planner: Planner) -> None:
    first = await backfilled(planner, DATABASE)
    assert set(outcomes(await backfilled(planner, DATABASE)).values()) == {"skipped"}
    forced = await backfilled(planner, DATABASE, force=True)
    assert set(outcomes(forced).values()) == {"replaced"}
    assert [item.payload_digest for item in forced.items] == [item.payload_digest for item in first.items]


def change(path: Path, sql: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(sql, values)
    connection.close()


async def test_a_rerun_catches_up_with_what_changed_at_the_source(planner: Planner, copy: Path) -> None:
    await backfilled(planner, copy)
    text = "UPDATE plan_artifacts SET json_text = replace(json_text, ?, ?) WHERE version_id = ? AND name = ?"
    change(copy, text, '"demand": 100,', '"demand": 101,', "api-base-2025", "aggregate.json")
    done = await backfilled(planner, copy)
    told = outcomes(done)
    assert told.pop("api-base-2025") == "replaced"
    assert set(told.values()) == {"skipped"}
    plan = await planner.plans.get("api-base-2025")
    assert plan.stale_levels == ("det", "mrp", "mrp_final", "weekly_summary")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"rows": [', '"rows": [,', "plan_final.json"),
        ('"gross_req": 19.0', '"gross_req": NaN', "plan_final.json"),
        ('"gross_req": 19.0', '"gross_req": "19"', "gross_req"),
        ('"week": "2025-W02"', '"week": "2025-W01"', "stands twice"),
    ],
)
async def test_a_damaged_artifact_fails_its_version_alone(
    planner: Planner, copy: Path, old: str, new: str, reason: str
) -> None:
    text = "UPDATE plan_artifacts SET json_text = replace(json_text, ?, ?) WHERE version_id = ? AND name = ?"
    change(copy, text, old, new, "job-tight-2025", "plan_final.json")
    done = await backfilled(planner, copy)
    told = {item.source_version: item for item in done.items}
    assert reason in str(told["job-tight-2025"].reason)
    assert [str(item.outcome) for item in done.items].count("taken") == 4
    assert done.run.status is BackfillStatus.PARTIAL
    with pytest.raises(NotFoundError):
        await planner.plans.get("job-tight-2025")


async def test_a_cut_off_artifact_and_an_odd_id_are_dealt_with(planner: Planner, copy: Path) -> None:
    change(copy, "UPDATE plan_artifacts SET json_text = substr(json_text, 1, 900) WHERE name = 'mrp.json'")
    for table in ("plan_versions", "plan_artifacts", "plan_series", "plan_kpis", "plan_jobs"):
        change(copy, f"UPDATE {table} SET version_id = '計画 2025/06' WHERE version_id = 'job-light-2025'")
    done = await backfilled(planner, copy)
    (light,) = [item for item in done.items if str(item.outcome) == "taken"]
    assert (light.source_version, light.version_id.startswith("2025-06-")) == ("計画 2025/06", True)
    assert (await headers_of(planner, light.version_id))["legacy.json"]["source_version"] == "計画 2025/06"
    assert [item.reason for item in done.items if item.reason and "mrp.json" not in item.reason] == []


async def test_series_without_artifacts_are_taken_as_they_are_stored(
    planner: Planner, copy: Path, expected: dict[str, Any]
) -> None:
    change(copy, "DROP TABLE plan_artifacts")
    change(copy, "ALTER TABLE plan_versions DROP COLUMN objective")
    done = await backfilled(planner, copy)
    told = outcomes(done)
    assert told.pop("files-only-2025") == "failed"
    assert set(told.values()) == {"taken"}
    for version in told:
        for level, figures in expected["versions"][version]["stored"]["plan_series"].items():
            rows = await rows_of(planner, version, level)
            assert len(rows) == figures["rows"]
            for name in ("demand", "supply", "backlog", "inventory_open", "inventory_close"):
                assert summed(rows, name) == pytest.approx(figures[f"sum_{name}"], abs=TOLERANCE)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_no_legacy_database_is_refused(planner: Planner, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database at all, however long it goes on and on")
    sqlite3.connect(tmp_path / "empty.db").execute("CREATE TABLE other (a)").connection.close()
    ours = Path(database_url.removeprefix("sqlite+aiosqlite:///"))
    for path, why in ((tmp_path / "text.db", "no SQLite"), (tmp_path / "empty.db", "no database"), (ours, "planvault")):
        with pytest.raises(InvalidRequestError, match=why):
            await backfilled(planner, path)
    with pytest.raises(NotFoundError):
        await backfilled(planner, tmp_path / "nowhere")


async def test_the_source_is_left_as_it_was(planner: Planner, copy: Path) -> None:
    before = await asyncio.to_thread(copy.read_bytes)
    await backfilled(planner, copy)
    assert await asyncio.to_thread(copy.read_bytes) == before
    assert [path.name for path in copy.parent.iterdir() if path.name.startswith("legacy")] == ["legacy.db"]
