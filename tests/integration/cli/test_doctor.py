"""The doctor: what is wrong is found, named with a fix, and nothing is changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import CommandLine, run

CLOSED = "postgresql+asyncpg://planvault:secret@127.0.0.1:1/plans"


def findings(result: Any) -> dict[str, dict[str, Any]]:
    """What is wrong, by what was looked at."""
    told = json.loads(result.stdout)
    wrong = {item["check"]: item for item in told["items"] if not item["ok"]}
    assert told["clean"] == (not wrong)
    assert result.exit_code == (8 if wrong else 0)
    assert all(item["fix"] for item in wrong.values())
    assert [item["fix"] for item in told["items"] if item["ok"] and item["fix"]] == []
    return wrong


def test_a_sound_store_has_nothing_to_mend(planvault: CommandLine) -> None:
    before = planvault.dump()
    assert findings(planvault("doctor", "--json")) == {}
    shown = planvault.ok("doctor")
    assert shown.startswith("Nothing is wrong.\n")
    for looked_at in ("versions", "settings", "permissions", "disk", "schema", "integrity", "clock", "jobs", "files"):
        assert f"\nok  {looked_at} " in shown
    assert planvault.dump() == before


def stopped_half_way(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE plan_versions SET status = 'archived'")


def world_writable(path: Path) -> None:
    path.chmod(0o666)


def an_event_of_tomorrow(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER events_refuse_update")
        connection.execute("UPDATE events SET recorded_at = '2999-01-01T00:00:00.000000Z'")


def another_column(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE runs ADD COLUMN mine TEXT")


def an_older_schema(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE planvault_schema_version SET version_num = '0001'")


def no_database(path: Path) -> None:
    path.write_bytes(b"this is no database, however long it goes on" * 200)


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("harm", "check", "says", "fix"),
    [
        (stopped_half_way, "trims", "stopped half-way through p1", "maint trim"),
        (world_writable, "permissions", "Everybody on this machine may write", "chmod o-w"),
        (an_event_of_tomorrow, "clock", "yet to come", "clock"),
        (another_column, "schema", "runs.mine", "db check"),
        (an_older_schema, "schema", "is at schema 0001", "db upgrade"),
        (no_database, "schema", "is damaged, or is no SQLite database", "backup"),
        (gone, "permissions", "There is no", "db upgrade"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(
    planvault: CommandLine, harm: Callable[[Path], None], check: str, says: str, fix: str
) -> None:
    path = Path(planvault.database)
    harm(path)
    wrong = findings(planvault("doctor", "--json"))
    assert list(wrong) == [check]
    assert says in wrong[check]["message"]
    assert fix in wrong[check]["fix"]
    assert path.exists() == (harm is not gone)
    shown = planvault("doctor")
    assert (shown.exit_code, shown.stdout.splitlines()[0]) == (8, "1 thing to mend.")


def test_damaged_pages_are_found(planvault: CommandLine) -> None:
    path = Path(planvault.database)
    data = bytearray(path.read_bytes())
    data[4096 * 20 :] = bytes(len(data) - 4096 * 20)
    path.write_bytes(data)
    wrong = findings(planvault("doctor", "--json"))
    assert set(wrong) & {"integrity", "store", "schema"}


def test_a_wrong_setting_is_found_and_the_rest_is_looked_at_all_the_same(planvault: CommandLine) -> None:
    wrong = findings(planvault("doctor", "--json", PLANVAULT_TIMEZONE="Mars"))
    assert list(wrong) == ["settings"]
    assert "PLANVAULT_TIMEZONE" in wrong["settings"]["message"]


def test_a_pause_and_a_limit_that_is_nearly_reached_are_told(planvault: CommandLine) -> None:
    planvault.ok("maint", "pause", "--reason", "moving", "--until", "1h", "--actor", "aya")
    rows = planvault.json("plans", "show", "p1")["series_rows"]
    wrong = findings(planvault("doctor", "--json", PLANS_DB_MAX_ROWS=str(rows + 1)))
    assert list(wrong) == ["pause", "row limit"]


def test_a_server_that_is_not_there_is_a_finding_without_its_password() -> None:
    result = run("doctor", "--database", CLOSED, "--json")
    wrong = findings(result)
    assert "Cannot reach PostgreSQL at 127.0.0.1:1" in wrong["schema"]["message"]
    assert "secret" not in result.stdout


def test_a_store_in_memory_is_sound() -> None:
    assert findings(run("doctor", "--database", "memory://", "--json")) == {}
