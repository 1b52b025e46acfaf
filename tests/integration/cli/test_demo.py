"""``planvault demo``: once, twice, afresh, and never over somebody's data."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from .conftest import CommandLine, run


def test_the_demo_makes_a_plan_and_says_how_to_look_further(tmp_path: Path) -> None:
    result = run("demo")
    assert result.exit_code == 0
    assert result.stdout.startswith("planvault-demo.db is ready: plan v")
    assert "fill rate" in result.stdout
    assert "2026-12" in result.stdout
    assert "planvault --database planvault-demo.db plans show v" in result.stdout
    shown = CommandLine("planvault-demo.db").json("inputs", "show", "demo@1")
    assert (shown["authors"], [approval["actor"] for approval in shown["approvals"]]) == (["aya"], ["ben"])


def test_a_second_run_says_what_is_there_and_changes_nothing() -> None:
    first = json.loads(run("demo", "--json").stdout)
    store = CommandLine("planvault-demo.db")
    before = store.dump()
    result = run("demo")
    assert result.stdout.startswith(f"planvault-demo.db is there already: plan {first['version_id']} from demo@1")
    assert "Nothing was changed" in result.stderr
    assert store.dump() == before
    again = json.loads(run("demo", "--json").stdout)
    assert (again["made"], again["version_id"]) == (False, first["version_id"])


def test_a_fresh_demo_begins_again() -> None:
    run("demo")
    store = CommandLine("planvault-demo.db")
    store.ok("plans", "create", "--input-set", "demo", "--version-id", "mine", "--actor", "aya")
    again = json.loads(run("demo", "--fresh", "--json").stdout)
    assert again["made"] is True
    assert [plan["version_id"] for plan in store.json("plans", "list")["items"]] == [again["version_id"]]


def test_an_interrupted_demo_goes_on_where_it_was(tmp_path: Path, inputs: Path) -> None:
    store = CommandLine("planvault-demo.db")
    store.ok("inputs", "import", "-i", str(inputs), "--label", "demo", "--actor", "aya")
    done = json.loads(run("demo", "--json").stdout)
    assert (done["made"], done["label"], done["number"]) == (True, "demo", 1)


@pytest.mark.parametrize("words", [("demo",), ("demo", "--fresh")])
def test_a_store_of_somebody_is_neither_erased_nor_filled(planvault: CommandLine, words: tuple[str, ...]) -> None:
    before = planvault.dump()
    result = run(*words, "--path", planvault.database)
    assert result.exit_code == 5
    assert "holds more than a demo: weekly" in result.stderr
    assert planvault.dump() == before


def test_a_file_that_is_no_database_is_not_erased(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are notes, not a database\n" * 40, encoding="utf-8")
    result = run("demo", "--fresh", "--path", "notes.txt")
    assert result.exit_code == 5
    assert (tmp_path / "notes.txt").exists()


def test_the_database_of_another_program_is_no_demo(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "foreign.db")
    connection.execute("CREATE TABLE customers (name TEXT)")
    connection.commit()
    connection.close()
    before = CommandLine("foreign.db").dump()
    result = run("demo", "--path", "foreign.db")
    assert result.exit_code == 5
    assert "foreign.db is no demo of this planvault" in result.stderr
    assert "Name another file with --path." in result.stderr
    assert "db upgrade" not in result.stderr
    assert CommandLine("foreign.db").dump() == before


def test_the_demo_keeps_to_a_file_of_its_own() -> None:
    result = run("--database", "x.db", "demo")
    assert result.exit_code == 2
    assert "--path" in result.stderr
