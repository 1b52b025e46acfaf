"""What to type next: commands that can be typed as they stand, for the store at hand."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from .conftest import CommandLine, run


def next_command(said: str) -> list[str]:
    """The words after ``Next: planvault``, as a shell reads them."""
    line = next(line for line in said.splitlines() if "Next: " in line)
    program, *words = shlex.split(line.partition("Next: ")[2])
    assert program == "planvault"
    return words


def test_a_remedy_names_the_database_that_the_call_named(planvault: CommandLine) -> None:
    refusal = planvault.refused("plans", "show", "nope")
    assert refusal.message.endswith(f"See planvault --database {planvault.database} plans list.\n")


def test_a_remedy_names_no_database_where_the_call_named_none(planvault: CommandLine) -> None:
    result = run("plans", "show", "nope", DATABASE_URL=f"sqlite+aiosqlite:///{planvault.database}")
    assert result.stderr.endswith("See planvault plans list.\n")


def test_a_hint_does_not_show_the_password_of_a_database() -> None:
    url = "postgresql+asyncpg://planvault:secret@127.0.0.1:1/plans"
    result = run("--database", url, "plans", "list", PLANVAULT_TIMEZONE="Mars/Olympus")
    assert "planvault --database 'postgresql+asyncpg://planvault:***@127.0.0.1:1/plans' settings" in result.stderr
    assert "secret" not in result.stderr


def test_an_empty_store_asks_for_inputs_before_plans(tmp_path: Path) -> None:
    empty = CommandLine(str(tmp_path / "empty.db"))
    listed = empty("plans", "list")
    assert listed.stdout == "There are no plans yet.\n"
    assert f"Next: planvault --database {empty.database} inputs import -i DIR --label LABEL" in listed.stderr
    assert empty.ok("inputs", "list") == "There are no input sets yet.\n"
    assert empty.ok("runs", "list") == "There are no runs yet.\n"
    assert empty.ok("jobs", "list") == "There are no jobs yet.\n"


def test_a_store_with_inputs_asks_for_a_plan(tmp_path: Path, inputs: Path) -> None:
    store = CommandLine(str(tmp_path / "new.db"))
    store.ok("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    assert "plans create --input-set LABEL" in store("plans", "list").stderr


@pytest.mark.parametrize("words", ["plans list --no-trial --status archived", "runs list --status failed"])
def test_a_filter_that_leaves_nothing_is_no_empty_store(planvault: CommandLine, words: str) -> None:
    result = planvault(*words.split())
    assert result.stdout.startswith("There are no such ")
    assert result.stderr == ""


def test_the_next_page_is_a_whole_command(planvault: CommandLine) -> None:
    planvault.ok("plans", "create", "--input-set", "weekly", "--version-id", "p2", "--actor", "aya")
    first = planvault("plans", "list", "--no-trial", "--limit", "1", "--label", "weekly")
    words = next_command(first.stderr)
    assert words[2:-1] == ["plans", "list", "--label", "weekly", "--no-trial", "--limit", "1", "--cursor"]
    second = run(*words)
    assert second.stdout.splitlines()[1].startswith("p1 ")
    assert second.stderr == ""


def test_the_next_rows_do_not_take_the_place_of_the_first(planvault: CommandLine, tmp_path: Path) -> None:
    first = planvault("plans", "series", "p1", "--level", "det", "--limit", "2", "-o", "rows.jsonl")
    words = next_command(first.stderr)
    assert "rows-next.jsonl" in words
    assert run(*words).exit_code == 0
    kept = [(tmp_path / name).read_text(encoding="utf-8").splitlines() for name in ("rows.jsonl", "rows-next.jsonl")]
    assert len({*kept[0], *kept[1]}) == 4


def test_trials_are_listed_apart(planvault: CommandLine, inputs: Path) -> None:
    planvault.ok("inputs", "import", "-i", str(inputs), "--label", "other", "--actor", "aya")
    planvault.ok("plans", "create", "--input-set", "other@1", "--trial", "--version-id", "t1", "--actor", "aya")
    listed = [
        [plan["version_id"] for plan in planvault.json("plans", "list", *words)["items"]]
        for words in ((), ("--trial",), ("--no-trial",))
    ]
    assert listed == [["t1", "p1"], ["t1"], ["p1"]]


def test_an_import_says_what_becomes_of_what_is_there(planvault: CommandLine, inputs: Path) -> None:
    def bring(quantity: str) -> str:
        demand = inputs / "demand_family.csv"
        header, first, *rest = demand.read_text(encoding="utf-8").splitlines()
        demand.write_text("\n".join([header, f"{first.rpartition(',')[0]},{quantity}", *rest]), encoding="utf-8")
        return planvault.ok("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")

    against, *rest = bring("901").splitlines()[1:]
    assert against.startswith("Against weekly@1, which is live: demand +")
    assert rest == ["@1 stays live until @2 is approved."]
    assert bring("902").splitlines()[2:] == ["It replaces candidate @2. @1 stays live until @3 is approved."]
    assert bring("902").splitlines()[1:] == []


def test_parameters_stand_under_a_heading_and_not_as_a_dictionary(planvault: CommandLine) -> None:
    plan = planvault.json("plans", "show", "p1")
    shown = planvault.ok("plans", "show", "p1")
    assert "\n  parameters\n    " in shown
    assert "\n  parameters\n    " in planvault.ok("runs", "show", plan["run_id"])
    made = planvault.json("plans", "create", "--input-set", "weekly", "--round-mode", "dec1", "--actor", "aya")
    job = planvault.ok("jobs", "show", made["job_id"])
    assert "\n    parameters\n      " in job
    assert "{" not in job
    assert "round_mode" in job


def test_only_the_first_token_changes_the_rules(planvault: CommandLine) -> None:
    first = planvault("tokens", "create", "root", "--role", "admin", "--actor", "root")
    assert "From now on every write" in first.stderr
    second = planvault("tokens", "create", "ben", "--role", "approver", PLANVAULT_TOKEN=first.stdout.strip())
    assert "From now on" not in second.stderr
    assert "Next: hand it to ben; it is shown only now." in second.stderr


@pytest.mark.parametrize("words", ["plans list", "plans show p1", "tokens list", "plans series p1 --level det"])
def test_a_token_that_is_set_has_to_hold_for_reading_too(planvault: CommandLine, words: str) -> None:
    refusal = planvault.refused(*words.split(), PLANVAULT_TOKEN="pv_wrong")  # noqa: S106 (no password)
    assert refusal.code == 6
    assert "The token does not hold" in refusal.message
    assert "leave PLANVAULT_TOKEN unset" in refusal.message
    assert planvault(*words.split()).exit_code == 0


def test_a_wrong_setting_is_shown_among_the_others(planvault: CommandLine) -> None:
    wrong = {"PLANVAULT_TIMEZONE": "Mars/Olympus", "PLANVAULT_ACCESS": "shut"}
    result = planvault("settings", **wrong)
    assert result.exit_code == 3
    assert "PLANVAULT_TIMEZONE (environment) is wrong" in result.stdout
    assert "'open' or 'verified'" in result.stdout
    assert "PLANVAULT_POOL_SIZE" in result.stdout
