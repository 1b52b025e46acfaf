"""The console: what the command line runs on. Everything heavy is imported when a command needs it."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from ..adapters.cli.launcher import Drills, SchemaState, SeriesWriter, SettingRow, Surroundings
    from ..adapters.sql.database import SqlDatabase
    from ..application.maintenance.examine_store import Check
    from ..application.planner import Planner
    from .settings import Settings

PROGRAM = "planvault"
SQLITE_DRIVER = "sqlite+aiosqlite"


def main() -> None:
    """Run the command line and leave with its exit code."""
    from ..adapters.cli.main import cli  # noqa: PLC0415
    from .streams import make_up_for_closed_streams  # noqa: PLC0415

    make_up_for_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure") and "utf" not in (stream.encoding or "").lower():
            stream.reconfigure(errors="replace")
    cli.main(obj=ConsoleLauncher())


class ConsoleLauncher:
    """Opens planners and databases by the settings (``adapters.cli.launcher.Launcher``)."""

    def program(self) -> str:
        """``planvault`` where that runs this script; else the script's path, from here if it lies below."""
        import shlex  # noqa: PLC0415
        import shutil  # noqa: PLC0415
        from pathlib import Path  # noqa: PLC0415

        script = Path(sys.argv[0])
        if script.stem != PROGRAM or not script.is_file():
            return PROGRAM  # run in some other way, which cannot be typed
        found = shutil.which(PROGRAM)
        if found is not None and Path(found).samefile(script):
            return PROGRAM
        path = Path(os.path.normpath(script.absolute()))
        if path.is_relative_to(Path.cwd()):
            path = path.relative_to(Path.cwd())
        return shlex.quote(str(path) if path.parent.name else os.path.join(os.curdir, path))  # noqa: PTH118 (Path drops ./)

    @asynccontextmanager
    async def open_planner(self, *, database: str | None, any_mode: bool = False) -> AsyncIterator[Planner]:
        """The facade on that database."""
        from .runtime import open_planner  # noqa: PLC0415

        settings = _settings(database)
        _require_place(_sqlite_path(settings))
        async with open_planner(settings, any_mode=any_mode) as planner:
            yield planner

    def surroundings(self, *, database: str | None) -> Surroundings:
        """What the settings say that the command line needs."""
        from ..adapters.cli.launcher import Surroundings  # noqa: PLC0415
        from ..adapters.files.root_file import ROOT_FILE  # noqa: PLC0415
        from .settings_in_force import settings_in_force  # noqa: PLC0415

        settings = _settings(database)
        shown = next(row.value for row in settings_in_force(settings, {}) if row.name == "database_url")
        path, root = _sqlite_path(settings), settings.files_root
        return Surroundings(
            database=shown,
            new_file=path if path is not None and not path.exists() else None,
            mirrored=root if root is not None and (root / ROOT_FILE).exists() else None,
            backup_copy=settings.backup_copy,
            token=None if settings.token is None else settings.token.get_secret_value(),
            zone=settings.zone,
        )

    def settings(self, *, database: str | None) -> Sequence[SettingRow]:
        """Every setting in force; a wrong one with what is wrong with it."""
        from ..adapters.cli.launcher import SettingRow  # noqa: PLC0415
        from .settings_in_force import settings_in_force  # noqa: PLC0415

        arguments: dict[str, Any] = {} if database is None else {"database_url": _url(database)}
        settings, wrong = _settings_and_wrong_ones(arguments)
        return [
            SettingRow(
                variable=row.variable,
                value=wrong.get(row.variable, row.value),
                source=row.source,
                description=row.description,
                wrong=row.variable in wrong,
            )
            for row in settings_in_force(settings, arguments)
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

    async def examine(self, *, database: str | None) -> Sequence[Check]:
        """Everything that a doctor looks at, from the settings to the store."""
        from .examining import examined  # noqa: PLC0415

        arguments: dict[str, Any] = {} if database is None else {"database_url": _url(database)}
        settings, _ = _settings_and_wrong_ones(arguments)
        path = _sqlite_path(settings)
        return [check async for check in examined(settings, self.settings(database=database), path)]

    def drills(self, *, database: str | None) -> Drills:
        """What carries out drills on copies."""
        from .scratch import ScratchDrills  # noqa: PLC0415

        return ScratchDrills(_settings(database))

    async def serve(self, host: str, port: int, *, database: str | None, listening: Callable[[int], None]) -> None:
        """Answer HTTP until stopped."""
        from .serving import serve  # noqa: PLC0415

        await serve(_settings(database), host=host, port=port, listening=listening)

    async def work(
        self, *, database: str | None, at_once: int, only_what_waits: bool, begun: Callable[[], None]
    ) -> int:
        """Work on jobs until stopped, or until none waits; how many were done."""
        import signal  # noqa: PLC0415

        from .working import work, work_off  # noqa: PLC0415

        async with self.open_planner(database=database) as planner:
            await planner.maint.require_limit_meant()
            begun()
            if only_what_waits:
                return await work_off(planner, at_once)
            received = await work(planner, at_once)
        if received is not None:
            signal.raise_signal(received)
        return 0

    def sample_directory(self) -> Path:
        """The directory of the sample input files."""
        from ..adapters.exchange.samples import sample_directory  # noqa: PLC0415

        return sample_directory()

    def input_file_names(self) -> Sequence[str]:
        """The names of files that an import of a directory reads."""
        from ..adapters.exchange.input_files import INPUT_FILE_NAMES  # noqa: PLC0415

        return INPUT_FILE_NAMES

    def series_writer(self, form: str, *, safe: bool = False) -> SeriesWriter:
        """What writes series rows as lines of ``jsonl`` or ``csv``."""
        from ..adapters.exchange.series_files import series_csv, series_lines  # noqa: PLC0415

        return series_lines if form == "jsonl" else partial(series_csv, safe=safe)


def _url(database: str) -> str:
    """A plain path names a SQLite file."""
    if "://" in database:
        return database
    from sqlalchemy.engine import URL  # noqa: PLC0415

    return URL.create(SQLITE_DRIVER, database=database).render_as_string(hide_password=False)


def _settings(database: str | None) -> Settings:
    from ..domain.errors import InvalidRequestError  # noqa: PLC0415
    from .settings import load_settings  # noqa: PLC0415

    try:
        return load_settings(database_url=None if database is None else _url(database))
    except InvalidRequestError as error:
        error.remedy = "See planvault settings."
        raise


def _settings_and_wrong_ones(arguments: dict[str, Any]) -> tuple[Settings, dict[str, str]]:
    """The settings with the default in place of every wrong one, and by variable what is wrong."""
    from ..domain.errors import InvalidRequestError  # noqa: PLC0415
    from .settings import Settings, load_settings, variable_of  # noqa: PLC0415

    defaults = {variable_of(name): (name, field.default) for name, field in Settings.model_fields.items()}
    wrong: dict[str, str] = {}
    instead: dict[str, Any] = {}
    while True:
        try:
            return load_settings(**arguments | instead), wrong
        except InvalidRequestError as error:
            variable = str(error.params.get("variable"))
            if variable in wrong or variable not in defaults:
                raise
            wrong[variable] = error.message
            name, default = defaults[variable]
            instead[name] = default


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
    from .runtime import opened_database  # noqa: PLC0415
    from .storage_settings import MEMORY_URL  # noqa: PLC0415

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
