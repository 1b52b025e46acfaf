"""Bringing a database to the schema that this planvault needs, from a checkout or a wheel."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ..adapters.sql.database import SqlDatabase
from ..adapters.sql.schema import HEAD, VERSION_TABLE, current_revision, expected_tables
from ..adapters.sql.session import translating
from ..domain.errors import InvalidRequestError


async def upgrade(database: SqlDatabase, target: str = HEAD) -> str | None:
    """Bring the schema forward to ``target``; the revision it was at before.

    Raises:
        StorageUnavailableError: the database cannot be reached, or may not be written.
    """
    return await _migrated(database, command.upgrade, target)


async def downgrade(database: SqlDatabase, target: str) -> str | None:
    """Take the schema back to ``target`` (``base`` for nothing at all); the revision it was at before.

    Raises:
        StorageUnavailableError: the database cannot be reached, or may not be written.
    """
    return await _migrated(database, command.downgrade, target)


async def drift(database: SqlDatabase) -> list[str]:
    """How the tables differ from what this planvault expects, one line each; empty when they do not."""
    dialect = database.dialect
    with translating(dialect):
        async with dialect.connect(read_only=True) as connection:
            return await connection.run_sync(_differences, dialect.schema)


async def _migrated(database: SqlDatabase, move: Any, target: str) -> str | None:
    dialect = database.dialect
    with translating(dialect):
        async with dialect.connect(read_only=False) as connection:
            await _make_schema(connection, dialect.schema)
            await dialect.lock(connection, "migrations")
            before = await current_revision(connection, dialect)
            await connection.run_sync(_run, move, target, dialect.schema)
            await dialect.commit(connection)
    return before


async def _make_schema(connection: AsyncConnection, schema: str | None) -> None:
    if schema is not None:
        await connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))


def _run(connection: Connection, move: Any, target: str, schema: str | None) -> None:
    config = Config()
    config.set_main_option("script_location", str(files("planvault.migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema
    try:
        move(config, target)
    except CommandError as error:
        raise InvalidRequestError(f"There is no schema revision {target}.", remedy=f"The newest is {HEAD}.") from error


def _differences(connection: Connection, schema: str | None) -> list[str]:
    context = MigrationContext.configure(
        connection.execution_options(schema_translate_map=None),
        opts={
            "include_schemas": schema is not None,
            "include_name": lambda name, kind, _parents: kind != "schema" or name == schema,
            "include_object": lambda _object, name, kind, _reflected, _to: kind != "table" or name != VERSION_TABLE,
        },
    )
    return [str(difference) for difference in compare_metadata(context, expected_tables(schema))]
