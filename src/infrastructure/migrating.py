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
from ..adapters.sql.schema import HEAD, VERSION_TABLE, current_revision, expected_tables, require_head
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
            await dialect.lock(connection, "migrations")
            await _make_schema(connection, dialect.schema)
            before = await current_revision(connection, dialect)
            if before is not None and before > HEAD:
                require_head(before, dialect)
            await connection.run_sync(_run, move, target, dialect.schema)
            await dialect.commit(connection)
    return before


async def _make_schema(connection: AsyncConnection, schema: str | None) -> None:
    if schema is None:
        return
    if await connection.scalar(text("SELECT to_regnamespace(:name)::text"), {"name": f'"{schema}"'}) is None:
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
    found: list[Any] = list(compare_metadata(context, expected_tables(schema)))
    return [_worded(difference) for difference in found]


def _worded(difference: Any) -> str:
    if isinstance(difference, list):
        return "; ".join(_worded(part) for part in difference)
    kind, *what = difference
    if kind in {"add_table", "remove_table"}:
        return f"The table {what[0].name} is {_MISSING[kind.partition('_')[0]]}."
    if kind in {"add_column", "remove_column"}:
        return f"The column {what[1]}.{what[2].name} is {_MISSING[kind.partition('_')[0]]}."
    name = getattr(what[0], "name", None) or what[-1]
    return f"{kind.replace('_', ' ')}: {name} differs from what is expected."


_MISSING = {"add": "missing", "remove": "not expected"}
