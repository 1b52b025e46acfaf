"""Which schema this planvault needs, and which one a database has."""

from __future__ import annotations

from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ...domain.errors import SchemaMismatchError
from .dialects import SqlDialect
from .tables import METADATA

HEAD = "0013"
VERSION_TABLE = "planvault_schema_version"


def expected_tables(schema: str | None) -> MetaData:
    """The tables that this planvault expects, lying in that schema where there is one."""
    if schema is None:
        return METADATA
    expected = MetaData(naming_convention=METADATA.naming_convention)
    for table in METADATA.tables.values():
        table.to_metadata(expected, schema=schema)
    return expected


async def current_revision(connection: AsyncConnection, dialect: SqlDialect) -> str | None:
    """The revision that the database is at; none where planvault never was."""
    if dialect.schema is None:
        known = await connection.scalar(
            text("SELECT name FROM sqlite_master WHERE type = 'table' AND name = :name"), {"name": VERSION_TABLE}
        )
        table = VERSION_TABLE
    else:
        table = f'"{dialect.schema}".{VERSION_TABLE}'
        known = await connection.scalar(text("SELECT to_regclass(:name)::text"), {"name": table})
    if known is None:
        return None
    revision = await connection.scalar(text(f"SELECT version_num FROM {table}"))  # noqa: S608 (a name of our own)
    return None if revision is None else str(revision)


async def holds_nothing(connection: AsyncConnection) -> bool:
    """Whether a SQLite database has no table, index, view or trigger."""
    return await connection.scalar(text("SELECT 1 FROM sqlite_master LIMIT 1")) is None


def require_head(revision: str | None, dialect: SqlDialect) -> None:
    """Let a database pass that is at the schema this planvault needs.

    Raises:
        SchemaMismatchError: it is at another, which is named with the way forward.
    """
    if revision == HEAD:
        return
    if revision is None:
        why, remedy = "has no planvault tables yet", "Create them: planvault db upgrade."
    elif revision > HEAD:
        why, remedy = f"is at schema {revision}, newer than this planvault knows ({HEAD})", "Install a newer planvault."
    else:
        why, remedy = f"is at schema {revision}; this planvault needs {HEAD}", "Upgrade it: planvault db upgrade."
    raise SchemaMismatchError(f"{dialect.tables_place} {why}.", remedy=remedy, current=revision, needed=HEAD)
