"""Scratch stores for drills: SQLite files in a temporary place, under the settings in force otherwise."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ..adapters.exchange.drill_page import drill_page
from ..application.drilling import Drill, DrillReport, Scratch, Watcher
from ..application.planner import Planner
from ..domain.access.actor import Actor
from ..domain.shared.clock import SystemClock
from .runtime import open_planner
from .settings import Settings


class ScratchDrills:
    """Carries out drills (``adapters.cli.launcher.Drills``)."""

    def __init__(self, settings: Settings) -> None:
        """Drill under these settings, away from the store and the files root that they name."""
        self._settings = settings

    async def __call__(self, planner: Planner, actor: Actor, *, versions: int | None, watcher: Watcher) -> DrillReport:
        """Drill on a copy of the planner's store, which is erased afterwards."""
        with tempfile.TemporaryDirectory(prefix="planvault-drill-") as place:
            scratch = ScratchPlace(Path(place), self._settings)
            drill = Drill(planner=planner, scratch=scratch, actor=actor, versions=versions, watcher=watcher)
            return await drill(at=SystemClock().now())

    def page(self, report: Mapping[str, Any]) -> str:
        """The report as one HTML page."""
        return drill_page(report)


class ScratchPlace(Scratch):
    """Stores and files below one directory."""

    def __init__(self, place: Path, settings: Settings) -> None:
        """Work below this directory; the settings' own database, files root and limits do not count."""
        self._place = place
        self._settings = settings

    @asynccontextmanager
    async def open(self, name: str, *, files_of: str | None = None) -> AsyncIterator[Planner]:
        """A planner on the store of that name, with its own files root or another's."""
        changed = {
            "database_url": f"sqlite+aiosqlite:///{self._place / name}.db",
            "files_root": self.files(files_of or name),
            "access": "open",
            "storage_mode": None,
            "shadow_reads": 0.0,
            "max_rows": 0,
        }
        async with open_planner(self._settings.model_copy(update=changed), any_mode=True) as planner:
            yield planner

    def files(self, name: str) -> Path:
        """Where the files root of the store of that name lies."""
        return self._place / f"{name}.files"

    def lose(self, name: str) -> None:
        """Erase the database of that name."""
        for file in self._place.glob(f"{name}.db*"):
            file.unlink()

    def file(self, name: str) -> Path:
        """Where a file of that name lies."""
        return self._place / name
