"""From input files to a plan, its rows and its artifacts, by command line alone."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from planvault.adapters.cli.invocation import Invocation
from planvault.adapters.cli.main import cli
from planvault.infrastructure.console import ConsoleLauncher

from .conftest import CommandLine, run


def test_inputs_become_a_plan(tmp_path: Path, inputs: Path) -> None:
    planvault = CommandLine(str(tmp_path / "new.db"))
    imported = planvault("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    assert imported.stdout.startswith("weekly@1  draft   sha256 ")
    assert "inputs submit weekly" in imported.stderr
    assert planvault.ok("inputs", "submit", "weekly", "--actor", "aya").startswith("weekly@1 is submitted")
    approved = planvault("inputs", "approve", "weekly@1", "--actor", "ben", PLANVAULT_TIMEZONE="Asia/Tokyo")
    assert approved.stdout.startswith("weekly@1 is live since ")
    assert "(Asia/Tokyo)" in approved.stdout
    made = planvault("plans", "create", "--input-set", "weekly", "--actor", "aya", "--version-id", "p1")
    first = made.stdout.splitlines()[0]
    assert first.startswith("p1  draft   from weekly@1 (")
    assert "engine reference" in first
    assert first.endswith("series rows")
    assert "fill rate" in made.stdout
    assert "plans show p1" in made.stderr


def test_the_same_files_again_are_unchanged(planvault: CommandLine, inputs: Path) -> None:
    again = planvault.json("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    assert (again["number"], again["unchanged"], again["status"]) == (1, True, "ready")


def test_an_approval_replaces_what_was_live(planvault: CommandLine, inputs: Path) -> None:
    demand = inputs / "demand_family.csv"
    header, first, *rest = demand.read_text(encoding="utf-8").splitlines()
    raised = first.rpartition(",")[0] + ",999"
    demand.write_text("\n".join([header, raised, *rest]), encoding="utf-8")
    imported = planvault.json("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    assert imported["reference"] == "weekly@2"
    planvault.ok("inputs", "submit", "weekly", "--actor", "aya")
    content_hash = imported["content_hash"]
    said = planvault.ok("inputs", "approve", "weekly", "--content-hash", content_hash, "--actor", "ben")
    assert said.startswith("weekly@2 is live since ")
    assert "weekly@1 stays readable." in said
    shown = planvault.json("inputs", "show", "weekly")
    assert [(revision["number"], revision["status"]) for revision in shown["revisions"]] == [
        (1, "superseded"),
        (2, "ready"),
    ]


def test_a_second_approver_is_counted_when_the_policy_asks_for_two(tmp_path: Path, inputs: Path) -> None:
    planvault = CommandLine(str(tmp_path / "two.db"))
    planvault.ok("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    planvault.ok("inputs", "submit", "weekly", "--actor", "aya")
    policy = {"PLANVAULT_APPROVALS_REQUIRED": "2"}
    first = planvault.ok("inputs", "approve", "weekly@1", "--actor", "ben", **policy)
    assert first == "weekly@1 has 1 of 2 approvals.\n"
    assert "is live" in planvault.ok("inputs", "approve", "weekly@1", "--actor", "cho", **policy)


def test_a_trial_is_made_from_a_draft(tmp_path: Path, inputs: Path) -> None:
    planvault = CommandLine(str(tmp_path / "trial.db"))
    planvault.ok("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    made = planvault.json("plans", "create", "--input-set", "weekly@1", "--trial", "--actor", "aya")
    assert made["trial"] is True
    assert made["input_set"] == "weekly@1"


def test_engine_parameters_come_as_options_and_as_names(planvault: CommandLine) -> None:
    made = planvault.json(
        *("plans", "create", "--input-set", "weekly", "--actor", "aya", "--round-mode", "dec1"),
        *("--recon-window-days", "7", "--param", "tol_abs=0.5", "--title", "Rounded"),
    )
    assert made["title"] == "Rounded"
    parameters = made["engine_parameters"]
    assert (parameters["round_mode"], parameters["recon_window_days"], parameters["tol_abs"]) == ("dec1", 7, 0.5)


def test_global_options_count_before_the_noun_and_after_the_verb(planvault: CommandLine) -> None:
    before = run("--database", planvault.database, "--json", "plans", "list")
    after = run("plans", "list", "--json", "--database", planvault.database)
    assert json.loads(before.stdout) == json.loads(after.stdout)


def test_the_actor_may_come_from_the_environment(planvault: CommandLine) -> None:
    made = planvault.json("configs", "create", "north", "--horizon-days", "90", PLANVAULT_ACTOR="aya")
    assert (made["created_by"], made["horizon_days"]) == ("aya", 90)
    named = planvault.json("configs", "create", "south", "--actor", "ben", PLANVAULT_ACTOR="aya")
    assert named["created_by"] == "ben"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("plans list", "version_id"),
        ("inputs list", "label"),
        ("configs list", "config_version_id"),
        ("runs list", "run_id"),
        ("jobs list", "job_id"),
        ("plans kpis p1", "metric"),
        ("settings", "variable"),
    ],
)
def test_lists_are_items_and_a_cursor(planvault: CommandLine, words: str, field: str) -> None:
    answer = planvault.json(*words.split())
    assert list(answer) == ["items", "next_cursor"]
    assert field in answer["items"][0]
    assert answer["next_cursor"] is None
    assert planvault.ok(*words.split())


def test_runs_and_jobs_lead_to_the_plan_they_made(planvault: CommandLine) -> None:
    plan = planvault.json("plans", "show", "p1")
    run_ = planvault.json("runs", "show", plan["run_id"])
    job = planvault.json("jobs", "show", plan["job_id"])
    assert (run_["version_id"], job["version_id"], job["trigger"]) == ("p1", "p1", "cli")
    assert f"{plan['run_id']} succeeded and made p1" in planvault.ok("runs", "show", plan["run_id"])
    assert f"{plan['job_id']} succeeded and made p1" in planvault.ok("jobs", "show", plan["job_id"])


def test_a_list_goes_on_at_its_cursor(planvault: CommandLine) -> None:
    planvault.ok("plans", "create", "--input-set", "weekly", "--version-id", "p2", "--actor", "aya")
    first = planvault.json("plans", "list", "--limit", "1")
    second = planvault.json("plans", "list", "--limit", "1", "--cursor", first["next_cursor"])
    assert [page["items"][0]["version_id"] for page in (first, second)] == ["p2", "p1"]
    assert second["next_cursor"] is None
    assert first["next_cursor"] in planvault("plans", "list", "--limit", "1").stderr


def test_show_names_provenance_and_digests(planvault: CommandLine) -> None:
    plan = planvault.json("plans", "show", "p1")
    text = planvault.ok("plans", "show", "p1")
    assert plan["input_content_hash"] in text
    assert plan["plan_digest"] in text
    assert plan["payload_digest"] in text


def test_the_summary_holds_levels_kpis_and_periods(planvault: CommandLine) -> None:
    summary = planvault.json("plans", "summary", "p1")
    assert {level["level"] for level in summary["levels"]} >= {"aggregate", "det", "mrp"}
    assert sum(level["row_count"] for level in summary["levels"]) == summary["version"]["series_rows"]
    assert len(summary["periods"]) == 12
    text = planvault.ok("plans", "summary", "p1")
    assert "2026-01" in text
    assert "█" not in text  # bars only where there is a terminal


def test_rows_stream_as_lines_of_json_and_as_csv(planvault: CommandLine, tmp_path: Path) -> None:
    lines = planvault.ok("plans", "series", "p1", "--level", "det").splitlines()
    count = next(
        level["row_count"] for level in planvault.json("plans", "summary", "p1")["levels"] if level["level"] == "det"
    )
    assert len(lines) == count
    planvault.ok("plans", "series", "p1", "--level", "det", "-o", "det.csv")
    with (tmp_path / "det.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count
    assert [row["item_key"] for row in rows] == [json.loads(line)["item_key"] for line in lines]


def test_a_page_of_rows_has_the_columns_of_plan_series(planvault: CommandLine) -> None:
    first = planvault.json("plans", "series", "p1", "--level", "aggregate", "--limit", "2")
    second = planvault.json(
        "plans", "series", "p1", "--level", "aggregate", "--limit", "2", "--cursor", first["next_cursor"]
    )
    assert [len(page["items"]) for page in (first, second)] == [2, 2]
    assert first["items"][0]["time_bucket_key"] == "2026-01"
    assert first["items"] != second["items"]
    table = planvault.ok("plans", "series", "p1", "--level", "aggregate", "--format", "table", "--limit", "2")
    assert len(table.splitlines()) == 3


def test_rows_that_were_written_can_be_registered_and_are_equal(planvault: CommandLine) -> None:
    planvault.ok("plans", "series", "p1", "--level", "det", "-o", "det.jsonl")
    registered = planvault.json(
        *("plans", "register", "det.jsonl", "--version-id", "r1", "--input-set", "weekly@1", "--actor", "aya"),
        *("--engine-name", "excel", "--engine-version", "2019", "--param", "sheet=3"),
    )
    assert (registered["origin"], registered["engine_name"]) == ("registered", "excel")
    assert registered["engine_parameters"] == {"sheet": 3}
    digests = [
        {level["level"]: level["digest"] for level in planvault.json("plans", "summary", version)["levels"]}["det"]
        for version in ("p1", "r1")
    ]
    assert digests[0] == digests[1]


def test_rows_of_an_item_and_a_range_of_weeks_are_chosen(planvault: CommandLine) -> None:
    wanted = ("--item", "DRL-10-12V", "--bucket-from", "2026-W06", "--bucket-to", "2026-W08")
    lines = planvault.ok("plans", "series", "p1", "--level", "det", *wanted).splitlines()
    assert [json.loads(line)["time_bucket_key"] for line in lines] == ["2026-W06", "2026-W07", "2026-W08"]
    part = planvault.json("plans", "series", "p1", "--level", "det", *wanted, "--limit", "2")
    assert [row["item_key"] for row in part["items"]] == ["DRL-10-12V"] * 2
    more = planvault("plans", "series", "p1", "--level", "det", *wanted, "--limit", "2", "--format", "jsonl").stderr
    assert "--item DRL-10-12V" in more
    assert "--bucket-to 2026-W08" in more
    assert planvault.ok("plans", "series", "p1", "--level", "det", "--item", "none", "--format", "jsonl") == ""


def test_artifacts_are_written_whole(planvault: CommandLine, tmp_path: Path) -> None:
    written = planvault.json("plans", "export", "p1", "-o", "art")["items"]
    names = {item["name"] for item in written}
    assert names >= {"aggregate.json", "sku_week.json", "plan_final.json", "report.csv"}
    assert {path.name for path in (tmp_path / "art").iterdir()} == names
    json.loads((tmp_path / "art" / "plan_final.json").read_text(encoding="utf-8"))


def test_one_artifact_can_be_chosen(planvault: CommandLine, tmp_path: Path) -> None:
    planvault.ok("plans", "export", "p1", "-o", "art", "--artifact", "report.csv")
    assert [path.name for path in (tmp_path / "art").iterdir()] == ["report.csv"]


def test_tokens_open_doors_and_are_shown_once(planvault: CommandLine) -> None:
    made = planvault("tokens", "create", "root", "--role", "planner", "--actor", "root")
    token = made.stdout.strip()
    assert token.startswith("pv_")
    assert "shown this once" in made.stderr
    assert token not in planvault.ok("tokens", "list")
    listed = planvault.json("tokens", "list")["items"]
    assert [(item["actor"], item["roles"]) for item in listed] == [("root", ["admin", "planner"])]
    config = planvault.json("configs", "create", "north", PLANVAULT_TOKEN=token)
    assert config["created_by"] == "root"
    second = planvault.json("tokens", "create", "ben", "--role", "approver", PLANVAULT_TOKEN=token)
    revoked = planvault.ok("tokens", "revoke", second["token_id"], PLANVAULT_TOKEN=token)
    assert revoked == f"Token {second['token_id']} of ben is revoked.\n"
    assert planvault.refused("configs", "create", "south", PLANVAULT_TOKEN=second["token"]).code == 6


def test_the_schema_is_shown_and_checked(planvault: CommandLine) -> None:
    assert planvault.ok("db", "current").endswith("; up to date.\n")
    assert planvault.ok("db", "check") == "The tables are as expected.\n"
    assert "already; nothing was changed" in planvault.ok("db", "upgrade")


def test_a_schema_that_differs_is_a_finding(planvault: CommandLine) -> None:
    connection = sqlite3.connect(planvault.database)
    connection.execute("CREATE TABLE stray (x INTEGER)")
    connection.commit()
    connection.close()
    result = planvault("db", "check")
    assert result.exit_code == 8
    assert "stray" in result.stdout


def test_a_schema_goes_back_and_forth(tmp_path: Path) -> None:
    planvault = CommandLine(str(tmp_path / "schema.db"))
    assert planvault.json("db", "upgrade")["before"] is None
    needed = planvault.json("db", "current")["needed"]
    assert planvault.json("db", "downgrade", "base", "--yes")["current"] is None
    assert planvault.json("db", "upgrade")["current"] == needed


def test_settings_say_where_each_value_comes_from(planvault: CommandLine, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PLANVAULT_TIMEZONE=Asia/Tokyo\n", encoding="utf-8")
    rows = {row["variable"]: row for row in planvault.json("settings", PLANVAULT_TOKEN="pv_x")["items"]}  # noqa: S106
    assert rows["DATABASE_URL"]["source"] == "argument"
    assert rows["PLANVAULT_TIMEZONE"]["source"] == ".env line 1"
    assert rows["PLANVAULT_TOKEN"] == {**rows["PLANVAULT_TOKEN"], "value": "set, not shown", "source": "environment"}


def test_a_store_that_was_not_there_is_said_to_be_new(tmp_path: Path) -> None:
    result = CommandLine(str(tmp_path / "typo.db"))("plans", "list")
    assert "typo.db was not there; it is a new, empty store now." in result.stderr
    assert "storage rebuild" not in result.stderr


def test_where_files_of_a_store_lie_a_missing_database_is_said_to_be_built_anew(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "root.json").write_text("{}")
    result = CommandLine(str(tmp_path / "lost.db"))("plans", "list", PLANVAULT_FILES_ROOT=str(tmp_path / "files"))
    assert f"planvault storage rebuild {tmp_path / 'files'} --into NEW.db" in result.stderr


def test_a_terminal_is_asked_which_config_version_is_meant(
    planvault: CommandLine, inputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planvault.ok("configs", "create", "north", "--actor", "aya")
    monkeypatch.setattr(Invocation, "asks", lambda _call: True)
    words = ["--database", planvault.database, "inputs", "import", "-i", str(inputs), "--label", "other"]
    result = CliRunner().invoke(cli, [*words, "--actor", "aya"], obj=ConsoleLauncher(), input="7\n2\n")
    assert result.exit_code == 0
    assert "There are 2 config versions: 1 default, 2 north." in result.stderr
    assert planvault.json("inputs", "show", "other")["config_version_id"] == 2
