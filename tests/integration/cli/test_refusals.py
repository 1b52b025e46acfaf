"""What the command line refuses: the code, the sentence, the way out, and that nothing was stored."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from planvault.adapters.sql.schema import HEAD

from .conftest import CommandLine, run

CLOSED = "postgresql+asyncpg://planvault:secret@127.0.0.1:1/plans"


@pytest.mark.parametrize(
    ("words", "code", "says", "remedy"),
    [
        ("plans create --input-set nope --actor aya", 4, "There is no input set nope.", "plans.db inputs list"),
        ("plans create --input-set weekly --version-id P1 --actor aya", 5, "P1 exists already", "take another"),
        ("plans create --input-set weekly@1 --trial --actor aya", 5, "weekly@1 is ready", "Leave out --trial"),
        ("plans create --input-set weekly@0 --actor aya", 3, "does not name a revision", "weekly@4"),
        ("plans create --input-set weekly --round-mode up --actor aya", 3, "round_mode is 'up'", "none, int"),
        ("plans create --input-set weekly --param x --actor aya", 3, "'x' is no parameter", "NAME=VALUE"),
        ("plans create --input-set weekly --param nope=1 --actor aya", 3, "no parameter nope", "round_mode"),
        ("plans create --input-set weekly --engine nope --actor aya", 4, "nope", ""),
        ("plans create --input-set weekly", 6, "Nobody is named", "PLANVAULT_TOKEN"),
        ("plans show nope", 4, "There is no plan version nope.", "plans.db plans list"),
        ("plans show ../etc", 3, "cannot name a plan version", "A-Z a-z"),
        ("plans series p1 --level nope", 4, "no level nope of p1", "aggregate, det"),
        ("plans series p1 --level det --limit 0 --json", 3, "between 1 and 10000", ""),
        ("plans series p1 --level det --cursor zzz", 3, "cursor", "Leave the cursor out"),
        ("plans series p1 --level det -o rows.txt", 3, "does not say how", "--format"),
        ("plans export p1 -o art --artifact zip", 4, "no artifact zip of p1", "aggregate.json"),
        ("plans list --limit 501", 3, "between 1 and 500", ""),
        ("plans register nope.jsonl --version-id r1 --actor aya", 3, "nope.jsonl cannot be read", "Check"),
        ("inputs approve weekly --actor ben", 3, "does not say which content", "weekly@NUMBER"),
        ("inputs approve weekly@1 --actor ben", 5, "live already", ""),
        ("inputs approve weekly@7 --actor ben", 4, "no revision weekly@7", "weekly"),
        ("inputs submit weekly --actor aya", 5, "has no candidate", "plans.db inputs import"),
        ("inputs show nope", 4, "There is no input set nope.", ""),
        ("inputs import -i nowhere --label weekly --actor aya", 3, "nowhere cannot be read", "it is there"),
        (
            "inputs import -i plans.db --label weekly --actor aya",
            3,
            "plans.db  -    is no input file",
            "nothing was stored",
        ),
        ("inputs import -i . --label we@ekly --actor aya", 3, "cannot name an input set", "A-Z a-z"),
        ("configs show 99999999999999999999", 2, "not in the range", ""),
        ("configs create x --horizon-days 0 --actor aya", 2, "not in the range", ""),
        ("inputs list --config 99999999999999999999", 2, "not in the range", ""),
        ("runs show \udcff", 3, "bytes that are no text", "UTF-8"),
        ("plans list --limit many", 2, "not a valid integer", "--help"),
        ("configs show 7", 4, "7", ""),
        ("configs create default --actor aya", 5, "default exists already", ""),
        ("runs show nope", 4, "nope", ""),
        ("jobs show nope", 4, "nope", ""),
        ("tokens create aya --role planner --days 0 --actor aya", 3, "1 to 365 days", ""),
        ("tokens create  --role planner --actor aya", 3, "The token's NAME is empty.", "tokens create NAME"),
        ("tokens revoke nope --actor aya", 4, "There is no token nope.", "tokens list"),
        ("db downgrade base", 3, "drops tables", "--yes"),
        ("db upgrade zzz", 3, "no schema revision zzz", "newest"),
    ],
)
def test_a_wrong_request_is_refused_and_stores_nothing(
    planvault: CommandLine, words: str, code: int, says: str, remedy: str
) -> None:
    refusal = planvault.refused(*words.split(" "))
    assert refusal.code == code
    assert says in refusal.message
    assert remedy in refusal.message


def test_an_unapproved_set_cannot_be_planned_from(tmp_path: Path, inputs: Path) -> None:
    planvault = CommandLine(str(tmp_path / "new.db"))
    planvault.ok("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    refusal = planvault.refused("plans", "create", "--input-set", "weekly", "--actor", "aya")
    assert refusal.code == 4
    assert "weekly has no live revision" in refusal.message
    assert "--trial" in refusal.message


def test_an_author_cannot_approve(tmp_path: Path, inputs: Path) -> None:
    planvault = CommandLine(str(tmp_path / "new.db"))
    planvault.ok("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    planvault.ok("inputs", "submit", "weekly", "--actor", "aya")
    refusal = planvault.refused("inputs", "approve", "weekly@1", "--actor", "Aya")
    assert refusal.code == 6
    assert refusal.message.startswith("Refused: Aya wrote weekly@1")


def test_another_hash_than_the_one_seen_is_not_approved(tmp_path: Path, inputs: Path) -> None:
    planvault = CommandLine(str(tmp_path / "new.db"))
    planvault.ok("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    planvault.ok("inputs", "submit", "weekly", "--actor", "aya")
    refusal = planvault.refused("inputs", "approve", "weekly@1", "--content-hash", "0" * 64, "--actor", "ben")
    assert refusal.code == 5
    assert "inputs show weekly@1" in refusal.message


def test_a_wrong_number_is_named_with_file_line_and_column(planvault: CommandLine, inputs: Path) -> None:
    demand = inputs / "demand_family.csv"
    lines = demand.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].rpartition(",")[0] + ",12OO"
    demand.write_text("\n".join(lines), encoding="utf-8")
    refusal = planvault.refused("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    assert refusal.code == 3
    assert "demand_family.csv:3" in refusal.message
    assert '"12OO"' in refusal.message


def test_a_missing_column_is_named(planvault: CommandLine, inputs: Path) -> None:
    capacity = inputs / "capacity.csv"
    lines = capacity.read_text(encoding="utf-8").splitlines()
    header = lines[0].replace("capacity", "capcity")
    capacity.write_text("\n".join([header, *lines[1:]]), encoding="utf-8")
    refusal = planvault.refused("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    assert refusal.code == 3
    assert "capacity.csv:1" in refusal.message
    assert "capacity is missing from the header" in refusal.message


def test_an_unknown_file_is_named(planvault: CommandLine, inputs: Path) -> None:
    (inputs / "demnd_family.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    refusal = planvault.refused("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    assert refusal.code == 3
    assert "demnd_family.csv" in refusal.message


def test_with_json_the_findings_are_in_the_problem_object(planvault: CommandLine, inputs: Path) -> None:
    (inputs / "demnd_family.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    words = ("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya", "--json")
    problem = json.loads(planvault.refused(*words).message)
    assert (problem["code"], problem["status"], problem["total"]) == ("validation-failed", 422, 1)
    assert problem["errors"][0]["file"] == "demnd_family.csv"


def test_several_config_versions_are_listed_to_choose_from(planvault: CommandLine, inputs: Path) -> None:
    planvault.ok("configs", "create", "north", "--actor", "aya")
    words = ("inputs", "import", "-i", str(inputs), "--label", "other", "--actor", "aya")
    refusal = planvault.refused(*words)
    assert refusal.code == 3
    assert "1 default, 2 north" in refusal.message
    assert "--config ID" in refusal.message
    assert planvault.json(*words, "--version-id", "2")["config_version_id"] == 2


def test_a_line_of_a_registered_plan_that_is_wrong_is_named(planvault: CommandLine, tmp_path: Path) -> None:
    good = '{"level":"det","time_bucket_type":"week","time_bucket_key":"2026-W01","item_key":"A","demand":1}'
    (tmp_path / "rows.jsonl").write_text(f"{good}\n{good.replace('1}', 'NaN}')}\n", encoding="utf-8")
    refusal = planvault.refused("plans", "register", "rows.jsonl", "--version-id", "r1", "--actor", "aya")
    assert refusal.code == 3
    assert "rows.jsonl:2" in refusal.message


def test_a_row_that_stands_twice_is_refused(planvault: CommandLine, tmp_path: Path) -> None:
    row = '{"level":"det","time_bucket_type":"week","time_bucket_key":"2026-W01","item_key":"A","demand":1}'
    (tmp_path / "rows.jsonl").write_text(f"{row}\n{row}\n", encoding="utf-8")
    refusal = planvault.refused("plans", "register", "rows.jsonl", "--version-id", "r1", "--actor", "aya")
    assert refusal.code == 3
    assert "stands twice" in refusal.message


@pytest.mark.parametrize("words", ["plans list", "configs create x --actor aya", "db current", "db upgrade"])
def test_a_server_that_is_not_there_is_named(words: str) -> None:
    result = run("--database", CLOSED, *words.split())
    assert result.exit_code == 7
    assert result.stdout == ""
    assert result.stderr.startswith("Cannot reach PostgreSQL at 127.0.0.1:1 as planvault")
    assert "DATABASE_URL" in result.stderr
    assert "secret" not in result.stderr
    assert "Traceback" not in result.stderr


def test_a_database_at_another_schema_is_refused_with_the_way_forward(planvault: CommandLine) -> None:
    connection = sqlite3.connect(planvault.database)
    connection.execute("UPDATE planvault_schema_version SET version_num = '0001'")
    connection.commit()
    connection.close()
    refusal = planvault.refused("plans", "list")
    assert refusal.code == 5
    assert "is at schema 0001" in refusal.message
    assert f"planvault --database {planvault.database} db upgrade" in refusal.message
    assert planvault.ok("db", "current").endswith(f"this planvault needs {HEAD}.\n")


def test_what_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are notes, not a database\n" * 40, encoding="utf-8")
    result = run("--database", "notes.txt", "plans", "list")
    assert result.exit_code == 8
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8").startswith("these are notes")


@pytest.mark.parametrize("database", ["missing/plans.db", "file/plans.db", "folder"])
def test_a_place_where_no_database_can_be_is_refused(tmp_path: Path, database: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    result = run("--database", database, "plans", "list")
    assert result.exit_code == 7
    assert "--database" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.parametrize("words", ["db current", "db check", "db downgrade base --yes"])
def test_looking_at_the_schema_of_a_missing_file_does_not_make_it(tmp_path: Path, words: str) -> None:
    result = run("--database", "none.db", *words.split())
    assert result.exit_code == 4
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("output", ["file/det.csv", "folder.csv", "missing/det.csv"])
def test_an_output_that_cannot_be_written_leaves_nothing(planvault: CommandLine, tmp_path: Path, output: str) -> None:
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    (tmp_path / "folder.csv").mkdir()
    refusal = planvault.refused("plans", "series", "p1", "--level", "det", "-o", output)
    assert refusal.code in {3, 7}
    assert output in refusal.message
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"
    assert list((tmp_path / "folder.csv").iterdir()) == []
    assert not (tmp_path / "missing").exists()


def test_a_failed_write_keeps_the_file_that_was_there(planvault: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "det.csv").write_text("kept", encoding="utf-8")
    planvault.refused("plans", "series", "p1", "--level", "nope", "-o", "det.csv")
    assert (tmp_path / "det.csv").read_text(encoding="utf-8") == "kept"
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_an_export_into_a_file_is_refused(planvault: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "art").write_text("kept", encoding="utf-8")
    refusal = planvault.refused("plans", "export", "p1", "-o", "art")
    assert refusal.code == 7
    assert (tmp_path / "art").read_text(encoding="utf-8") == "kept"


def test_a_wrong_token_opens_nothing_and_is_not_told_why(planvault: CommandLine) -> None:
    refusal = planvault.refused("plans", "create", "--input-set", "weekly", PLANVAULT_TOKEN="pv_wrong")  # noqa: S106 (no password)
    assert refusal.code == 6
    assert "The token does not hold" in refusal.message


def test_a_name_alone_counts_for_nothing_once_there_is_a_token(planvault: CommandLine) -> None:
    planvault.ok("tokens", "create", "root", "--role", "admin", "--actor", "root")
    refusal = planvault.refused("plans", "create", "--input-set", "weekly", "--actor", "aya")
    assert refusal.code == 6
    assert "PLANVAULT_TOKEN" in refusal.message


def test_a_token_without_the_role_is_refused(planvault: CommandLine) -> None:
    admin = planvault.json("tokens", "create", "root", "--role", "admin", "--actor", "root")["token"]
    viewer = planvault.json("tokens", "create", "eve", "--role", "viewer", PLANVAULT_TOKEN=admin)["token"]
    refusal = planvault.refused("plans", "create", "--input-set", "weekly", PLANVAULT_TOKEN=viewer)
    assert refusal.code == 6
    assert "eve lacks the role planner (has: viewer)" in refusal.message


def test_a_setting_that_is_wrong_is_named_with_its_place(planvault: CommandLine) -> None:
    refusal = planvault.refused("plans", "list", PLANVAULT_TIMEZONE="Mars/Olympus")
    assert refusal.code == 3
    assert "PLANVAULT_TIMEZONE (environment) is wrong" in refusal.message
    assert f"planvault --database {planvault.database} settings" in refusal.message


def test_as_json_every_error_is_one_document_on_stderr(planvault: CommandLine) -> None:
    refusal = planvault.refused("plans", "show", "nope", "--json")
    assert json.loads(refusal.message) == {
        "type": "urn:planvault:problem:not-found",
        "title": "There is no such thing",
        "status": 404,
        "code": "not-found",
        "detail": "There is no plan version nope.",
        "remedy": f"See planvault --database {planvault.database} plans list.",
        "params": {"kind": "plan version", "name": "nope"},
    }


def test_as_json_a_usage_error_is_one_too(planvault: CommandLine) -> None:
    refusal = planvault.refused("plans", "create", "--json")
    problem = json.loads(refusal.message)
    assert (refusal.code, problem["code"]) == (2, "usage")
    assert "planvault plans create --help" in problem["remedy"]


def test_an_empty_database_is_not_another_store(tmp_path: Path) -> None:
    result = run("--database", "", "plans", "list")
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_cannot_be_whole_writes_nothing(planvault: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "art" / "report.csv").mkdir(parents=True)
    (tmp_path / "art" / "aggregate.json").write_text("kept", encoding="utf-8")
    assert planvault.refused("plans", "export", "p1", "-o", "art").code == 3
    assert (tmp_path / "art" / "aggregate.json").read_text(encoding="utf-8") == "kept"
    assert sorted(path.name for path in (tmp_path / "art").iterdir()) == ["aggregate.json", "report.csv"]
