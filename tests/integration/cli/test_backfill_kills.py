"""One backfill, killed thirty times at random and resumed each time, ends like one that ran through."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import time
from pathlib import Path

import pytest

from tests.support.forking import PLANVAULT, Forked, ForkServer

from .conftest import CommandLine

KILLS = 30
VERSIONS = 40
DEADLINE = 60.0
# How long a backfill may work before it is killed: some versions, or less than one.
MOST_SECONDS = 0.15
LEDGER = "SELECT count(*) FROM plan_backfill_runs WHERE lease_until > started_at AND status = 'running'"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Forty small versions of a legacy system."""
    folder = tmp_path / "out"
    for number in range(VERSIONS):
        place = folder / f"old-{number:02d}"
        place.mkdir(parents=True)
        row = {"family": "F1", "period": "2026-01", "supply_plan": 0, "supply": number, "backlog": 2}
        rows = [
            {**row, "sku": f"SKU{sku:02d}", "week": f"2026-W0{week}", "demand": sku + week}
            for sku in range(20)
            for week in (1, 2, 3)
        ]
        path = place / "sku_week.json"
        path.write_text(json.dumps({"schema_version": "agg-1.0", "rows": rows}), encoding="utf-8")
        os.utime(path, (1_600_000_000 + number, 1_600_000_000 + number))
    return folder


class Backfills:
    """Backfills of one source into stores that keep plans in tables and files."""

    def __init__(self, forks: ForkServer, source: Path, tmp_path: Path) -> None:
        self._forks = forks
        self._source = source
        self._folder = tmp_path

    def store(self, name: str) -> CommandLine:
        """An empty store in both modes."""
        store = CommandLine(str(self._folder / f"{name}.db"))
        store.ok("storage", "status", **self._settings(store))
        return store

    def start(self, store: CommandLine) -> Forked:
        """A backfill in a process of its own, which has begun to work."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PLAN", "DATABASE"))}
        words = ("planvault", "--database", store.database, "storage", "backfill", "--from", str(self._source))
        with sqlite3.connect(store.database, isolation_level=None) as connection:
            # The time that the lease of a dead one lasts goes by.
            connection.execute("UPDATE plan_backfill_runs SET lease_until = started_at WHERE lease_until IS NOT NULL")
            process = self._forks.start(
                PLANVAULT, *words, "--actor", "ops", environment={**kept, **self._settings(store)}, cwd=self._folder
            )
            began = time.monotonic()
            while connection.execute(LEDGER).fetchone() == (0,):
                assert time.monotonic() - began < DEADLINE
                time.sleep(0.002)
        connection.close()
        return process

    def run(self, store: CommandLine, *words: str) -> str:
        """What a command says on the store."""
        return store.ok(*words, **self._settings(store))

    def _settings(self, store: CommandLine) -> dict[str, str]:
        root = Path(store.database).with_suffix("")
        return {"PLAN_STORAGE_MODE": "both", "PLANVAULT_FILES_ROOT": str(root), "PLANVAULT_JOB_LEASE_SECONDS": "3600"}


def payloads(store: CommandLine) -> dict[str, str]:
    """The payload digest of each version, and of each level."""
    with sqlite3.connect(store.database) as connection:
        found = dict(connection.execute("SELECT version_id, payload_digest FROM plan_versions").fetchall())
        levels = connection.execute("SELECT version_id || '/' || level, hex(digest) FROM plan_level_summaries")
        found |= dict(levels.fetchall())
    connection.close()
    return found


def test_a_backfill_killed_thirty_times_ends_like_one_that_ran_through(
    forks: ForkServer, source: Path, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")  # noqa: T201 (pytest shows it where the test fails)
    chance = random.Random(seed)
    backfills = Backfills(forks, source, tmp_path)
    whole = backfills.store("whole")
    assert backfills.start(whole).wait() == 0
    wanted = payloads(whole)
    assert len(wanted) == 2 * VERSIONS
    stores = [backfills.store("store-0")]
    killed = 0
    while killed < KILLS:
        process = backfills.start(stores[-1])
        time.sleep(chance.uniform(0, MOST_SECONDS))
        if process.killed() == 0:  # it came to its end: another one is killed from now on
            stores.append(backfills.store(f"store-{len(stores)}"))
            continue
        killed += 1
        assert payloads(stores[-1]).items() <= wanted.items()  # nothing half is visible
    for store in stores:
        assert backfills.start(store).wait() == 0
        assert payloads(store) == wanted
        backfills.run(store, "storage", "verify", "--full")
        backfills.run(store, "audit", "verify")
