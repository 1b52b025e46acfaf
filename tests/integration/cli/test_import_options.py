from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import CommandLine


def test_a_merge_says_what_it_was_merged_into_and_a_stale_base_is_refused(
    planvault: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "changes"
    folder.mkdir()
    (folder / "period_score.csv").write_text("period,score\n2026-01,7\n", encoding="utf-8")
    words = ("inputs", "import", "-i", str(folder), "--label", "weekly", "--actor", "aya", "--apply-mode", "merge")
    refusal = planvault.refused(*words, "--base", "9")
    assert refusal.code == 5
    assert "would be new; nothing was stored" in planvault.ok(*words, "--validate-only")
    assert "Merged into @1." in planvault.ok(*words, "--base", "1")


def test_a_refusal_is_read_again_from_its_report_and_its_file(planvault: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "week 47"
    folder.mkdir()
    (folder / "bom.csv").write_text("parent,child,qty\nA,B,x\n", encoding="utf-8")
    words = ("inputs", "import", "-i", str(folder), "--new-version-id", "1", "--actor", "aya")
    refusal = planvault.refused(*words, "--report-path", "outcome.json")
    told = json.loads(Path("outcome.json").read_text(encoding="utf-8"))
    assert told["code"] == "validation-failed"
    report_id = told["params"]["report_id"]
    assert f"inputs report {report_id}." in refusal.message
    again = planvault.ok("inputs", "report", report_id)
    assert again.splitlines()[:3] == refusal.message.splitlines()[:3]
    (listed,) = planvault.json("inputs", "reports", "--label", "import_week_47")["items"]
    assert (listed["report_id"], listed["outcome"], listed["total"]) == (report_id, "refused", 1)
    assert planvault.json("inputs", "report", report_id)["errors"] == told["errors"]
    assert planvault.refused("inputs", "report", "import-x").code == 4


def test_an_import_says_what_it_changes_against_what_is_live(planvault: CommandLine, inputs: Path) -> None:
    demand = inputs / "demand_family.csv"
    lines = demand.read_text(encoding="utf-8").splitlines()
    family, period, quantity = lines[1].split(",")[:3]
    demand.write_text("\n".join([lines[0], f"{family},{period},{float(quantity) + 10:g}", *lines[2:], ""]))
    words = ("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "cleo")
    for more in (("--validate-only",), ()):
        second = planvault.ok(*words, *more).splitlines()[1]
        assert second.startswith("Against weekly@1, which is live: demand +")
        assert "(1 row changed), capacity unchanged" in second
    told = planvault.json(*words)
    assert (told["unchanged"], told["against"]["summary"]["demand_family"]["changed"]) == (True, 1)


@pytest.mark.parametrize("form", ["zip", "xlsx", "json"])
def test_a_whole_set_in_one_file_is_the_same_inputs(planvault: CommandLine, form: str) -> None:
    chosen = ("--zip",) if form == "zip" else ("--format", form)
    planvault.ok("inputs", "export", "weekly", "-o", "set", *chosen)
    told = planvault.json("inputs", "import", "-i", f"set.{form}", "--new-version-id", "7", "--actor", "cleo")
    assert (told["reference"], told["source"]) == ("import_set@1", form)
    assert told["content_hash"] == planvault.json("inputs", "show", "weekly@1")["content_hash"]


ORIGINAL_IMPORTS: tuple[tuple[str, ...], ...] = (
    ("-i", "week47", "--version-id", "1", "--label", "demo_inputs", "--apply-mode", "replace"),
    ("--input-dir", "week47", "--version-id", "1", "--label", "demo_inputs"),
    ("-i", "week47", "--new-version-id", "14", "--label", "demo_inputs", "--apply-mode", "merge"),
    ("-i", "week47", "--new-version-id", "14"),
    ("-i", "week47", "--version-id", "1", "--label", "demo_inputs", "--validate-only"),
    ("-i", "week47", "--version-id", "1", "--label", "demo_inputs", "--validate-only", "--json"),
    ("-i", "week47", "--version-id", "1", "--json", "--report-path", "import_report.json"),
)


@pytest.mark.parametrize("words", ORIGINAL_IMPORTS, ids=" ".join)
def test_imports_as_they_were_typed_before_still_work(
    planvault: CommandLine, inputs: Path, words: tuple[str, ...]
) -> None:
    assert inputs.name == "week47"
    out = planvault.ok("inputs", "import", *words, PLANVAULT_ACTOR="aya")
    assert "import_week47@1" in out or "demo_inputs@1" in out
    stored = [item["label"] for item in planvault.json("inputs", "list")["items"]]
    assert ("--validate-only" in words) == (stored == ["weekly"])


ORIGINAL_EXPORTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("--label", "weekly", "--include-meta", "--zip", "--json"), "out/planning_inputs_weekly.zip"),
    (("--label", "weekly", "-o", "here"), "here/demand_family.csv"),
    (("--version-id", "1", "-o", "here", "--zip"), "here.zip"),
    (("--version-id", "1", "--output-dir", "here", "--include-meta"), "here/input_set_meta.json"),
    (("--label", "weekly", "--diff-against", "weekly@1", "-o", "here"), "here/diff_report.json"),
)


@pytest.mark.parametrize(("words", "file"), ORIGINAL_EXPORTS, ids=lambda value: value if isinstance(value, str) else "")
def test_exports_as_they_were_typed_before_still_work(
    planvault: CommandLine, words: tuple[str, ...], file: str
) -> None:
    planvault.ok("inputs", "export", *words)
    assert Path(file).is_file()


def test_an_export_against_what_is_not_there_writes_nothing(planvault: CommandLine) -> None:
    refusal = planvault.refused("inputs", "export", "weekly", "-o", "here", "--diff-against", "weekly@9")
    assert (refusal.code, Path("here").exists()) == (4, False)
    events = planvault.json("inputs", "events", "--label", "weekly", "--limit", "20")
    assert [event["action"] for event in events["events"]] == ["approve", "submit", "import"]
