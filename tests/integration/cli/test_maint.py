"""Pauses, trims, figures and the row limit by the command line."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from .conftest import CommandLine


@pytest.fixture
def several(planvault: CommandLine) -> CommandLine:
    """A store with p1 and three copies of it, one of the copy before."""
    for old, new in (("p1", "p2"), ("p2", "p3"), ("p1", "p4")):
        planvault.ok("plans", "copy", old, new, "--actor", "aya")
    return planvault


def test_a_trim_archives_first_and_does_what_its_preview_says(several: CommandLine, tmp_path: Path) -> None:
    words = ("maint", "trim", "--max-rows", "0", "--keep-newest", "1")
    preview = several.json(*words, "--dry-run")
    done = several.json(*words, "--archive-to", "archive", "--actor", "aya")
    assert [version["version_id"] for version in done["versions"]] == ["p2", "p3"]
    assert {**preview, "dry_run": False} == done
    assert sorted(path.name for path in (tmp_path / "archive").iterdir()) == ["plan_p2.zip", "plan_p3.zip"]
    refusal = several.refused("plans", "series", "p2", "--level", "det")
    assert (refusal.code, "it was trimmed" in refusal.message) == (4, True)
    several.ok("plans", "register", "archive/plan_p3.zip", "--version-id", "p3-again", "--actor", "aya")
    before, after = (several.json("plans", "show", name)["payload_digest"] for name in ("p3", "p3-again"))
    assert before == after


def test_a_trimmed_plan_is_made_once_more_and_comes_out_the_same(several: CommandLine) -> None:
    several.ok("maint", "trim", "--max-rows", "0", "--keep-newest", "0", "--actor", "aya")
    made = several.json("plans", "rerun", "p1", "--version-id", "p9", "--actor", "aya")
    assert made["same"]


def test_a_trim_gives_space_back(several: CommandLine) -> None:
    def size() -> int:
        with sqlite3.connect(several.database) as connection:
            ((pages,),) = connection.execute("PRAGMA page_count")
        return int(pages)

    before = size()
    several.ok("maint", "trim", "--max-rows", "0", "--keep-newest", "1", "--actor", "aya")
    assert size() < before * 0.7


def test_an_archive_that_holds_something_else_is_never_replaced(several: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "plan_p3.zip").write_text("mine", encoding="utf-8")
    words = ("maint", "trim", "--max-rows", "0", "--keep-newest", "1", "--archive-to", "archive", "--actor", "aya")
    refusal = several.refused(*words)
    assert (refusal.code, "holds something else" in refusal.message) == (5, True)
    (tmp_path / "archive" / "plan_p3.zip").unlink()
    several.ok(*words)


def test_an_archive_that_is_there_already_is_taken_for_the_same(several: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    several.ok("plans", "export", "p3", "-o", "archive/plan_p3.zip")
    words = ("--max-rows", "0", "--keep-newest", "1", "--archive-to", "archive", "--actor", "aya")
    assert "2 plans trimmed" in several.ok("maint", "trim", *words)


def test_while_writes_are_paused_they_are_refused_and_reads_and_maintenance_go_on(planvault: CommandLine) -> None:
    begun = planvault("maint", "pause", "--reason", "moving house", "--until", "2h", "--actor", "aya")
    assert begun.exit_code == 0
    refusal = planvault.refused("plans", "copy", "p1", "p2", "--actor", "aya")
    assert (refusal.code, "moving house" in refusal.message) == (7, True)
    assert "p1" in planvault.ok("plans", "list")
    assert "moving house" in planvault.ok("maint", "stats")
    planvault.ok("maint", "backup", "-o", "b.zip", "--verify", "--actor", "aya")
    assert planvault.json("maint", "resume", "--actor", "ben") == {
        "paused": False,
        "reason": None,
        "since": None,
        "until": None,
        "actor": None,
    }
    planvault.ok("plans", "copy", "p1", "p2", "--actor", "aya")


def test_a_backup_of_a_paused_store_restores_one_that_is_not(planvault: CommandLine, tmp_path: Path) -> None:
    planvault.ok("maint", "pause", "--reason", "moving", "--until", "1d", "--actor", "aya")
    planvault.ok("maint", "backup", "-o", "b.zip", "--actor", "aya")
    planvault.ok("maint", "restore", "b.zip", "--into", "new.db", "--actor", "aya")
    other = CommandLine(str(tmp_path / "new.db"))
    other.ok("plans", "copy", "p1", "p2", "--actor", "aya")


def test_figures_say_what_is_kept_and_when_the_limit_is_reached(several: CommandLine) -> None:
    told = several.json("maint", "stats", PLANS_DB_MAX_ROWS="100000")
    rows = several.json("plans", "show", "p1")["series_rows"]
    assert (told["series_rows"], told["versions"], told["max_rows"]) == (rows * 4, 4, 100_000)
    assert sum(level["series_rows"] for level in told["levels"]) == told["series_rows"]
    assert told["days_to_limit"] == (100_000 - rows * 4) // (rows * 4)
    shown = several.ok("maint", "stats", PLANS_DB_MAX_ROWS="100000")
    assert "rows to the limit of 100 000" in shown
    assert "There is no limit" in several.ok("maint", "stats")


def test_the_row_limit_names_the_command_that_makes_room(planvault: CommandLine) -> None:
    rows = planvault.json("plans", "show", "p1")["series_rows"]
    result = planvault("plans", "copy", "p1", "p2", "--actor", "aya", PLANS_DB_MAX_ROWS=str(rows + 1))
    assert result.exit_code == 7
    assert f"planvault --database {planvault.database} maint trim --max-rows 1 --dry-run" in result.stderr


@pytest.mark.parametrize("words", [("serve", "--port", "0"), ("jobs", "worker", "--once")])
def test_nothing_starts_with_a_limit_below_what_is_kept(planvault: CommandLine, words: tuple[str, ...]) -> None:
    result = planvault(*words, PLANS_DB_MAX_ROWS="600")
    assert result.exit_code == 3
    assert "it counts rows, not plans" in result.stderr
    assert "PLANVAULT_GUARD_CONFIRMED=600" in result.stderr


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("maint trim --actor aya", 3, "Nothing says what is to be trimmed"),
        ("maint trim --older-than 0 --actor aya", 3, "The age in days is 0"),
        ("maint trim --max-rows -1 --actor aya", 3, "The number of rows is -1"),
        ("maint trim --max-rows 1", 6, "Nobody is named"),
        ("maint pause --reason x --until yesterday --actor aya", 3, "is no time"),
        ("maint pause --reason x --until 2020-01-01 --actor aya", 3, "past, or further away"),
        ("maint pause --reason x --until 99d --actor aya", 3, "past, or further away"),
        ("maint pause --reason= --until 1h --actor aya", 3, "needs a reason"),
        ("maint pause --until 1h --actor aya", 2, "--reason"),
        ("maint resume --actor aya", 5, "not paused"),
    ],
)
def test_what_cannot_be_done_is_refused(planvault: CommandLine, words: str, code: int, says: str) -> None:
    refusal = planvault.refused(*words.split())
    assert refusal.code == code
    assert says in refusal.message
