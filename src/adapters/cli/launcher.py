"""What the console gives to the command line: the command line itself opens nothing and reads no environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from ...application.maintenance.examine_store import Check
from ...application.planner import Planner
from ...domain.plans.series import SeriesRow

if TYPE_CHECKING:
    from ...application.drilling import DrillReport, Watcher
    from ...domain.access.actor import Actor

SeriesWriter = Callable[[Iterable[SeriesRow]], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the settings say that the command line itself needs.

    ``database`` is the URL as it may be shown; ``new_file`` is the SQLite file that is not there yet, if that is so;
    ``mirrored`` is the files root, if it holds what a store kept; ``backup_copy`` is the directory that takes a copy of
    every backup.
    """

    database: str
    new_file: Path | None
    mirrored: Path | None
    backup_copy: Path | None
    token: str | None
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One setting in force, secrets masked; where ``wrong`` is set, ``value`` says why it cannot be in force."""

    variable: str
    value: str
    source: str
    description: str
    wrong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaState:
    """The schema revision that a database is at, the one this planvault needs, and where the database is."""

    place: str
    current: str | None
    needed: str


class Drills(Protocol):
    """Carries out drills."""

    async def __call__(self, planner: Planner, actor: Actor, *, versions: int | None, watcher: Watcher) -> DrillReport:
        """What a drill on a copy of the planner's store came to; ``watcher`` is told every step as it is done.

        Raises:
            ForbiddenError: the actor is no operator.
            InvalidRequestError: the store ends with its process.
        """
        ...

    def page(self, report: Mapping[str, Any]) -> str:
        """The report as one HTML page."""
        ...


class Launcher(Protocol):
    """Opens what commands work on. ``database`` is a URL or a plain path, and null for what the settings say."""

    def program(self) -> str:
        """What to type to run this command line again: its name, or the path of its script."""
        ...

    def open_planner(self, *, database: str | None, any_mode: bool = False) -> AbstractAsyncContextManager[Planner]:
        """The facade on that database, in ``any_mode`` or in the one that the settings say.

        Raises:
            InvalidRequestError: a setting is wrong.
            ConflictError: the store keeps payloads in another way than the settings say.
            StorageUnavailableError, SchemaMismatchError: the database cannot be used.
        """
        ...

    def surroundings(self, *, database: str | None) -> Surroundings:
        """What the settings say that the command line needs.

        Raises:
            InvalidRequestError: a setting is wrong.
        """
        ...

    def settings(self, *, database: str | None) -> Sequence[SettingRow]:
        """Every setting in force, in the order of the reference page; those that are wrong are marked."""
        ...

    async def db_upgrade(self, target: str | None, *, database: str | None) -> tuple[SchemaState, SchemaState]:
        """Bring the schema forward to ``target``, or to the newest; how it was before and how it is now."""
        ...

    async def db_downgrade(self, target: str, *, database: str | None) -> tuple[SchemaState, SchemaState]:
        """Take the schema back to ``target``; how it was before and how it is now."""
        ...

    async def db_current(self, *, database: str | None) -> SchemaState:
        """Where the schema stands.

        Raises:
            NotFoundError: the SQLite file is not there.
        """
        ...

    async def db_check(self, *, database: str | None) -> Sequence[str]:
        """How the tables differ from what this planvault expects, one line each.

        Raises:
            NotFoundError: the SQLite file is not there.
            SchemaMismatchError: the database is at another schema.
        """
        ...

    async def examine(self, *, database: str | None) -> Sequence[Check]:
        """Everything that a doctor looks at, from the settings to the store; nothing is changed."""
        ...

    def drills(self, *, database: str | None) -> Drills:
        """What carries out drills under the settings in force."""
        ...

    async def serve(self, host: str, port: int, *, database: str | None, listening: Callable[[int], None]) -> None:
        """Answer HTTP until stopped; ``listening`` is told the port once requests are taken."""
        ...

    async def work(
        self, *, database: str | None, at_once: int, only_what_waits: bool, begun: Callable[[], None]
    ) -> int:
        """Work on jobs until stopped, or until none waits; how many were done. ``begun`` is told once it is open."""
        ...

    def sample_directory(self) -> Path:
        """The directory of the sample input files."""
        ...

    def input_file_names(self) -> Sequence[str]:
        """The names of files that an import of a directory reads."""
        ...

    def series_writer(self, form: str, *, safe: bool = False) -> SeriesWriter:
        """What writes series rows as lines of ``jsonl`` or ``csv`` (header first; ``safe`` for spreadsheets)."""
        ...
