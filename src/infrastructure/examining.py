"""Examining an installation: versions, settings, the place of the database, its schema, and the store itself."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterable
from importlib.metadata import version
from pathlib import Path

from ..adapters.cli.launcher import SettingRow
from ..adapters.sql.schema import HEAD
from ..application.maintenance.examine_store import Check
from ..domain.errors import PlanvaultError
from . import migrating
from .runtime import open_planner, opened_database
from .settings import Settings
from .storage_settings import MEMORY_URL

OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
_SPARE_BYTES = 256 * 1024 * 1024
_OTHERS_MAY_WRITE = 0o002


async def examined(settings: Settings, rows: Iterable[SettingRow], path: Path | None) -> AsyncIterator[Check]:
    """What was looked at, in a fixed order; where the database cannot be opened, what lies in it is not."""
    yield _versions()
    yield _settings(rows)
    if path is not None:
        yield _place(path)
        yield _disk(path)
        if not os.access(path, os.R_OK | os.W_OK):  # opening it would make a new one, or fail
            return
    if settings.database_url != MEMORY_URL:
        schema = await _schema(settings)
        yield schema
        if not schema.fine:
            return
    try:
        async with open_planner(settings, any_mode=True) as planner:
            checks = await planner.maint.examine()
    except PlanvaultError as error:
        yield Check(check="store", message=error.message, fix=error.remedy or "See the message.")
        return
    for check in checks:
        yield check


def _versions() -> Check:
    found = f"planvault {version('planvault')}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        return Check(check="versions", message=f"{found}.", fix=f"Use a Python with SQLite {wanted} or newer.")
    return Check(check="versions", message=f"{found}; schema {HEAD}.")


def _settings(rows: Iterable[SettingRow]) -> Check:
    wrong = [row for row in rows if row.wrong]
    if wrong:
        return Check(
            check="settings",
            message=" ".join(row.value for row in wrong),
            fix=f"Mend {', '.join(row.variable for row in wrong)}; planvault settings shows what is in force.",
        )
    return Check(check="settings", message="Every setting can be read.")


def _place(path: Path) -> Check:
    if not path.exists():
        return Check(
            check="permissions",
            message=f"There is no {path}.",
            fix="Make it: planvault db upgrade; or mend the path in DATABASE_URL.",
        )
    for place in (path.parent, path):
        if not os.access(place, os.R_OK | os.W_OK):
            return Check(
                check="permissions",
                message=f"This user may not read and write {place}.",
                fix=f"Give it to the user that runs planvault: chown or chmod {place}.",
            )
        if place.stat().st_mode & _OTHERS_MAY_WRITE and place == path:
            return Check(
                check="permissions", message=f"Everybody on this machine may write {place}.", fix=f"chmod o-w {place}"
            )
    return Check(check="permissions", message=f"{path} can be read and written.")


def _disk(path: Path) -> Check:
    folder = path.parent if path.parent.is_dir() else Path()
    free = shutil.disk_usage(folder).free
    taken = sum(part.stat().st_size for part in (path, Path(f"{path}-wal")) if part.exists())
    message = f"{_megabytes(free)} are free beside the {_megabytes(taken)} of the database."
    if free < taken + _SPARE_BYTES:
        return Check(
            check="disk",
            message=message,
            fix="Make room: a restore beside it takes as much again; planvault maint trim gives space back.",
        )
    return Check(check="disk", message=message)


async def _schema(settings: Settings) -> Check:
    try:
        async with opened_database(settings) as database:
            await database.require_ready()
            drift = await migrating.drift(database)
            place = database.dialect.place
    except PlanvaultError as error:
        return Check(check="schema", message=error.message, fix=error.remedy or "See planvault db current.")
    if drift:
        return Check(
            check="schema",
            message=f"The tables are not as planvault made them: {' '.join(drift)}",
            fix="Undo what was changed by hand, or restore a backup; planvault db check lists it.",
        )
    return Check(check="schema", message=f"{place} is at schema {HEAD}, as this planvault needs it.")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB".replace(",", " ")
