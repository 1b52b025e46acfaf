"""Backups by the command line."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from .conftest import CommandLine, run


def test_a_backup_is_taken_verified_and_restored(planvault: CommandLine, tmp_path: Path) -> None:
    taken = planvault("maint", "backup", "-o", "b.zip", "--verify", "--actor", "aya")
    assert taken.exit_code == 0, taken.stderr
    assert taken.stdout.startswith("b.zip holds 1 plan version, ")
    assert "restored into a scratch file" in taken.stdout
    assert "maint restore b.zip --into NEW.db" in taken.stderr

    restored = run("maint", "restore", "b.zip", "--into", "new.db", "--actor", "ben")
    assert restored.exit_code == 0, restored.stderr
    assert "every table was read back and compared" in restored.stdout
    other = CommandLine(str(tmp_path / "new.db"))
    assert other.json("plans", "show", "p1") == planvault.json("plans", "show", "p1")
    assert other.json("audit", "verify")["clean"]
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_the_json_answer_names_the_file_and_what_is_in_it(planvault: CommandLine, tmp_path: Path) -> None:
    told = planvault.json("maint", "backup", "-o", "b.zip", "--actor", "aya", PLANVAULT_BACKUP_COPY="elsewhere")
    assert (told["output"], told["copy"], told["verified"]) == ("b.zip", "elsewhere/b.zip", False)
    assert (told["plan_versions"], told["events"]) == (1, told["tables"]["events"])
    assert (tmp_path / "elsewhere" / "b.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    result = run("maint", "restore", "elsewhere/b.zip", "--into", "new.db", "--actor", "ben", "--json")
    assert f'"sha256": "{told["sha256"]}"' in result.stdout


def test_a_backup_never_takes_the_place_of_a_file(planvault: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("mine", encoding="utf-8")
    refusal = planvault.refused("maint", "backup", "-o", "b.zip", "--actor", "aya")
    assert (refusal.code, "exists already" in refusal.message) == (5, True)
    assert (tmp_path / "b.zip").read_text(encoding="utf-8") == "mine"


def test_a_backup_without_a_name_is_called_by_the_time(planvault: CommandLine, tmp_path: Path) -> None:
    planvault.ok("maint", "backup", "--actor", "aya")
    (made,) = tmp_path.glob("planvault-*.backup.zip")
    assert zipfile.is_zipfile(made)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("maint backup -o b.zip", 6, "Nobody is named"),
        ("maint backup -o nowhere/b.zip --actor aya", 7, "nowhere/b.zip cannot be written"),
        ("maint restore nope.zip --into new.db --actor ben", 3, "nope.zip cannot be read"),
        ("maint restore plans.db --into new.db --actor ben", 3, "is no backup"),
        ("maint restore plans.db --into new.db", 6, "Nobody is named"),
        ("maint restore plans.db --into memory:// --actor ben", 3, "is no backup"),
        ("maint restore plans.db --into nowhere/new.db --actor ben", 7, "nowhere is no directory"),
        ("maint restore plans.db --actor ben", 2, "--into"),
    ],
)
def test_what_cannot_be_done_is_refused(planvault: CommandLine, words: str, code: int, says: str) -> None:
    refusal = planvault.refused(*words.split())
    assert refusal.code == code
    assert says in refusal.message


def test_a_store_that_holds_something_is_not_restored_into(planvault: CommandLine) -> None:
    planvault.ok("maint", "backup", "-o", "b.zip", "--actor", "aya")
    refusal = planvault.refused("maint", "restore", "b.zip", "--into", planvault.database, "--actor", "ben")
    assert (refusal.code, "empty one only" in refusal.message) == (5, True)
