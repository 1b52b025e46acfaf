"""Maintenance that is killed: nothing half is visible, and the next one goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.forking import PLANVAULT, ForkServer

from .conftest import CommandLine

KILLS = 4


class Killing:
    """Commands that are killed after so many seconds, unless they have ended by then."""

    def __init__(self, forks: ForkServer, folder: Path) -> None:
        self._forks = forks
        self._folder = folder
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PLAN", "DATABASE"))
        }

    def __call__(self, planvault: CommandLine, *words: str, after: float) -> int:
        """The exit code of the command."""
        command = ("planvault", "--database", planvault.database, *words, "--actor", "aya")
        process = self._forks.start(PLANVAULT, *command, environment=self._environment, cwd=self._folder)
        try:
            return process.wait(timeout=after)
        except subprocess.TimeoutExpired:
            return process.killed()

    def seconds_of(self, planvault: CommandLine, *words: str) -> float:
        """How long such a command takes."""
        began = time.monotonic()
        self(planvault, *words, after=60)
        return time.monotonic() - began


@pytest.fixture
def killed(forks: ForkServer, tmp_path: Path) -> Killing:
    """What kills."""
    return Killing(forks, tmp_path)


@pytest.fixture(scope="session")
def copied_store(approved_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with eight copies of p1."""
    path = Path(shutil.copy(approved_store, tmp_path_factory.mktemp("copied")))
    for number in range(8):
        CommandLine(str(path)).ok("plans", "copy", "p1", f"c{number}", "--actor", "aya")
    return path


@pytest.fixture
def many(copied_store: Path, tmp_path: Path) -> CommandLine:
    """The command line on a copy of that store."""
    return CommandLine(str(shutil.copy(copied_store, tmp_path)))


def test_a_trim_that_is_killed_again_and_again_is_finished_at_last(many: CommandLine, killed: Killing) -> None:
    words = ("maint", "trim", "--max-rows", "0", "--keep-newest", "1")
    idle = killed.seconds_of(many, "maint", "trim", "--older-than", "36500")
    for number in range(KILLS):
        killed(many, *words, after=idle * (0.5 + number / KILLS))
        assert many.json("audit", "verify")["clean"]
        for plan in many.json("plans", "list")["items"]:
            told = many("plans", "series", plan["version_id"], "--level", "det", "--limit", "1", "--json")
            assert told.exit_code == (4 if plan["status"] == "archived" else 0)
    many.ok(*words, "--actor", "aya")
    statuses = {plan["version_id"]: plan["status"] for plan in many.json("plans", "list")["items"]}
    assert [name for name, status in statuses.items() if status != "archived"] == ["c7", "p1"]
    assert many.json("maint", "stats")["versions"] == 2
    assert many.json("doctor")["clean"]


def test_a_backup_that_is_killed_leaves_no_file_of_its_name_or_a_whole_one(
    many: CommandLine, tmp_path: Path, killed: Killing
) -> None:
    idle = killed.seconds_of(many, "maint", "stats")
    for number in range(KILLS):
        code = killed(many, "maint", "backup", "-o", f"b{number}.zip", after=idle * (0.6 + number / KILLS))
        there = (tmp_path / f"b{number}.zip").exists()
        assert there or code != 0
        if there:  # it took its name as the last thing before the kill, so it has to be whole
            restored = CommandLine(str(tmp_path / f"b{number}.db"))
            restored.ok("maint", "restore", f"b{number}.zip", "--into", restored.database, "--actor", "aya")
    many.ok("maint", "backup", "-o", "whole.zip", "--verify", "--actor", "aya")
    assert many.json("audit", "verify")["clean"]


def test_a_restore_that_is_killed_keeps_nothing_and_the_next_one_everything(
    many: CommandLine, tmp_path: Path, killed: Killing
) -> None:
    many.ok("maint", "backup", "-o", "b.zip", "--actor", "aya")
    idle = killed.seconds_of(many, "maint", "stats")
    for number in range(KILLS):
        target = CommandLine(str(tmp_path / f"r{number}.db"))
        code = killed(many, "maint", "restore", "b.zip", "--into", target.database, after=idle * (1 + number / KILLS))
        if code == 0:
            continue
        if Path(target.database).exists():
            target("db", "upgrade")
        again = target("maint", "restore", "b.zip", "--into", target.database, "--actor", "aya")
        # Where the kill came between the commit and the end, everything is there already, and nothing is put over it.
        assert again.exit_code in {0, 5}, again.stderr
        assert len(target.json("plans", "list")["items"]) == 9
        assert target.json("audit", "verify")["clean"]
