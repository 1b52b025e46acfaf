from __future__ import annotations

import json
from pathlib import Path

from .conftest import CommandLine

AYA = ("--actor", "aya")


def test_a_difference_is_explained_cause_by_cause(planvault: CommandLine) -> None:
    planvault.ok("plans", "create", "--input-set", "weekly", "--version-id", "p2", "--round-mode", "dec1", *AYA)
    planvault.ok("plans", "edit", "p2", "--set", "agg:period=2026-01,family=MOWER:field=demand=460", *AYA)
    told = planvault.json("plans", "explain", "p1", "p2", "--level", "aggregate", "--measure", "demand")
    said = {line["source"]: line["amounts"]["aggregate"]["demand"] for line in told["lines"]}
    assert said == {"parameters": 0.0, "overrides": 10.0, "interaction": 0.0}
    assert told["totals"]["aggregate"]["demand"]["delta"] == 10.0
    shown = planvault.ok("plans", "explain", "p1", "p2", "--level", "aggregate", "--level", "det")
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "Why aggregate of p2 differs from p1:" in lines
    assert "Why det of p2 differs from p1:" in lines
    assert "overrides +10 0 0" in lines
    assert "interaction 0 0 0" in lines
    assert "parameters: round_mode int → dec1" in lines
    same = planvault.ok("plans", "explain", "p1", "p1")
    assert "Both were made of the same inputs by the same engine, and edited alike." in same


def test_inputs_that_changed_are_named(planvault: CommandLine, inputs: Path) -> None:
    demand = inputs / "demand_family.csv"
    demand.write_text(demand.read_text().replace("MOWER,2026-01,450", "MOWER,2026-01,500"))
    planvault.ok("inputs", "import", "-i", str(inputs), "--label", "weekly", *AYA)
    planvault.ok("inputs", "submit", "weekly", *AYA)
    planvault.ok("inputs", "approve", "weekly@2", "--actor", "ben")
    planvault.ok("plans", "create", "--input-set", "weekly", "--version-id", "p2", *AYA)
    shown = [" ".join(line.split()) for line in planvault.ok("plans", "explain", "p1", "p2").splitlines()]
    assert "demand +50 +50 0" in shown
    assert any(line.startswith("demand: demand_family 1 changed; demand ") for line in shown)
    hint = planvault("plans", "explain", "p1", "p2").stderr
    assert "plans compare p1 p2 --level det --top 20" in hint


def test_a_registered_plan_is_explained_by_evidence(planvault: CommandLine, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    row = {"level": "det", "time_bucket_type": "week", "time_bucket_key": "2026-W02", "item_key": "S", "demand": 4}
    rows.write_text(json.dumps(row))
    planvault.ok("plans", "register", str(rows), "--version-id", "p3", *AYA)
    shown = planvault.ok("plans", "explain", "p1", "p3", "--measure", "demand")
    assert "unexplained" in shown
    assert "Not run again: p3 was not made by an engine here." in shown
    assert "Not run again: The inputs of p3 are not known here." in shown


def test_what_cannot_be_explained_is_refused(planvault: CommandLine) -> None:
    for words, code in (
        (("p1", "p9"), 4),
        (("p1", "p1", "--level", "none"), 4),
        (("p1", "p1", "--measure", "price"), 3),
        (("p1",), 2),
    ):
        assert planvault.refused("plans", "explain", *words).code == code, words
