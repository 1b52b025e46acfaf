"""The one history of migrations, on SQLite and PostgreSQL."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from planvault.adapters.sql.database import SqlDatabase, open_database
from planvault.adapters.sql.schema import HEAD, VERSION_TABLE
from planvault.adapters.sql.tables import APPROVALS, INPUT_CONTENTS, LABEL_HISTORY, METADATA, SECTION_TABLES
from planvault.domain.errors import InvalidRequestError, NotFoundError, SchemaMismatchError, StorageError
from planvault.domain.inputs.sections import SECTIONS
from planvault.infrastructure import migrating
from planvault.infrastructure.runtime import open_planner
from planvault.infrastructure.settings import Settings
from planvault.testing.builders import a_config, a_content, an_event, an_input_set, approved
from planvault.testing.clocks import NOON
from planvault.testing.postgres import PostgresForTests
from planvault.testing.stores import sql_database, sql_store, sqlite_url


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """An empty database, without planvault's tables."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "plans.db")
        return
    postgres: PostgresForTests = request.getfixturevalue("postgres")
    async with postgres.database() as url:
        yield url


@pytest.fixture
async def database(empty_url: str) -> AsyncIterator[SqlDatabase]:
    """The empty database, opened."""
    opened = open_database(empty_url, schema="planvault", busy_seconds=5, pool_size=2, pool_overflow=0)
    yield opened
    await opened.close()


def _script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(files("planvault.migrations")))
    return ScriptDirectory.from_config(config)


def test_the_code_knows_the_newest_revision() -> None:
    assert _script().get_current_head() == HEAD


async def test_every_step_goes_up_down_and_up_again(database: SqlDatabase) -> None:
    steps = [script.revision for script in _script().walk_revisions()][::-1]
    for before, step in zip(["base", *steps], steps, strict=False):
        await migrating.upgrade(database, step)
        assert await database.revision() == step
        await migrating.downgrade(database, before)
        assert await database.revision() == (None if before == "base" else before)
        await migrating.upgrade(database, step)
    assert await database.revision() == HEAD
    await database.require_ready()


async def test_down_to_the_base_leaves_no_table_behind_and_up_again_works(database: SqlDatabase) -> None:
    await migrating.upgrade(database)
    await migrating.downgrade(database, "base")
    assert await database.revision() is None
    with pytest.raises(SchemaMismatchError, match="no planvault tables"):
        await database.require_ready()
    assert await migrating.upgrade(database) is None
    assert await migrating.drift(database) == []


async def test_the_tables_are_the_ones_the_code_expects(database: SqlDatabase) -> None:
    await migrating.upgrade(database)
    assert await migrating.drift(database) == []


async def test_drift_is_named(database: SqlDatabase) -> None:
    await migrating.upgrade(database)
    schema = "" if database.dialect.schema is None else "planvault."
    async with database.dialect.connect(read_only=False) as connection:
        await connection.exec_driver_sql(f"ALTER TABLE {schema}plan_kpis ADD COLUMN stray TEXT")
        await database.dialect.commit(connection)

    (difference,) = await migrating.drift(database)

    assert "stray" in difference


async def test_an_unknown_revision_is_refused_and_nothing_changes(database: SqlDatabase) -> None:
    await migrating.upgrade(database, "0002")
    with pytest.raises(InvalidRequestError, match="9999"):
        await migrating.upgrade(database, "9999")
    assert await database.revision() == "0002"


@pytest.mark.parametrize(("revision", "way"), [("0002", "planvault db upgrade"), ("0999", "newer planvault")])
async def test_a_database_at_another_schema_is_refused_with_the_way_forward(
    database: SqlDatabase, empty_url: str, revision: str, way: str
) -> None:
    await migrating.upgrade(database, "0002")
    schema = "" if database.dialect.schema is None else "planvault."
    async with database.dialect.connect(read_only=False) as connection:
        await connection.exec_driver_sql(f"UPDATE {schema}{VERSION_TABLE} SET version_num = '{revision}'")
        await database.dialect.commit(connection)

    with pytest.raises(SchemaMismatchError, match=revision) as refused:
        async with open_planner(Settings(database_url=empty_url)):
            pass

    assert way in (refused.value.remedy or "")


async def test_events_can_be_added_but_never_changed_or_removed(empty_url: str) -> None:
    async with sql_store(empty_url) as unit_of_work:
        async with unit_of_work() as uow:
            written = await uow.events.append(an_event(), at=NOON)
            await uow.events.take_checkpoint("test", at=NOON)
            await uow.commit()

        async with sql_database(empty_url, migrated=True) as database:
            schema = "" if database.dialect.schema is None else "planvault."
            for statement in (
                "UPDATE {}events SET actor = 'mallory'",
                "DELETE FROM {}events",
                "UPDATE {}event_checkpoints SET reason = 'x'",
                "DELETE FROM {}event_checkpoints",
            ):
                with pytest.raises(Exception, match="only grows") as refused:
                    async with database.dialect.connect(read_only=False) as connection:
                        await connection.exec_driver_sql(statement.format(schema))
                assert isinstance(database.dialect.translated(refused.value), StorageError)

        async with unit_of_work() as uow:
            assert await uow.events.page(None, after=0, limit=9) == [written]
            await uow.events.append(an_event(), at=NOON)
            await uow.commit()


async def test_what_was_approved_can_never_be_changed_beside_planvault(empty_url: str) -> None:
    content = a_content()
    async with sql_store(empty_url) as unit_of_work:
        async with unit_of_work() as uow:
            await uow.configs.add(a_config())
            await uow.contents.add(content)
            await uow.input_sets.add(approved(an_input_set()))
            await uow.commit()

        async with sql_database(empty_url, migrated=True) as database:
            schema = "" if database.dialect.schema is None else "planvault."
            own = (INPUT_CONTENTS, APPROVALS, LABEL_HISTORY)
            for table in (*own, *(SECTION_TABLES[section.name] for section in SECTIONS)):
                column = next(iter(table.primary_key)).name
                with pytest.raises(Exception, match=f"{table.name} holds rows that never change") as refused:
                    async with database.dialect.connect(read_only=False) as connection:
                        await connection.exec_driver_sql(f"UPDATE {schema}{table.name} SET {column} = {column}")
                assert isinstance(database.dialect.translated(refused.value), StorageError)

        async with unit_of_work(read_only=True) as uow:
            assert await uow.contents.get(content.content_hash) == content


async def test_rows_of_inputs_can_be_removed(empty_url: str) -> None:
    async with sql_store(empty_url) as unit_of_work:
        async with unit_of_work() as uow:
            await uow.contents.add(a_content())
            await uow.commit()

        async with sql_database(empty_url, migrated=True) as database:
            schema = "" if database.dialect.schema is None else "planvault."
            async with database.dialect.connect(read_only=False) as connection:
                await connection.exec_driver_sql(f"DELETE FROM {schema}planning_input_contents")
                await database.dialect.commit(connection)

        async with unit_of_work(read_only=True) as uow:
            with pytest.raises(NotFoundError):
                await uow.contents.get(a_content().content_hash)


async def test_a_new_sqlite_file_is_migrated_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    async with open_planner(Settings(database_url=sqlite_url(path))) as planner:
        await planner.ping()
    with sqlite3.connect(path) as connection:
        (revision,) = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
        (vacuum,) = connection.execute("PRAGMA auto_vacuum").fetchone()
        (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
    assert (revision, vacuum, journal) == (HEAD, 2, "wal")


async def test_a_new_postgresql_database_is_not_migrated_behind_anybodys_back(postgres: PostgresForTests) -> None:
    async with postgres.database() as url:
        with pytest.raises(SchemaMismatchError, match="no planvault tables"):
            async with open_planner(Settings(database_url=url)):
                pass
        assert await postgres.connections(url) == 0


async def test_migrations_make_letter_by_letter_what_the_tables_say(tmp_path: Path) -> None:
    """On SQLite the whole definition can be read back: STRICT, CHECKs, foreign keys and all."""
    async with sql_database(sqlite_url(tmp_path / "migrated.db")):
        pass
    engine = create_engine(f"sqlite:///{tmp_path / 'created.db'}")
    METADATA.create_all(engine)
    engine.dispose()

    migrated, created = _definitions(tmp_path / "migrated.db"), _definitions(tmp_path / "created.db")

    assert migrated.pop(VERSION_TABLE)
    assert migrated == created
    assert all("STRICT" in sql for name, sql in migrated.items() if sql.startswith("CREATE TABLE"))


def _definitions(path: Path) -> dict[str, str]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
        )
        return {name: _clauses_in_order(sql) for name, sql in found}


def _clauses_in_order(sql: str) -> str:
    """The definition with its clauses sorted: constraints may stand in another order."""
    head, _, rest = re.sub(r"\s+", " ", sql).partition("(")
    body, _, options = rest.rpartition(")")
    clauses = sorted(clause.strip() for clause in re.split(r", (?=CONSTRAINT|[a-z_\"]+ (?:TEXT|INTEGER|REAL))", body))
    return f"{head}({' | '.join(clauses)}){options}"
