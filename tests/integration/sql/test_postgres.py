"""What is particular to PostgreSQL: lost connections, COPY, schemas."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from planvault import Actor, Settings, open_planner
from planvault.adapters.sql.database import open_database
from planvault.adapters.sql.dialects.postgres import PostgresDialect
from planvault.adapters.sql.tables import PLAN_KPIS
from planvault.adapters.sql.unit_of_work import SqlUnitOfWorkFactory
from planvault.domain.errors import InvalidRequestError, OutcomeUnknownError, StorageUnavailableError
from planvault.domain.shared.clock import SystemClock
from planvault.domain.shared.ids import VersionId
from planvault.infrastructure import migrating
from planvault.testing.builders import AYA, a_plan
from planvault.testing.postgres import PostgresForTests
from planvault.testing.stores import sql_database

V1 = VersionId("v1")


async def _terminate_others(url: str) -> None:
    name, host = url.partition("@/")[2].partition("?host=")[::2]
    connection = await asyncpg.connect(host=unquote(host), user="postgres", database="postgres")
    await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    await connection.close()


async def test_what_is_copied_is_rolled_back_with_everything_else(postgres_url: str) -> None:
    async def rows() -> AsyncIterator[list[tuple[Any, ...]]]:
        yield [("v1", "fill_rate", "total", "total", 1.0, "ratio")]

    async with sql_database(postgres_url, migrated=True) as database:
        factory = SqlUnitOfWorkFactory(database.dialect, SystemClock())
        async with factory() as uow:
            await uow.plans.add(a_plan())
            await uow.commit()
        async with database.dialect.connect(read_only=False) as connection:
            await database.dialect.bulk_insert(connection, PLAN_KPIS, rows())
        async with factory(read_only=True) as uow:
            assert await uow.payload.kpis(V1) == []


async def test_a_connection_lost_inside_leaves_nothing_and_the_next_one_works(postgres_url: str) -> None:
    async with sql_database(postgres_url, migrated=True) as database:
        factory = SqlUnitOfWorkFactory(database.dialect, SystemClock())
        with pytest.raises(StorageUnavailableError) as lost:
            async with factory() as uow:
                await uow.plans.add(a_plan())
                await _terminate_others(postgres_url)
                await uow.plans.add(a_plan("v2"))
        assert lost.value.transient
        async with factory() as uow:
            assert await uow.plans.find(V1) is None
            await uow.plans.add(a_plan())
            await uow.commit()


async def test_a_use_case_whose_connection_is_killed_is_done_all_the_same(postgres_url: str) -> None:
    async with open_planner(Settings(database_url=postgres_url)) as planner:
        await planner.configs.list()
        await _terminate_others(postgres_url)
        made = await asyncio.gather(*(planner.configs.create(f"config {number}", actor=AYA) for number in range(4)))
        known = await planner.configs.list()
    assert sorted(config.config_version_id for config in made) == [1, 2, 3, 4]
    assert len(known) == 4


async def test_a_storm_of_killed_connections_loses_and_doubles_nothing(postgres_url: str) -> None:
    async with open_planner(Settings(database_url=postgres_url)) as planner:
        acknowledged: list[str] = []
        due: asyncio.Queue[int] = asyncio.Queue()

        async def work(worker: int) -> None:
            for number in range(12):
                config = await planner.configs.create(f"{worker}-{number}", actor=AYA)
                acknowledged.append(config.name)
                if len(acknowledged) % 7 == 0:
                    due.put_nowait(len(acknowledged))

        async def storm() -> None:
            # Paced by what was done, not by a clock: however slow the machine, work gets on between two kills.
            for _ in range(6):
                await due.get()
                await _terminate_others(postgres_url)

        await asyncio.gather(storm(), *(work(worker) for worker in range(4)))
        known = [config.name for config in await planner.configs.list()]
    assert len(acknowledged) == 48
    assert sorted(known) == sorted(acknowledged)


class _BreaksAtCommit(PostgresDialect):
    """The connection is gone when the answer to COMMIT should come; before or after it took effect."""

    takes_effect = True

    async def _send_commit(self, connection: AsyncConnection) -> None:
        if not self.takes_effect:
            await _terminate_others(str(self.engines[0].url))
        await super()._send_commit(connection)
        raise ConnectionResetError(104, "Connection reset by peer")


@pytest.mark.parametrize("takes_effect", [True, False])
async def test_a_commit_whose_answer_is_lost_is_asked_for(postgres_url: str, takes_effect: bool) -> None:
    engine = create_async_engine(postgres_url)
    dialect = _BreaksAtCommit(engine, schema="planvault")
    dialect.takes_effect = takes_effect
    factory = SqlUnitOfWorkFactory(dialect, SystemClock())

    if takes_effect:
        async with factory() as uow:
            await uow.plans.add(a_plan())
            await uow.commit()
    else:
        with pytest.raises(StorageUnavailableError) as lost:
            async with factory() as uow:
                await uow.plans.add(a_plan())
                await uow.commit()
        assert lost.value.transient

    async with factory(read_only=True) as uow:
        assert (await uow.plans.find(V1) is not None) is takes_effect
    await engine.dispose()


async def test_an_outcome_nobody_can_tell_is_said_to_be_unknown(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = create_async_engine(postgres_url)
    dialect = _BreaksAtCommit(engine, schema="planvault")

    async def never(_transaction: str) -> bool:
        raise OutcomeUnknownError("cannot be asked")

    monkeypatch.setattr(dialect, "_was_committed", never)
    with pytest.raises(OutcomeUnknownError):
        async with SqlUnitOfWorkFactory(dialect, SystemClock())() as uow:
            await uow.plans.add(a_plan())
            await uow.commit()
    await engine.dispose()


async def test_a_server_that_is_not_there_is_named_without_a_traceback_of_the_driver() -> None:
    settings = Settings(database_url="postgresql+asyncpg://planvault:secret@127.0.0.1:1/plans")
    with pytest.raises(StorageUnavailableError) as refused:
        async with open_planner(settings):
            pass
    assert "127.0.0.1:1 as planvault" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "Nothing was changed" in (refused.value.remedy or "")


async def test_a_database_that_is_not_there_is_named(postgres: PostgresForTests) -> None:
    with pytest.raises(InvalidRequestError, match="no database nowhere"):
        async with open_planner(Settings(database_url=postgres.url("nowhere"))):
            pass


async def test_every_table_lies_in_the_schema_of_the_settings(postgres: PostgresForTests) -> None:
    async with postgres.database() as url:
        database = open_database(url, schema="plans_of_ours", busy_seconds=1, pool_size=2, pool_overflow=0)
        await migrating.upgrade(database)
        async with open_planner(Settings(database_url=url, db_schema="plans_of_ours")) as planner:
            await planner.configs.create("one", actor=Actor.asserted("aya"))
            assert len(await planner.configs.list()) == 1
        async with database.dialect.connect(read_only=True) as connection:
            found = await connection.exec_driver_sql(
                "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'"
            )
            assert found.scalars().all() == ["plans_of_ours"]
        await database.close()


async def test_the_server_has_pgvector(postgres: PostgresForTests) -> None:
    async with postgres.database() as url:
        name = url.partition("@/")[2].partition("?")[0]
        await postgres.execute("CREATE EXTENSION vector", "SELECT '[1,2]'::vector <-> '[3,4]'::vector", database=name)
