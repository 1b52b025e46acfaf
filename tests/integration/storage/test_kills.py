"""Whoever stores, removes or repairs plans in the mode ``both`` is killed at every point that it passes.

Each operation runs to its end once, which tells the points; then on a fresh copy of the store for each of them. Both
sides agree after every kill, each version is as it was before or as it is afterwards, and what was killed can be done.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from planvault import Planner, RegisterRequest, open_planner
from planvault.adapters.files.crash_points import (
    FILE_HALF_WRITTEN,
    FOLDER_RENAMED,
    MIRROR_LINES_HALF_WRITTEN,
    MIRROR_POINTS,
    MIRROR_TAIL_CUT,
    PUBLISHING,
    SWEEPING,
)
from planvault.testing.builders import det_rows
from planvault.testing.postgres import PostgresForTests
from planvault.testing.stores import sqlite_url
from tests.support.forking import ForkServer
from tests.support.points import ALL_POINTS, COMMITTED, COMMITTING, LOCKED, POINTED, STATEMENT

from . import dying
from .dying import AYA, OPERATIONS, artifacts, settings_of

MAIN = f"{dying.__name__}:main"
TO_ITS_END = "-"
# A statement is passed dozens of times: as many of them are tried, spread evenly.
STATEMENTS = 2
# A kill loses nothing that the system has taken, so what is killed need not wait for a disk.
IN_MEMORY = Path("/dev/shm")  # noqa: S108 (each test makes a folder of its own in it)
COMMITS = {STATEMENT, COMMITTING, COMMITTED}
FILES = {*COMMITS, LOCKED, POINTED, *PUBLISHING}
# Of what publishes a folder in the same way.
SOME_FILES = {*COMMITS, POINTED, FILE_HALF_WRITTEN, FOLDER_RENAMED}
# At which points each operation is killed, at least; together they are all that there are.
EXPECTED = {
    "create": FILES,
    "replace": FILES,
    "copy": SOME_FILES,
    "delete": COMMITS,
    "trim": COMMITS,
    "backfill": SOME_FILES,
    "sweep": {*COMMITS, LOCKED, *SWEEPING},
    "repair_files": {*FILES, *SWEEPING, MIRROR_TAIL_CUT},
    "repair_tables": COMMITS,
}
ONE_COMMIT = {"create", "replace", "copy", "delete"}
# Version → status and payload digest.
Versions = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Place:
    """A store with its files root, and what a backfill takes."""

    url: str
    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "files"

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @asynccontextmanager
    async def planner(self) -> AsyncIterator[Planner]:
        async with open_planner(settings_of(self.url, self.root)) as opened:
            yield opened


@dataclass
class Kills:
    """Runs operations in processes of their own on copies of one store, up to a point."""

    forks: ForkServer
    folder: Path
    postgres: PostgresForTests | None = None
    _copies: int = 0

    @asynccontextmanager
    async def place(self, template: Place | None = None, *, migrated: str = "template0") -> AsyncIterator[Place]:
        """An empty store, or a copy of one that nobody has open."""
        self._copies += 1
        folder = self.folder / f"store-{self._copies}"
        if template is None:
            folder.mkdir()
        else:
            shutil.copytree(template.folder, folder)
        if self.postgres is None:
            yield Place(sqlite_url(folder / "plans.db"), folder)
        else:
            wanted = migrated if template is None else str(make_url(template.url).database)
            async with self.postgres.database(template=wanted) as url:
                yield Place(url, folder)
        shutil.rmtree(folder)

    async def run(self, place: Place, operation: str, where: str | int = TO_ITS_END) -> list[str]:
        """The points that it passed; it was killed at the last one, or came to its end."""
        trace = self.folder / "trace"
        words = (place.url, str(place.root), str(place.source), operation, str(where), str(trace))
        with (self.folder / "said").open("w+", encoding="utf-8") as said:
            process = self.forks.start(
                MAIN, "dying", *words, environment=os.environ, cwd=self.folder, streams=[said.fileno()] * 3
            )
            code = await asyncio.to_thread(process.wait)
            said.seek(0)
            assert code == (0 if where == TO_ITS_END else -signal.SIGKILL), said.read()
        return trace.read_text(encoding="utf-8").split()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where stores are kept."""
    if not os.access(IN_MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as name:
        yield Path(name)


@pytest.fixture
def kills(forks: ForkServer, folder: Path) -> Kills:
    return Kills(forks, folder)


async def prepare(kills: Kills, place: Place, operation: str) -> None:
    """Three plans, and whatever else the operation is about."""
    artifacts(place.source)
    async with place.planner() as planner:
        for version_id in ("v1", "v2", "v3"):
            await planner.plans.register(
                RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), det_rows(12)
            )
        if operation == "repair_files":  # v2 could not be filed, as on a disk that was full
            away = place.root.rename(place.folder / "away")
            await planner.plans.replace("v2", det_rows(7), actor=AYA)
            away.rename(place.root)
    if operation in {"sweep", "repair_files"}:
        # A folder that nothing points to, half a one, and half a line in the mirror.
        for point in (FOLDER_RENAMED, FILE_HALF_WRITTEN, MIRROR_LINES_HALF_WRITTEN):
            await kills.run(place, "replace", point)


async def versions(planner: Planner) -> Versions:
    listed = (await planner.plans.list()).items
    return {plan.version_id: (str(plan.status), plan.payload_digest) for plan in listed}


async def findings(planner: Planner) -> set[str]:
    return {finding.kind async for finding in planner.storage.verify(full=True)}


def places_to_die(trace: list[str], wanted: set[str]) -> list[int]:
    """The first time that each wanted point is passed, the last commit, and some statements."""
    found = {trace.index(point) for point in wanted.intersection(trace) - {STATEMENT}}
    found |= {len(trace) - 1 - trace[::-1].index(point) for point in (COMMITTING, COMMITTED)}
    statements = [place for place, point in enumerate(trace) if point == STATEMENT]
    return sorted(found | {statements[len(statements) * part // STATEMENTS] for part in range(STATEMENTS)})


async def lapse_leases(place: Place) -> None:
    """Let the time pass after which the work of a dead process may be taken over."""
    engine = create_async_engine(place.url)
    table = "plan_backfill_runs" if place.url.startswith("sqlite") else "planvault.plan_backfill_runs"
    async with engine.begin() as connection:
        await connection.execute(text(f"UPDATE {table} SET lease_until = started_at WHERE lease_until IS NOT NULL"))
    await engine.dispose()


async def require_survived(place: Place, operation: str, trace: list[str], before: Versions, after: Versions) -> None:
    """Look at what a kill left, as somebody who opens the store; then do what was killed, and more."""
    if operation == "backfill":
        await lapse_leases(place)
    async with place.planner() as planner:
        found = await versions(planner)
        if operation in ONE_COMMIT:
            assert found == (after if {COMMITTED, *MIRROR_POINTS} & set(trace) else before)
        for version_id in {*before, *after, *found}:
            assert found.get(version_id) in {before.get(version_id), after.get(version_id)}
        # The mirror may lag behind until the next commit; nothing else may.
        found_kinds = {kind for kind in await findings(planner) if not kind.startswith("mirror-")}
        assert found_kinds <= ({"unfiled"} if operation == "repair_files" else set())

        if operation not in ONE_COMMIT or found == before:
            await OPERATIONS[operation](planner, place.source)
        assert await versions(planner) == after
        await planner.plans.register(RegisterRequest(version_id="next", actor=AYA, trigger="test"), det_rows(4))
        await planner.storage.sweep(actor=AYA)
        status = await planner.storage.status()
        assert (list(status.orphans), list(status.unfiled)) == ([], [])
        assert list((place.root / "staging").iterdir()) == []
        assert await findings(planner) == set()
        assert (await planner.audit.verify()).clean


async def kill_everywhere(kills: Kills, operation: str, wanted: set[str], *, migrated: str = "template0") -> set[str]:
    """Kill an operation at the wanted points; the points at which it was killed."""
    async with kills.place(migrated=migrated) as template:
        await prepare(kills, template, operation)
        async with template.planner() as planner:
            before = await versions(planner)
        async with kills.place(template) as place:
            points = await kills.run(place, operation)
            async with place.planner() as planner:
                after = await versions(planner)
        for index in places_to_die(points, wanted):
            async with kills.place(template) as place:
                trace = await kills.run(place, operation, index)
                assert trace[-1] == points[index]
                await require_survived(place, operation, trace, before, after)
    return wanted.intersection(points)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_an_operation_killed_at_any_point_leaves_both_sides_in_agreement(kills: Kills, operation: str) -> None:
    assert await kill_everywhere(kills, operation, EXPECTED[operation]) >= EXPECTED[operation]


def test_every_registered_point_is_one_at_which_something_is_killed() -> None:
    """Those of the mirror have tests of their own."""
    assert set().union(*EXPECTED.values()) == {*ALL_POINTS} - {*MIRROR_POINTS} | {MIRROR_TAIL_CUT}


async def test_around_its_commit_on_postgresql_too(
    forks: ForkServer, folder: Path, postgres: PostgresForTests, postgres_template: str
) -> None:
    kills = Kills(forks, folder, postgres)
    points = {STATEMENT, LOCKED, FOLDER_RENAMED, POINTED, COMMITTING, COMMITTED, MIRROR_LINES_HALF_WRITTEN}
    assert await kill_everywhere(kills, "replace", points, migrated=postgres_template) >= points
