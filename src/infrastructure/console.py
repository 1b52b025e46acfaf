"""The console: what the command line runs on. Everything heavy is imported when a command needs it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from ..adapters.cli.launcher import SchemaState, SeriesWriter, SettingRow, Surroundings
    from ..adapters.sql.database import SqlDatabase
    from ..application.planner import Planner
    from .settings import Settings

SQLITE_DRIVER = "sqlite+aiosqlite"


def main() -> None:
    """Run the command line and leave with its exit code."""
    from ..adapters.cli.main import cli  # noqa: PLC0415

    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure") and "utf" not in (stream.encoding or "").lower():
            stream.reconfigure(errors="replace")
    cli.main(obj=ConsoleLauncher())


class ConsoleLauncher:
    """Opens planners and databases by the settings (``adapters.cli.launcher.Launcher``)."""

    @asynccontextmanager
    async def open_planner(self, *, database: str | None) -> AsyncIterator[Planner]:
        """The facade on that database."""
        from .runtime import open_planner  # noqa: PLC0415

        settings = _settings(database)
        _require_place(_sqlite_path(settings))
        async with open_planner(settings) as planner:
            yield planner

    def surroundings(self, *, database: str | None) -> Surroundings:
        """What the settings say that the command line needs."""
        from ..adapters.cli.launcher import Surroundings  # noqa: PLC0415
        from .settings import settings_in_force  # noqa: PLC0415

        settings = _settings(database)
        shown = next(row.value for row in settings_in_force(settings, {}) if row.name == "database_url")
        path = _sqlite_path(settings)
        return Surroundings(
            database=shown,
            new_file=path if path is not None and not path.exists() else None,
            token=None if settings.token is None else settings.token.get_secret_value(),
            zone=settings.zone,
        )

    def settings(self, *, database: str | None) -> Sequence[SettingRow]:
        """Every setting in force."""
        from ..adapters.cli.launcher import SettingRow  # noqa: PLC0415
        from .settings import settings_in_force  # noqa: PLC0415

        arguments: dict[str, Any] = {} if database is None else {"database_url": _url(database)}
        return [
            SettingRow(variable=row.variable, value=row.value, source=row.source, description=row.description)
            for row in settings_in_force(_settings(database), arguments)
        ]

    async def db_upgrade(self, target: str | None, *, database: str | None) -> tuple[SchemaState, SchemaState]:
        """Bring the schema forward; how it was before and how it is now."""
        from ..adapters.sql.schema import HEAD  # noqa: PLC0415
        from . import migrating  # noqa: PLC0415

        async with _opened(database, must_exist=False) as opened:
            before = await migrating.upgrade(opened, target or HEAD)
            return await _before_and_after(opened, before)

    async def db_downgrade(self, target: str, *, database: str | None) -> tuple[SchemaState, SchemaState]:
        """Take the schema back; how it was before and how it is now."""
        from . import migrating  # noqa: PLC0415

        async with _opened(database) as opened:
            before = await migrating.downgrade(opened, target)
            return await _before_and_after(opened, before)

    async def db_current(self, *, database: str | None) -> SchemaState:
        """Where the schema stands."""
        async with _opened(database) as opened:
            return _state(opened, await opened.revision())

    async def db_check(self, *, database: str | None) -> Sequence[str]:
        """How the tables differ from what this planvault expects."""
        from . import migrating  # noqa: PLC0415

        async with _opened(database) as opened:
            await opened.require_ready()
            return await migrating.drift(opened)

    async def serve(self, host: str, port: int, *, database: str | None) -> None:
        """Answer HTTP until stopped."""
        from .serving import serve  # noqa: PLC0415

        await serve(_settings(database), host=host, port=port)

    def sample_directory(self) -> Path:
        """The directory of the sample input files."""
        from ..adapters.exchange.samples import sample_directory  # noqa: PLC0415

        return sample_directory()

    def series_writer(self, form: str) -> SeriesWriter:
        """What writes series rows as lines of ``jsonl`` or ``csv``."""
        from ..adapters.exchange.series_files import series_csv, series_lines  # noqa: PLC0415

        return {"jsonl": series_lines, "csv": series_csv}[form]


def _url(database: str) -> str:
    """A plain path names a SQLite file."""
    if "://" in database:
        return database
    from sqlalchemy.engine import URL  # noqa: PLC0415

    return URL.create(SQLITE_DRIVER, database=database).render_as_string(hide_password=False)


def _settings(database: str | None) -> Settings:
    from .settings import load_settings  # noqa: PLC0415

    return load_settings(database_url=None if database is None else _url(database))


def _sqlite_path(settings: Settings) -> Path | None:
    from pathlib import Path  # noqa: PLC0415

    from sqlalchemy.engine import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        return None  # opening it says what is wrong
    return Path(url.database) if url.drivername == SQLITE_DRIVER and url.database else None


@asynccontextmanager
async def _opened(database: str | None, *, must_exist: bool = True) -> AsyncIterator[SqlDatabase]:
    from ..domain.errors import InvalidRequestError, NotFoundError  # noqa: PLC0415
    from .runtime import MEMORY_URL, opened_database  # noqa: PLC0415

    settings = _settings(database)
    if settings.database_url == MEMORY_URL:
        raise InvalidRequestError("A store in memory has no schema.", remedy="Name a database with --database.")
    path = _sqlite_path(settings)
    if must_exist and path is not None and not path.exists():
        raise NotFoundError("database", path, remedy="Make it: planvault db upgrade, or name another with --database.")
    _require_place(path)
    async with opened_database(settings) as opened:
        yield opened


def _require_place(path: Path | None) -> None:
    """Let a SQLite file pass that can be there: a mistyped folder must not come into being."""
    from ..domain.errors import StorageUnavailableError  # noqa: PLC0415

    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        why = "it is a directory" if path.is_dir() else f"{path.parent} is no directory"
        raise StorageUnavailableError(
            f"{path} cannot be opened: {why}.",
            remedy="Name another file: --database or DATABASE_URL, --path for the demo.",
        )


async def _before_and_after(opened: SqlDatabase, before: str | None) -> tuple[SchemaState, SchemaState]:
    return _state(opened, before), _state(opened, await opened.revision())


def _state(opened: SqlDatabase, revision: str | None) -> SchemaState:
    from ..adapters.cli.launcher import SchemaState  # noqa: PLC0415
    from ..adapters.sql.schema import HEAD  # noqa: PLC0415

    return SchemaState(place=opened.dialect.place, current=revision, needed=HEAD)
