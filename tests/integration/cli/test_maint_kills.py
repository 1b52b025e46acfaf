"""Maintenance that is killed: nothing half is visible, and the next one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import CommandLine

SCRIPT = Path(sys.executable).with_name("planvault")
KILLS = 4


def killed(planvault: CommandLine, *words: str, after: float) -> int:
    """The exit code of a command that is killed after so many seconds, unless it has ended by then."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PLAN", "DATABASE"))}
    process = subprocess.Popen(
        [SCRIPT, "--database", planvault.database, *words, "--actor", "aya"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        return process.wait()


@pytest.fixture
def many(planvault: CommandLine) -> CommandLine:
    """A store with eight copies of p1."""
    for number in range(8):
        planvault.ok("plans", "copy", "p1", f"c{number}", "--actor", "aya")
    return planvault


def seconds_of(planvault: CommandLine, *words: str) -> float:
    """How long a command of that kind takes that has nothing to do."""
    began = time.monotonic()
    killed(planvault, *words, after=60)
    return time.monotonic() - began


def test_a_trim_that_is_killed_again_and_again_is_finished_at_last(many: CommandLine) -> None:
    words = ("maint", "trim", "--max-rows", "0", "--keep-newest", "1")
    idle = seconds_of(many, "maint", "trim", "--older-than", "36500")
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


def test_a_backup_that_is_killed_leaves_no_file_of_its_name_or_a_whole_one(many: CommandLine, tmp_path: Path) -> None:
    idle = seconds_of(many, "maint", "stats")
    for number in range(KILLS):
        code = killed(many, "maint", "backup", "-o", f"b{number}.zip", after=idle * (0.6 + number / KILLS))
        there = (tmp_path / f"b{number}.zip").exists()
        assert there or code != 0
        if there:  # it took its name as the last thing before the kill, so it has to be whole
            restored = CommandLine(str(tmp_path / f"b{number}.db"))
            restored.ok("maint", "restore", f"b{number}.zip", "--into", restored.database, "--actor", "aya")
    many.ok("maint", "backup", "-o", "whole.zip", "--verify", "--actor", "aya")
    assert many.json("audit", "verify")["clean"]


def test_a_restore_that_is_killed_keeps_nothing_and_the_next_one_everything(many: CommandLine, tmp_path: Path) -> None:
    many.ok("maint", "backup", "-o", "b.zip", "--actor", "aya")
    idle = seconds_of(many, "maint", "stats")
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
