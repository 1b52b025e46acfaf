"""Backups: taken from one database, restored into the same kind or the other one."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from planvault import Actor, Planner, RegisterRequest, Role, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory
from planvault.application.exchange import NamedStream
from planvault.application.maintenance.backup_archive import Backup
from planvault.domain.errors import (
    ArchiveRejectedError,
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    PlanvaultError,
    SchemaMismatchError,
)
from planvault.testing.builders import aggregate_rows, an_actor
from planvault.testing.postgres import PostgresForTests
from planvault.testing.stores import sqlite_url

AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")


def a_url(kind: str, name: str, request: pytest.FixtureRequest, directory: Path) -> str:
    return sqlite_url(directory / name) if kind == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def source_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of every kind to back up."""
    return a_url(request.param, "plans.db", request, tmp_path)


@pytest.fixture
async def other_postgres_url(postgres: PostgresForTests, postgres_template: str) -> AsyncIterator[str]:
    """A second database on the same server."""
    async with postgres.database(template=postgres_template) as url:
        yield url


@pytest.fixture(params=["sqlite to sqlite", "sqlite to postgresql", "postgresql to sqlite", "postgresql to postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """A database to back up, and an empty one to restore into."""
    source, target = request.param.split(" to ")
    if source == target == "postgresql":
        return request.getfixturevalue("postgres_url"), request.getfixturevalue("other_postgres_url")
    return a_url(source, "plans.db", request, tmp_path), a_url(target, "restored.db", request, tmp_path)


@asynccontextmanager
async def opened(url: str, **settings: object) -> AsyncIterator[Planner]:
    async with open_planner(Settings(database_url=url, **settings)) as planner:
        yield planner


async def filled(planner: Planner) -> None:
    """Inputs that are live, an approved plan with edits under it, a draft, a trial of the engine, and a token."""
    await planner.inputs.import_files(label="weekly", directory=sample_directory(), actor=AYA)
    await planner.inputs.submit("weekly", actor=AYA)
    await planner.inputs.approve_reference("weekly@1", actor=BEN)
    await planner.plans.register(
        RegisterRequest(version_id="v1", actor=AYA, input_set="weekly@1", title="Nagoya \u2014 \u5de5\u5834"),
        aggregate_rows(),
    )
    plan = await planner.plans.submit("v1", actor=AYA)
    await planner.plans.approve("v1", digest=plan.plan_digest, actor=BEN, comment="seen")
    await planner.plans.set_baseline(1, "v1", actor=BEN)
    await planner.plans.copy("v1", "v2", actor=AYA)
    await planner.plans.edit("v2", {"agg:period=2026-01,family=F1:field=demand": 111.0}, actor=AYA)
    await planner.plans.lock("v2", ["agg:period=2026-02,family=F1"], actor=AYA)
    await planner.plans.pin("v2", actor=BEN)
    await planner.plans.create(input_set="weekly", version_id="v3", actor=AYA)


async def taken(planner: Planner) -> tuple[bytes, Backup]:
    sink = io.BytesIO()
    backup = await planner.maint.backup(sink, actor=AYA, comment="nightly")
    return sink.getvalue(), backup


def stream_of(data: bytes, name: str = "b.zip") -> NamedStream:
    return NamedStream(name=name, open=lambda: io.BytesIO(data))


def lines_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_a_backup_restores_into_either_database_with_every_row_event_and_approval(
    urls: tuple[str, str],
) -> None:
    source_url, target_url = urls
    async with opened(source_url) as source:
        await filled(source)
        data, backup = await taken(source)
        before = [await source.plans.get(name) for name in ("v1", "v2", "v3")]
        rows = [row async for row in source.plans.series("v3", level="det")]
        events = (await source.audit.events(limit=500)).items

    async with opened(target_url) as target:
        restored = await target.maint.restore(stream_of(data), actor=BEN, comment="moved")

        assert restored == backup
        assert [await target.plans.get(name) for name in ("v1", "v2", "v3")] == before
        assert [row async for row in target.plans.series("v3", level="det")] == rows
        verdict = await target.audit.verify(
            expected=[f"{h.stream}:{h.sequence}:{h.hash}" for h in backup.manifest.heads]
        )
        assert verdict.clean
        *same, told = (await target.audit.events(limit=500)).items
        assert same == list(events)
        assert (told.stream, told.action, told.actor) == ("maintenance", "restore", "ben")
        assert json.loads(told.details_json)["backup_sha256"] == backup.sha256
        await target.plans.copy("v1", "v4", actor=AYA)  # it goes on as a store of its own
        assert (await target.audit.verify()).clean


async def test_the_same_content_gives_the_same_lines_on_both_databases(tmp_path: Path, postgres_url: str) -> None:
    async with opened(sqlite_url(tmp_path / "plans.db")) as source:
        await filled(source)
        data, backup = await taken(source)
    async with opened(postgres_url) as target:
        await target.maint.restore(stream_of(data), actor=BEN)
        again, after = await taken(target)
    told = {table.name: table.sha256 for table in backup.manifest.tables}
    differing = [table.name for table in after.manifest.tables if told[table.name] != table.sha256]
    assert differing == ["counters", "event_checkpoints", "event_heads", "events"]
    assert lines_of(again)["tables/plan_series.jsonl"] == lines_of(data)["tables/plan_series.jsonl"]


async def test_a_backup_is_one_state_though_others_write_meanwhile(source_url: str) -> None:
    async with opened(source_url) as planner:
        await filled(planner)

        async def write() -> None:
            for number in range(8):
                await planner.plans.copy("v1", f"w{number}", actor=AYA)

        (data, backup), _ = await asyncio.gather(taken(planner), write())
        assert (await planner.audit.verify()).clean
    tables = lines_of(data)
    versions = {json.loads(line)[0] for line in tables["tables/plan_versions.jsonl"].splitlines()}
    with_rows = {json.loads(line)[0] for line in tables["tables/plan_series.jsonl"].splitlines()}
    created = {
        fields[0].removeprefix("plan/")
        for line in tables["tables/events.jsonl"].splitlines()
        if (fields := json.loads(line))[0].startswith("plan/") and fields[1] == 1
    }
    assert versions == with_rows == created
    assert backup.manifest.position == len(tables["tables/events.jsonl"].splitlines())


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def rewritten(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in lines_of(data).items():
            if (changed := change(name, content)) is not None:
                archive.writestr(name, changed)
    return sink.getvalue()


def altered(data: bytes) -> bytes:
    return rewritten(data, lambda name, text: text.replace(b"100.0", b"101.0") if "plan_series" in name else text)


def without_a_table(data: bytes) -> bytes:
    return rewritten(data, lambda name, text: None if "plan_kpis" in name else text)


def without_manifest(data: bytes) -> bytes:
    return rewritten(data, lambda name, text: None if name == "manifest.json" else text)


def of_no_format(data: bytes) -> bytes:
    return rewritten(data, lambda name, text: text.replace(b"backup 1", b"backup 9") if name[0] == "m" else text)


def of_another_schema(data: bytes) -> bytes:
    def change(name: str, text: bytes) -> bytes:
        return json.dumps(json.loads(text) | {"schema": "0001"}).encode() if name == "manifest.json" else text

    return rewritten(data, change)


def flipped(data: bytes) -> bytes:
    place = len(data) // 2
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


def no_rows(data: bytes) -> bytes:
    return rewritten(data, lambda name, text: b"[1,2]\nnope\n" if "plan_kpis" in name else text)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (cut, ArchiveRejectedError),
        (altered, ArchiveRejectedError),
        (flipped, ArchiveRejectedError),
        (without_a_table, ArchiveRejectedError),
        (without_manifest, ArchiveRejectedError),
        (of_no_format, ArchiveRejectedError),
        (no_rows, ArchiveRejectedError),
        (of_another_schema, SchemaMismatchError),
        (lambda _: b"", ArchiveRejectedError),
    ],
)
async def test_a_damaged_backup_restores_nothing_and_a_good_one_does_afterwards(
    tmp_path: Path, damage: Callable[[bytes], bytes], error: type[PlanvaultError]
) -> None:
    async with opened(sqlite_url(tmp_path / "plans.db")) as source:
        await source.plans.register(RegisterRequest(version_id="v1", actor=AYA, trial=True), aggregate_rows())
        data, _ = await taken(source)
    async with opened(sqlite_url(tmp_path / "restored.db")) as target:
        with pytest.raises(error):
            await target.maint.restore(stream_of(damage(data)), actor=BEN)
        assert (await target.audit.events()).items == []
        assert (await target.plans.list()).items == []
        await target.maint.restore(stream_of(data), actor=BEN)
        assert (await target.plans.get("v1")).series_rows == 4


async def test_a_store_that_holds_something_is_not_restored_into(tmp_path: Path) -> None:
    async with opened(sqlite_url(tmp_path / "plans.db")) as planner:
        data, _ = await taken(planner)
        with pytest.raises(ConflictError, match="empty one only"):
            await planner.maint.restore(stream_of(data), actor=BEN)


async def test_only_operators_back_up_and_restore(tmp_path: Path) -> None:
    planner_only = an_actor("cid", Role.PLANNER, Role.APPROVER, Role.ADMIN)
    async with opened(sqlite_url(tmp_path / "plans.db")) as planner:
        with pytest.raises(ForbiddenError):
            await planner.maint.backup(io.BytesIO(), actor=planner_only)
        data, _ = await taken(planner)
    async with opened(sqlite_url(tmp_path / "restored.db")) as target:
        with pytest.raises(ForbiddenError):
            await target.maint.restore(stream_of(data), actor=planner_only)


async def test_a_store_in_memory_is_neither_backed_up_nor_restored_into() -> None:
    async with opened("memory://") as planner:
        with pytest.raises(InvalidRequestError, match="ends with its process"):
            await planner.maint.backup(io.BytesIO(), actor=AYA)
        assert (await planner.audit.events()).items == []


async def test_a_restored_store_keeps_its_tokens(tmp_path: Path) -> None:
    async with opened(sqlite_url(tmp_path / "plans.db")) as source:
        _, text = await source.tokens.create("aya", [Role.OPERATOR], actor=AYA)
        sink = io.BytesIO()
        await source.maint.backup(sink, actor=await source.tokens.authenticate(text))
    async with opened(sqlite_url(tmp_path / "restored.db"), access="verified") as target:
        await target.maint.restore(stream_of(sink.getvalue()), actor=BEN)
        assert (await target.tokens.authenticate(text)).name == "aya"
        assert await target.tokens.required()
