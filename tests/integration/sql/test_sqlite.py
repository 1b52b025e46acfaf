"""What is particular to SQLite."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from planvault import RegisterRequest, Settings, open_planner
from planvault.adapters.legacy.artifacts import LegacyArtifactRenderer
from planvault.adapters.sql.database import open_database
from planvault.adapters.sql.dialects.sqlite import SqliteDialect
from planvault.adapters.sql.unit_of_work import SqlUnitOfWorkFactory
from planvault.application.plans.read_plans import ReadPlans
from planvault.domain.errors import (
    IntegrityError,
    InvalidRequestError,
    SchemaMismatchError,
    StorageUnavailableError,
)
from planvault.domain.plans.ports import PlanFilter, RowStamp
from planvault.domain.shared.clock import SystemClock
from planvault.domain.shared.ids import VersionId
from planvault.infrastructure import migrating
from planvault.testing.builders import AYA, a_plan, det_rows, in_batches
from planvault.testing.stores import sql_database, sql_store, sqlite_url

_HOLD_THE_LOCK = """
import sys, time
from filelock import FileLock
with FileLock(sys.argv[1] + ".writer"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


async def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    async with sql_store(sqlite_url(tmp_path / "plans.db")) as unit_of_work, unit_of_work() as writer:
        await writer.plans.add(a_plan())
        async with unit_of_work(read_only=True) as reader:
            assert (await reader.plans.list(PlanFilter(), limit=5, cursor=None)).items == []
        await writer.commit()


async def test_a_writer_waits_for_another_process_and_then_gets_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "plans.db"
    async with sql_store(sqlite_url(path)) as unit_of_work:
        holder = subprocess.Popen([sys.executable, "-c", _HOLD_THE_LOCK, str(path), "0.5"], stdout=subprocess.PIPE)
        assert holder.stdout is not None
        holder.stdout.readline()
        began = time.monotonic()
        async with unit_of_work() as uow:
            waited = time.monotonic() - began
            await uow.plans.add(a_plan())
            await uow.commit()
        holder.stdout.close()
        holder.wait()
        async with unit_of_work(read_only=True) as uow:
            assert await uow.plans.find(VersionId("v1")) is not None
    assert waited > 0.2


async def test_a_writer_that_waits_too_long_is_told_and_nothing_changes(tmp_path: Path) -> None:
    path = tmp_path / "plans.db"
    async with sql_store(sqlite_url(path), busy_seconds=0.2) as unit_of_work:
        holder = subprocess.Popen([sys.executable, "-c", _HOLD_THE_LOCK, str(path), "30"], stdout=subprocess.PIPE)
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(StorageUnavailableError, match="busy") as refused:
            async with unit_of_work():
                pytest.fail("the other process holds the lock")
        holder.kill()
        holder.stdout.close()
        holder.wait()

        assert not refused.value.transient
        async with unit_of_work() as uow:
            await uow.plans.add(a_plan())
            await uow.commit()


async def test_two_processes_writing_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "plans.db"
    async with sql_database(sqlite_url(path)):
        pass
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write_ten, args=(str(path), name)) for name in ("left", "right")]
    for worker in workers:
        worker.start()
    for worker in workers:
        await asyncio.to_thread(worker.join)
    assert [worker.exitcode for worker in workers] == [0, 0]
    with sqlite3.connect(path) as connection:
        (count,) = connection.execute("SELECT count(*) FROM plan_versions").fetchone()
    assert count == 20


def _write_ten(path: str, name: str) -> None:
    async def write() -> None:
        async with sql_store(sqlite_url(Path(path)), migrated=True) as unit_of_work:
            for number in range(10):
                async with unit_of_work() as uow:
                    await uow.plans.add(a_plan(f"{name}-{number}"))
                    await uow.commit()

    asyncio.run(write())


async def test_a_wrong_type_or_word_never_gets_in_beside_us(tmp_path: Path) -> None:
    path = tmp_path / "plans.db"
    async with sql_store(sqlite_url(path)) as unit_of_work, unit_of_work() as uow:
        await uow.plans.add(a_plan())
        await uow.commit()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        for statement in (
            "UPDATE plan_versions SET series_rows = 'many'",
            "UPDATE plan_versions SET status = 'fine'",
            "UPDATE plan_versions SET payload_digest = 'short'",
            "INSERT INTO plan_kpis VALUES ('nobody', 'fill_rate', 'total', 'total', 1.0, 'ratio')",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)


@pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"])
async def test_a_sqlite_database_without_a_file_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequestError, match="file") as refused:
        async with open_planner(Settings(database_url=url)):
            pass
    assert "memory://" in (refused.value.remedy or "")


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "plans.db"
    with pytest.raises(StorageUnavailableError, match="nowhere"):
        async with open_planner(Settings(database_url=sqlite_url(path))):
            pass
    assert not path.parent.exists()


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "plans.db"
    path.write_text("family,period,demand\n" * 100)
    with pytest.raises(IntegrityError, match="no SQLite database"):
        async with open_planner(Settings(database_url=sqlite_url(path))):
            pass
    assert path.read_text().startswith("family,period,demand")


async def test_a_hosts_engine_is_used_and_never_disposed_of(tmp_path: Path) -> None:
    engine = create_async_engine(sqlite_url(tmp_path / "host.db"))
    disposed: list[object] = []
    event.listen(engine.sync_engine, "engine_disposed", disposed.append)

    async with open_planner(database=engine) as planner:
        await planner.configs.create("from the host", actor=AYA)
    async with engine.connect() as connection:
        names = await connection.exec_driver_sql("SELECT name FROM config_versions")
        assert names.scalars().all() == ["from the host"]
        await connection.exec_driver_sql("CREATE TABLE of_the_host (x)")
        await connection.commit()

    assert disposed == []
    await engine.dispose()


async def test_two_planners_live_in_one_process(tmp_path: Path) -> None:
    one, other = (Settings(database_url=sqlite_url(tmp_path / name)) for name in ("one.db", "other.db"))
    async with open_planner(one) as first, open_planner(other) as second:
        await first.configs.create("first", actor=AYA)
        assert [config.name for config in await second.configs.list()] == []
        assert first.metrics() is not second.metrics()


async def test_the_pragmas_are_in_force(tmp_path: Path) -> None:
    database = open_database(
        sqlite_url(tmp_path / "plans.db"), schema="planvault", busy_seconds=2, pool_size=1, pool_overflow=0
    )
    assert isinstance(database.dialect, SqliteDialect)
    await migrating.upgrade(database)

    async def pragma(name: str, *, read_only: bool) -> object:
        async with database.dialect.connect(read_only=read_only) as connection:
            return (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()

    for read_only in (True, False):
        assert await pragma("journal_mode", read_only=read_only) == "wal"
        assert await pragma("synchronous", read_only=read_only) == 2
        assert await pragma("foreign_keys", read_only=read_only) == 1
        assert await pragma("query_only", read_only=read_only) == int(read_only)
    await database.close()


async def test_a_file_with_somebody_elses_tables_is_not_migrated_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(SchemaMismatchError, match="no planvault tables"):
        async with open_planner(Settings(database_url=sqlite_url(path))):
            pass
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


async def test_several_planners_may_open_one_new_file_at_once(tmp_path: Path) -> None:
    settings = Settings(database_url=sqlite_url(tmp_path / "plans.db"))

    async def create(number: int) -> None:
        async with open_planner(settings) as planner:
            await planner.configs.create(f"config {number}", actor=AYA)

    await asyncio.gather(*(create(number) for number in range(4)))

    async with open_planner(settings) as planner:
        assert len(await planner.configs.list()) == 4


async def test_writers_cancelled_at_any_moment_leave_no_lock_behind(tmp_path: Path) -> None:
    chance = random.Random(7)
    remembered: list[BaseException] = []
    async with sql_store(sqlite_url(tmp_path / "plans.db"), busy_seconds=3) as unit_of_work:

        async def write(number: int) -> None:
            async with unit_of_work() as uow:
                await uow.plans.add(a_plan(f"v{number}"))
                await uow.payload.write_rows(
                    VersionId(f"v{number}"), "det", in_batches(det_rows(3_000), 200), RowStamp()
                )
                await uow.commit()

        for number in range(60):
            task = asyncio.create_task(write(number))
            await asyncio.sleep(chance.random() * 0.02)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as error:
                remembered.append(error)  # a traceback that is kept must not keep a lock

        async with unit_of_work() as uow:
            await uow.plans.add(a_plan("last"))
            await uow.commit()
        async with unit_of_work(read_only=True) as uow:
            for plan in (await uow.plans.list(PlanFilter(), limit=100, cursor=None)).items:
                rows = [row async for batch in uow.payload.rows(plan.version_id, "det") for row in batch]
                assert len(rows) == (0 if plan.version_id == "last" else 3_000)
    assert remembered


async def test_a_hosts_engine_that_begins_by_itself_serves_readers_and_writers(tmp_path: Path) -> None:
    engine = create_async_engine(sqlite_url(tmp_path / "host.db"))

    @event.listens_for(engine.sync_engine, "connect")
    def no_implicit_transactions(dbapi: Any, _record: object) -> None:
        dbapi.isolation_level = None

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    async with open_planner(database=engine) as planner:
        await planner.configs.create("one", actor=AYA)
        await planner.configs.create("two", actor=AYA)
        assert len(await planner.configs.list()) == 2
    await engine.dispose()


async def test_a_stream_that_is_closed_early_gives_its_connection_back(tmp_path: Path) -> None:
    async with sql_database(sqlite_url(tmp_path / "plans.db")) as database:
        planner_settings = Settings(database_url=sqlite_url(tmp_path / "plans.db"))
        async with open_planner(planner_settings) as planner:
            await planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), det_rows(9_000))
        read = ReadPlans(
            unit_of_work=SqlUnitOfWorkFactory(database.dialect, SystemClock()), artifacts=LegacyArtifactRenderer()
        )
        stream = read.series("v1", "det")
        await anext(stream)
        assert database.dialect.engines[0].pool.checkedout() == 1  # type: ignore[attr-defined]
        await stream.aclose()
        assert database.dialect.engines[0].pool.checkedout() == 0  # type: ignore[attr-defined]


async def test_many_readers_are_served_at_once(tmp_path: Path) -> None:
    async with sql_store(sqlite_url(tmp_path / "plans.db"), busy_seconds=1) as unit_of_work, AsyncExitStack() as stack:
        for _ in range(20):
            reader = await stack.enter_async_context(unit_of_work(read_only=True))
            assert await reader.plans.find(VersionId("v1")) is None
