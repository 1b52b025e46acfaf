"""Reconciling plans by command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import CommandLine

CUT = ("--cutover-date", "2026-06-15", "--anchor-policy", "blend", "--apply-adjusted")


@pytest.fixture
def planned(planvault: CommandLine) -> CommandLine:
    planvault.ok("plans", "create", "--input-set", "weekly", "--actor", "aya", "--version-id", "v1")
    return planvault


def test_a_plan_is_reconciled_and_exported(planned: CommandLine, tmp_path: Path) -> None:
    before = planned.json("plans", "show", "v1")

    said = planned.ok("plans", "reconcile", "v1", "--version-id", "v2", *CUT, "--actor", "aya")

    assert said.startswith("v2  draft   from weekly@1 (")
    assert "adjusted levels     0 violations" in said
    made = planned.json("plans", "show", "v2")
    assert (made["base_version_id"], made["engine_parameters"]["anchor_policy"]) == ("v1", "blend")
    assert planned.json("plans", "show", "v1") == before
    planned.ok("plans", "export", "v2", "-o", str(tmp_path / "out"), "--artifact", "carryover.csv")
    assert (tmp_path / "out" / "carryover.csv").read_text(encoding="utf-8").startswith("family,from_period,")
    answer = planned.json("plans", "reconcile", "v2", "--param", "apply_adjusted=false", "--actor", "aya")
    assert (answer["reconciliation"]["tol_violations"], answer["reconciliation_adjusted"]) == (0, None)


def test_the_differences_of_levels_are_shown(planned: CommandLine) -> None:
    shown = planned.json("plans", "reconciliation", "v1", "--limit", "3", "--sort", "abs_desc")

    assert len(shown["items"]) == 3
    assert shown["items"][0]["ok"] is True
    assert "holds" in planned.ok("plans", "reconciliation", "v1")
    assert planned.ok("plans", "reconciliation", "v1", "--violations-only") == "v1 has no violation.\n"


def test_reconciling_refuses_what_is_wrong(planned: CommandLine) -> None:
    unknown = planned.refused("plans", "reconcile", "v9", "--actor", "aya")
    assert (unknown.code, "v9" in unknown.message) == (4, True)
    wrong = planned.refused("plans", "reconcile", "v1", "--anchor-policy", "near", "--actor", "aya")
    assert "one of DET_near, AGG_far, blend" in wrong.message
    missing = planned.refused("plans", "reconciliation", "v1", "--adjusted")
    assert "det_adjusted of v1" in missing.message
    assert "--apply-adjusted" in missing.message
