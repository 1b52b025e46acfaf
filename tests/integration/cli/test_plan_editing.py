"""``planvault plans edit`` and what goes with it, on the sample's plan."""

from __future__ import annotations

from pathlib import Path

from .conftest import CommandLine

CELL = "agg:period=2026-02,family=DRILL:field=demand"
LOCKED = "det:week=2026-W06,sku=DRL-10-12V"
AYA = ("--actor", "aya")


def demand(planvault: CommandLine, level: str = "aggregate") -> dict[str, float]:
    rows = planvault.json("plans", "psi", "p1", "--level", level, "--limit", "500")["items"]
    return {f"{row['time_bucket_key']} {row['item_key']}": row["demand"] for row in rows}


def test_an_edit_says_what_it_changed_and_is_taken_back(planvault: CommandLine) -> None:
    before = demand(planvault), demand(planvault, "det")
    result = planvault("plans", "edit", "p1", "--set", f"{CELL}=2000", "--comment", "promo", *AYA)
    assert result.exit_code == 0, result.stderr
    assert "cells changed" in result.stdout.splitlines()[0]
    assert CELL in result.stdout
    assert "No longer following from it: mrp, mrp_final, weekly_summary." in result.stderr
    assert demand(planvault)["2026-02 DRILL"] == 2000
    assert "2 000*" in planvault.ok("plans", "psi", "p1", "--limit", "500")
    events = planvault.json("plans", "events", "p1")["items"]
    assert [(event["action"], event["comment"]) for event in events[:1]] == [("edit", "promo")]
    undone = planvault.json("plans", "undo", "p1", *AYA)
    assert undone["changes"][0]["after"] is None
    assert (demand(planvault), demand(planvault, "det")) == before
    assert planvault.json("plans", "overrides", "p1")["items"] == []


def test_locks_and_weights_are_set_shown_and_respected(planvault: CommandLine) -> None:
    assert "Nothing is locked" in planvault.ok("plans", "locks", "p1")
    assert LOCKED in planvault.ok("plans", "locks", "p1", "--lock", LOCKED, *AYA)
    refusal = planvault.refused("plans", "edit", "p1", "--set", f"{LOCKED}:field=demand=1", *AYA)
    assert refusal.code == 5
    assert "was locked by aya" in refusal.message
    assert "--skip-locked" in refusal.message
    skipped = planvault.ok("plans", "edit", "p1", "--skip-locked", "--set", f"{LOCKED}:field=demand=1", *AYA)
    assert f"Locked and left out: {LOCKED}:field=demand" in skipped
    assert planvault.json("plans", "locks", "p1", "--unlock", LOCKED, *AYA)["items"] == []
    assert "2" in planvault.ok("plans", "weights", "p1", "--set", f"{LOCKED}=2", *AYA)
    assert planvault.refused("plans", "edit", "p1", "--weights", "stored", "--set", f"{CELL}=1", *AYA).code == 5
    assert planvault.json("plans", "weights", "p1", "--set", f"{LOCKED}=-", *AYA)["items"] == []


def test_an_approved_plan_is_edited_as_a_copy(planvault: CommandLine) -> None:
    digest = planvault.json("plans", "submit", "p1", *AYA)["plan_digest"]
    planvault.ok("plans", "approve", "p1", "--digest", digest, "--actor", "ben")
    refusal = planvault.refused("plans", "edit", "p1", "--set", f"{CELL}=1", *AYA)
    assert refusal.code == 5
    assert "plans edit p1 --as NEW" in refusal.message
    assert (
        planvault.refused(
            "plans", "edit", "p1", "--as", "p2", "--set", "agg:period=x,family=y:field=demand=1", *AYA
        ).code
        == 4
    )
    copied = planvault.json("plans", "edit", "p1", "--as", "p2", "--set", f"{CELL}=2000", *AYA)
    assert (copied["version"]["version_id"], copied["version"]["base_version_id"]) == ("p2", "p1")
    assert planvault.json("plans", "copy", "p1", "p3", *AYA)["payload_digest"] == copied["version"]["payload_digest"]
    effective = planvault.json("plans", "kpis", "p2", "--effective")["items"]
    assert effective != planvault.json("plans", "kpis", "p2")["items"] == planvault.json("plans", "kpis", "p1")["items"]


def test_what_cannot_be_edited_is_refused(planvault: CommandLine) -> None:
    for words, code in (
        (("p9", "--set", f"{CELL}=1"), 4),
        (("p1", "--set", "agg:period=2026-02,family=NONE:field=demand=1"), 4),
        (("p1", "--set", "agg:period=2026-02,family=DRILL:field=price=1"), 3),
        (("p1", "--set", "mrp:week=2026-W01,item=X:field=demand=1"), 3),
        (("p1", "--set", f"{CELL}=many"), 3),
        (("p1", "--set", f"{CELL}=NaN"), 3),
        (("p1", "--set", CELL.replace("=", "~")), 3),
        (("p1", "--set", f"{CELL}=1", "--round", "-1"), 3),
        (("p1", "--set", f"{CELL}=1", "--row-version", "99"), 5),
    ):
        assert planvault.refused("plans", "edit", *words, *AYA).code == code, words
    assert planvault.refused("plans", "undo", "p1", *AYA).code == 4
    assert planvault.refused("plans", "events", "p9").code == 4


def test_a_level_is_replaced_from_a_file_and_edits_stay(planvault: CommandLine, tmp_path: Path) -> None:
    planvault.ok("plans", "edit", "p1", "--no-auto", "--set", f"{LOCKED}:field=demand=77", *AYA)
    planvault.ok("plans", "series", "p1", "--level", "det", "-o", "det.jsonl")
    same = planvault.json("plans", "replace", "p1", "det.jsonl", *AYA)
    lines = (tmp_path / "det.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "fewer.jsonl").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    result = planvault("plans", "replace", "p1", "fewer.jsonl", "--comment", "cut", *AYA)
    assert result.exit_code == 0, result.stderr
    assert "p1 holds" in result.stdout
    assert "No longer following from it: mrp, mrp_final, weekly_summary." in result.stderr
    after = planvault.json("plans", "show", "p1")
    assert after["series_rows"] == same["series_rows"] - 1
    assert demand(planvault, "det")["2026-W06 DRL-10-12V"] == 77
    event = planvault.json("plans", "events", "p1")["items"][0]
    assert (event["action"], event["comment"]) == ("replace", "cut")
    assert planvault.refused("plans", "replace", "p1", "none.jsonl", *AYA).code == 3
    assert planvault.refused("plans", "replace", "p1", "det.jsonl", "--row-version", "0", *AYA).code == 5
    assert planvault.json("plans", "show", "p1") == after


def test_a_comparison_says_that_edits_were_not_compared(planvault: CommandLine) -> None:
    planvault.ok("plans", "edit", "p1", "--as", "p2", "--set", f"{CELL}=2000", *AYA)
    result = planvault("plans", "compare", "p1", "p2")
    assert result.stdout.startswith("p1 and p2 are equal")
    assert "p2 has edits, which were not compared: planvault" in result.stderr
    assert "p1 has edits" not in result.stderr
