"""Backfill by the command line, from artifacts that planvault writes itself in the legacy system's shapes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.support.forking import PLANVAULT, ForkServer

from .conftest import CommandLine, run

OPS = ("--actor", "ops")
DEADLINE = 60


@pytest.fixture
def out(planvault: CommandLine, tmp_path: Path) -> Path:
    """Three versions of the same artifacts; the last is old enough to come first."""
    folder = tmp_path / "out"
    planvault.ok("plans", "export", "p1", "-o", str(folder / "old-1"))
    for number, name in enumerate(("old-2", "old-3")):
        copy = Path(shutil.copytree(folder / "old-1", folder / name))
        for path in copy.iterdir():
            os.utime(path, (1_600_000_000 - number, 1_600_000_000 - number))
    return folder


def backfill(planvault: CommandLine, source: Path, *words: str) -> dict[str, str]:
    told = planvault.json("storage", "backfill", "--from", str(source), *words, *OPS)
    return {item["version_id"]: item["outcome"] for item in told["items"]}


def digests(planvault: CommandLine, version: str) -> dict[str, bytes]:
    connection = sqlite3.connect(planvault.database)
    rows = connection.execute("SELECT level, digest FROM plan_level_summaries WHERE version_id = ?", (version,))
    found = dict(rows.fetchall())
    connection.close()
    return found


def test_artifacts_of_a_plan_give_the_same_rows_again(planvault: CommandLine, out: Path) -> None:
    said = planvault.ok("storage", "backfill", "--from", str(out), *OPS)
    assert said.splitlines()[0] == "taken     old-3: 7 133 rows, 28 KPIs"
    assert "3 taken; 21 399 series rows written." in said
    made, taken = digests(planvault, "p1"), digests(planvault, "old-1")
    assert {level for level in made if made[level] != taken[level]} == {"det", "mrp_final"}
    shown = planvault.json("plans", "show", "old-1")
    assert (shown["status"], shown["origin"], shown["created_by"]) == ("draft", "legacy", "ops")
    assert set(backfill(planvault, out).values()) == {"skipped"}


def test_a_dry_run_says_what_would_be_and_keeps_nothing(planvault: CommandLine, out: Path) -> None:
    before = planvault.dump()
    state = out.parent / "state.json"
    said = planvault.ok("storage", "backfill", "--from", str(out), "--dry-run", "--state-file", str(state), *OPS)
    assert "would be taken old-1: 7 133 rows, 28 KPIs" in said
    assert "nothing was kept" in said
    assert (planvault.dump(), state.exists()) == (before, False)


def test_a_damaged_version_is_told_with_exit_code_9_and_the_rest_arrives(planvault: CommandLine, out: Path) -> None:
    text = (out / "old-2" / "mrp.json").read_text()
    (out / "old-2" / "mrp.json").write_text(text[:900])
    result = planvault("storage", "backfill", "--from", str(out), *OPS)
    assert result.exit_code == 9
    assert "failed    old-2: mrp.json: Input data was truncated." in result.stdout
    assert "2 taken, 1 failed" in result.stdout
    (out / "old-2" / "mrp.json").write_text(text)
    assert backfill(planvault, out) == {"old-3": "skipped", "old-2": "taken", "old-1": "skipped"}


def test_a_limit_gets_further_each_time_and_versions_are_chosen(planvault: CommandLine, out: Path) -> None:
    assert backfill(planvault, out, "--limit", "1") == {"old-3": "taken"}
    assert backfill(planvault, out, "--limit", "1") == {"old-3": "skipped", "old-2": "taken"}
    assert backfill(planvault, out, "--since", "2021-01-01") == {"old-1": "taken"}
    assert backfill(planvault, out, "--only", "old-2", "--force") == {"old-2": "replaced"}
    assert backfill(planvault, out, "--resume-from", "old-1") == {"old-1": "skipped"}


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("--from", "nowhere"), 4, "no source nowhere"),
        (("--from", "out", "--resume-from", "old-9"), 4, "old-9"),
        (("--from", "out", "--only", "old-9"), 4, "old-9"),
        (("--from", "out", "--resume-from", "old-1"), 5, "not done: old-3, old-2"),
        (("--from", "plans.db"), 3, "a database of planvault"),
        (("--from", "out", "--since", "yesterday"), 3, "neither a day"),
        (("--from", "out", "--limit", "0"), 2, "--limit"),
        ((), 2, "--from"),
    ],
)
@pytest.mark.usefixtures("out")
def test_what_cannot_be_done_is_refused(planvault: CommandLine, words: tuple[str, ...], code: int, why: str) -> None:
    refused = planvault.refused("storage", "backfill", *words, *OPS)
    assert (refused.code, why in refused.message) == (code, True), refused.message


def test_a_source_can_have_a_name(planvault: CommandLine, out: Path) -> None:
    said = planvault("storage", "backfill", "--from", "old", *OPS, PLANVAULT_SOURCES=f"old={out}, other=x")
    assert "old: 3 taken" in said.stdout
    wrong = planvault("storage", "backfills", PLANVAULT_SOURCES="old")
    assert (wrong.exit_code, "NAME=PATH" in wrong.stderr) == (3, True)


def test_the_state_file_follows_and_knows_its_database(planvault: CommandLine, out: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    backfill(planvault, out, "--limit", "1", "--state-file", str(state))
    assert list(json.loads(state.read_text())["versions"]) == ["old-3"]
    state.write_text(state.read_text()[:50])
    said = planvault("storage", "backfill", "--from", str(out), "--state-file", str(state), *OPS)
    assert "damaged" in said.stderr
    versions = json.loads(state.read_text())["versions"]
    assert {name: one["outcome"] for name, one in versions.items()} == {
        "old-1": "taken",
        "old-2": "taken",
        "old-3": "skipped",
    }
    other = run("--database", "other.db", "storage", "backfill", "--from", str(out), "--state-file", str(state), *OPS)
    assert (other.exit_code, "another database" in other.stderr) == (5, True)


def test_backfills_are_listed_and_shown(planvault: CommandLine, out: Path) -> None:
    assert planvault.ok("storage", "backfills") == "There are no backfills yet.\n"
    backfill(planvault, out)
    (run_,) = planvault.json("storage", "backfills")["items"]
    assert (run_["status"], run_["counts"]["taken"], run_["started_by"]) == ("success", 3, "ops")
    assert "success" in planvault.ok("storage", "backfills")
    shown = planvault.ok("storage", "backfills", "--run", run_["run_id"])
    assert shown.startswith(f"{run_['run_id']} success\n")
    assert "taken     old-2: 7 133 rows" in shown
    assert len(planvault.json("storage", "backfills", "--run", run_["run_id"])["items"]) == 3
    assert planvault.refused("storage", "backfills", "--run", "r-9").code == 4


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_lets_the_version_at_work_end(  # noqa: PLR0917 (two of them are what it is tried with)
    planvault: CommandLine, out: Path, tmp_path: Path, forks: ForkServer, number: signal.Signals, code: int
) -> None:
    state = out.parent / "state.json"
    words = ["storage", "backfill", "--from", str(out), "--throttle", "1", "--state-file", str(state), *OPS, "--json"]
    with (tmp_path / "said").open("w+", encoding="utf-8") as said, (tmp_path / "progress").open("w+") as progress:
        command = ("planvault", "--database", planvault.database, *words)
        streams = [progress.fileno(), said.fileno(), progress.fileno()]
        process = forks.start(PLANVAULT, *command, environment=os.environ, cwd=tmp_path, streams=streams)
        began = time.monotonic()
        while not state.exists():
            assert time.monotonic() - began < DEADLINE
            time.sleep(0.01)
        process.send_signal(number)
        process.wait(DEADLINE)
        said.seek(0)
        printed = said.read()
    told = json.loads(printed)
    assert (process.returncode, told["status"], told["counts"]["taken"]) == (code, "interrupted", 1)
    assert backfill(planvault, out) == {"old-3": "skipped", "old-2": "taken", "old-1": "taken"}


EARLY = """
CREATE TABLE canonical_config_versions (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO canonical_config_versions VALUES (7, 'north');
CREATE TABLE plan_versions (version_id TEXT PRIMARY KEY, created_at INTEGER, status TEXT, config_version_id INTEGER);
INSERT INTO plan_versions VALUES ('v9', 2, 'executed', 7), ('v10', 1, 'active', 7), ('../odd', 3, 'active', NULL);
CREATE TABLE plan_artifacts (version_id TEXT, name TEXT, json_text TEXT);
CREATE TABLE planning_input_sets (id INTEGER PRIMARY KEY, config_version_id INTEGER, label TEXT, status TEXT,
    approved_by TEXT, metadata_json TEXT);
INSERT INTO planning_input_sets VALUES (1, 7, 'weekly', 'ready', 'sato', NULL), (2, 7, 'spring', 'archived', 'sato',
    '{"item": [{"item": "SKU1", "lt": "7", "lot": "10"}]}'), (3, 7, 'bad', 'draft', NULL, NULL);
CREATE TABLE planning_family_demands (input_set_id INTEGER, family_code TEXT, period TEXT, demand REAL);
INSERT INTO planning_family_demands VALUES (2, 'F1', '2025-01', 10.0), (3, 'F1', '2025-01', -1.0);
"""
AGGREGATE = '{"rows": [{"family": "F1", "period": "2025-01", "demand": 10, "supply": 8, "backlog": 2}]}'


@pytest.fixture
def early(tmp_path: Path) -> Path:
    """A legacy database from before most columns and tables."""
    path = tmp_path / "early.db"
    connection = sqlite3.connect(path)
    connection.executescript(EARLY)
    with connection:
        for version in ("v9", "v10", "../odd", "stray"):
            connection.execute("INSERT INTO plan_artifacts VALUES (?, 'aggregate.json', ?)", (version, AGGREGATE))
    connection.close()
    return path


def test_a_database_of_an_early_schema_is_taken_as_far_as_it_goes(planvault: CommandLine, early: Path) -> None:
    result = planvault("storage", "backfill", "--from", str(early), *OPS)
    assert result.exit_code == 9  # weekly is a label here, and a demand of bad is negative
    lines = result.stdout.splitlines()
    assert lines[0].startswith("conflict  input set weekly: A label of that name is here")
    assert lines[1] == "taken     input set spring"
    assert lines[2].startswith("failed    input set bad: family_demands: demand '-1.0' is below 0")
    assert [line.split()[1].strip(":") for line in lines[3:6]] == ["stray", "v10", "v9"]
    assert lines[6].startswith("taken     odd-")
    assert "(../odd)" in lines[6]
    assert planvault.json("plans", "show", "v9")["stage"] == "executed"
    assert planvault.json("plans", "show", "v10")["config_version_id"] == 7
    spring = planvault.json("inputs", "show", "spring")
    assert (spring["status"], spring["live"]) == ("archived", None)
    assert "archived in the legacy system, approved by sato" in planvault.ok("inputs", "events", "spring")
    planvault.ok("inputs", "restore", "spring", "--actor", "ben")
    planvault.ok("inputs", "adopt", "spring@1", "--actor", "ben")
    assert planvault.json("inputs", "show", "spring")["status"] == "ready"
