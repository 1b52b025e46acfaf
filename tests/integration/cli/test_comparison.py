"""``inputs diff`` and ``preview``: in one sentence, as tables, as JSON and as CSV."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import CommandLine


@pytest.fixture
def changed(planvault: CommandLine, inputs: Path) -> CommandLine:
    """weekly@2 raises one demand, and one order goes while another comes."""
    demand, orders = inputs / "demand_family.csv", inputs / "open_po.csv"
    header, first, *rest = demand.read_text(encoding="utf-8").splitlines()
    demand.write_text("\n".join([header, f"{first.rpartition(',')[0]},999", *rest]), encoding="utf-8")
    header, _, *rest = orders.read_text(encoding="utf-8").splitlines()
    orders.write_text("\n".join([header, *rest, "MOW-32-18V,2026-03-05,40,PO-99,,"]), encoding="utf-8")
    planvault.ok("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    return planvault


def test_the_first_line_says_what_changed(changed: CommandLine) -> None:
    said = changed.ok("inputs", "diff", "weekly@2", "weekly@1").splitlines()
    assert said[0] == (
        "weekly@2 against weekly@1: 1 row changed in demand (+0.5 %), "
        "1 inbound order added, 1 inbound order removed (-20.4 %), the rest is equal."
    )
    assert said[2].startswith("demand: 1 changed   demand 112 800 → 113 349 (+0.5 %)")
    (row,) = [line.split() for line in said if line.lstrip().startswith("~")]
    assert row == ["~", "MOWER", "2026-01", "demand", "450", "999"]
    assert [line.split()[:4] for line in said if line.startswith("  +")] == [["+", "MOW-32-18V", "2026-03-05", "PO-99"]]
    assert sum(line.startswith("  -") for line in said) == 1


def test_without_b_it_is_what_is_live_or_was_replaced(changed: CommandLine) -> None:
    assert changed.ok("inputs", "diff", "weekly@2").startswith("weekly@2 against weekly@1: ")
    assert changed.ok("inputs", "diff", "weekly").startswith("weekly@1 against nothing: 84 demand rows added")
    assert changed.ok("inputs", "diff", "weekly", "weekly@1").startswith("weekly@1 and weekly@1 are equal   sha256 ")


def test_what_a_table_cuts_is_offered_whole(changed: CommandLine) -> None:
    result = changed("inputs", "diff", "weekly@2", "--limit", "0")
    assert result.exit_code == 0
    assert "~" not in result.stdout
    assert "demand: 1 changed" in result.stdout
    assert result.stderr.rstrip().endswith("inputs diff weekly@2 --format csv")
    assert changed("inputs", "diff", "weekly@2").stderr == ""


def test_json_is_the_report_by_flag_by_format_and_by_name(changed: CommandLine, tmp_path: Path) -> None:
    report = changed.json("inputs", "diff", "weekly@2")
    assert report["demand_family"]["changed"][0]["fields"] == {"demand": {"old": 450.0, "new": 999.0}}
    assert report["summary"]["open_po"]["added"] == 1
    assert json.loads(changed.ok("inputs", "diff", "weekly@2", "--format", "json")) == report
    changed.ok("inputs", "diff", "weekly@2", "-o", str(tmp_path / "diff_report.json"))
    assert json.loads((tmp_path / "diff_report.json").read_text(encoding="utf-8")) == report


def test_csv_goes_to_stdout_and_to_files(changed: CommandLine, tmp_path: Path) -> None:
    text = changed.ok("inputs", "diff", "weekly@2", "--format", "csv")
    assert [line["change"] for line in csv.DictReader(text.splitlines())] == ["changed", "added", "removed"]
    assert changed.ok("inputs", "diff", "weekly@2", "-o", str(tmp_path / "diff.csv")) == ""
    assert (tmp_path / "diff.csv").read_text(encoding="utf-8") == text
    assert changed.ok("inputs", "diff", "weekly@2", "--format", "csv", "--limit", "0", "-o", "-").count("\n") == 1


REFUSED: dict[str, tuple[list[str], int, str]] = {
    "an unknown label": (["monthly"], 4, "no input set monthly"),
    "an unknown revision": (["weekly", "weekly@9"], 4, "weekly@9"),
    "no reference": (["weekly@0"], 3, "does not name a revision"),
    "a limit too high": (["weekly@2", "--limit", "10001"], 3, "out of range"),
    "a file of no form": (["weekly@2", "-o", "diff.txt"], 3, "does not say how"),
    "text in a file": (["weekly@2", "--format", "text", "-o", "diff.txt"], 3, "JSON or CSV"),
    "an unknown format": (["weekly@2", "--format", "xml"], 2, "xml"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_compared_is_refused(changed: CommandLine, case: str) -> None:
    words, code, message = REFUSED[case]
    refusal = changed.refused("inputs", "diff", *words)
    assert (refusal.code, message in refusal.message) == (code, True), refusal.message
    assert not Path("diff.txt").exists()


def test_a_refused_file_is_not_begun(changed: CommandLine) -> None:
    changed.refused("inputs", "diff", "weekly@9", "-o", "diff.csv")
    assert not Path("diff.csv").exists()


def test_the_preview_says_what_changes_and_what_comes_next(changed: CommandLine) -> None:
    draft = changed("inputs", "preview", "weekly")
    lines = draft.stdout.splitlines()
    assert lines[0].startswith("weekly@2  draft   sha256 ")
    assert lines[1].startswith("weekly@2 against weekly@1: 1 row changed in demand")
    assert "aya; they may not approve" in draft.stdout
    assert "1 approval, not by an author" in draft.stdout
    assert "inputs submit weekly   (then an approver other than aya says yes)" in draft.stderr
    changed.ok("inputs", "submit", "weekly", "--actor", "aya")
    assert "inputs approve weekly@2   (an approver other than aya)" in changed("inputs", "preview", "weekly").stderr


def test_the_preview_as_json(changed: CommandLine) -> None:
    preview: Any = changed.json("inputs", "preview", "weekly", "--limit", "0")
    assert (preview["reference"], preview["next"], preview["may_not_approve"]) == ("weekly@2", "submit", ["aya"])
    assert (preview["difference"]["truncated"], preview["difference"]["demand_family"]["changed"]) == (True, [])


def test_without_a_candidate_there_is_nothing_to_preview(planvault: CommandLine) -> None:
    assert planvault.refused("inputs", "preview", "weekly").code == 5
