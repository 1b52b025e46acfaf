from __future__ import annotations

import json
from pathlib import Path

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
