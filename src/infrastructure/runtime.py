"""Opening a planner: build the container, check the store, yield the facade, let go of what was opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from ..adapters.sql.database import SqlDatabase, open_database
from ..application.planner import Planner
from ..domain.errors import InvalidRequestError, StorageUnavailableError
from .container import Container
from .settings import Settings, load_settings, source_of

DATABASE_VARIABLE = "DATABASE_URL"


@asynccontextmanager
async def open_planner(
    settings: Settings | None = None, *, database: AsyncEngine | None = None, any_mode: bool = False
) -> AsyncIterator[Planner]:
    """A planner on the store that the settings name, or on a host's engine, which is never disposed of.

    A new SQLite file is brought to the needed schema by itself; any other database has to be at it.  A new store takes
    up the storage mode of the settings; one that has another is refused, unless ``any_mode``.

    Raises:
        InvalidRequestError: a setting is wrong.
        StorageUnavailableError: the database cannot be reached or opened.
        SchemaMismatchError: the database is at another schema; the error says how to upgrade.
        ConflictError: the store keeps payloads in another way than the settings say.
    """
    in_force = settings or load_settings()
    container = Container(settings=in_force, database_or_engine=database or in_force.database_url)
    opened: SqlDatabase | None = None if container.store_kind() == "memory" else container.database()
    try:
        with _naming_the_setting(in_force if opened is not None and database is None else None):
            if opened is not None:
                await prepare(opened)
            await _agree(container, in_force, any_mode=any_mode)
        async with container.shadow_reads().comparing(container.unit_of_work()):
            yield container.planner()
    finally:
        for files in (container.folders(), container.mirror_files()):
            if files is not None:
                files.close()
        if opened is not None:
            await opened.close()


async def _agree(container: Container, settings: Settings, *, any_mode: bool) -> None:
    if not any_mode:
        await container.switch_mode().agree(settings.storage_mode)


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[SqlDatabase]:
    """The database of the settings alone, at whatever schema it is: for ``planvault db``.

    Raises:
        InvalidRequestError: the settings name a store in memory, which has no schema.
    """
    database = open_database(
        settings.database_url,
        schema=settings.db_schema,
        busy_seconds=settings.busy_seconds,
        pool_size=1,
        pool_overflow=0,
    )
    try:
        yield database
    finally:
        await database.close()


async def prepare(database: SqlDatabase) -> None:
    """Bring a new SQLite file to the needed schema, and check any other database for it."""
    if await database.is_new_file():
        from . import migrating  # noqa: PLC0415 (Alembic takes its time, and is rarely needed)

        await migrating.upgrade(database)
    await database.require_ready()


@contextmanager
def _naming_the_setting(settings: Settings | None) -> Iterator[None]:
    """Let an unreachable store's remedy say where DATABASE_URL is set."""
    try:
        yield
    except (StorageUnavailableError, InvalidRequestError) as error:
        if settings is not None and error.remedy and "database_url" in settings.model_fields_set:
            place = source_of(DATABASE_VARIABLE)
            if place != "default":
                error.remedy = error.remedy.replace(DATABASE_VARIABLE, f"{DATABASE_VARIABLE} (set in {place})")
        raise
