"""A database by URL or on a host's engine: opened, checked, disposed of."""

from __future__ import annotations

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine

from ...domain.errors import InvalidRequestError
from .dialects import SqlDialect
from .dialects.postgres import open_postgres
from .dialects.sqlite import open_sqlite
from .schema import current_revision, holds_nothing, require_head
from .session import translating


class SqlDatabase:
    """A database and whether it is ours to close."""

    def __init__(self, dialect: SqlDialect, *, owned: bool) -> None:
        """Take an opened dialect; ``owned`` engines are disposed of by ``close``."""
        self.dialect = dialect
        self._owned = owned

    async def revision(self) -> str | None:
        """The schema revision that the database is at; none where planvault never was.

        Raises:
            StorageUnavailableError: it cannot be reached.
        """
        with translating(self.dialect):
            async with self.dialect.connect(read_only=True) as connection:
                return await current_revision(connection, self.dialect)

    async def is_new_file(self) -> bool:
        """Whether this is a SQLite file that nobody has put anything into.

        Raises:
            StorageUnavailableError, IntegrityError: it cannot be opened, or is no database.
        """
        with translating(self.dialect):
            async with self.dialect.connect(read_only=True) as connection:
                return self.dialect.schema is None and await holds_nothing(connection)

    async def require_ready(self) -> None:
        """Return if the database answers and is at the schema this planvault needs.

        Raises:
            StorageUnavailableError, SchemaMismatchError: it does not, or is not.
        """
        require_head(await self.revision(), self.dialect)

    async def close(self) -> None:
        """Let go of every connection; a host's engine is left as it is."""
        if self._owned:
            for engine in dict.fromkeys(self.dialect.engines):
                await engine.dispose()


def open_database(
    database: str | AsyncEngine, *, schema: str, busy_seconds: float, pool_size: int, pool_overflow: int
) -> SqlDatabase:
    """A database, not yet connected to.

    Raises:
        InvalidRequestError: the URL is malformed, or of a product that planvault does not run on.
    """
    owned = isinstance(database, str)
    try:
        driver = make_url(database).drivername if isinstance(database, str) else database.url.drivername
    except ArgumentError as error:
        raise InvalidRequestError("DATABASE_URL is not a database URL.", remedy=_EXAMPLES) from error
    if driver == "sqlite+aiosqlite":
        return SqlDatabase(open_sqlite(database, busy_seconds=busy_seconds), owned=owned)
    if driver == "postgresql+asyncpg":
        opened = open_postgres(database, schema=schema, pool_size=pool_size, pool_overflow=pool_overflow)
        return SqlDatabase(opened, owned=owned)
    raise InvalidRequestError(f"planvault does not run on {driver}.", remedy=_EXAMPLES)


_EXAMPLES = "Write sqlite+aiosqlite:///plans.db, postgresql+asyncpg://user@host/database, or memory://."
