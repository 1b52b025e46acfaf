"""A plan from draft to baseline and back, by command line alone."""

from __future__ import annotations

import pytest

from .conftest import CommandLine


def digest_of(planvault: CommandLine, version_id: str) -> str:
    digest: str = planvault.json("plans", "show", version_id)["plan_digest"]
    return digest


def approved(planvault: CommandLine, version_id: str) -> None:
    planvault.ok("plans", "submit", version_id, "--actor", "aya")
    digest = digest_of(planvault, version_id)
    planvault.ok("plans", "approve", version_id, "--digest", digest[:12], "--actor", "ben", "--comment", "checked")


@pytest.fixture
def two_plans(planvault: CommandLine) -> CommandLine:
    """A store with the approved plans p1 and p2."""
    planvault.ok("plans", "create", "--input-set", "weekly", "--version-id", "p2", "--actor", "aya")
    approved(planvault, "p1")
    approved(planvault, "p2")
    return planvault


def test_a_plan_is_submitted_awaited_and_approved(planvault: CommandLine) -> None:
    said = planvault("plans", "submit", "p1", "--actor", "aya")
    digest = digest_of(planvault, "p1")
    assert said.stdout == f"p1 is submitted   plan digest {digest}\n"
    assert f"plans approve p1 --digest {digest[:12]}" in said.stderr
    assert [plan["version_id"] for plan in planvault.json("plans", "list", "--awaiting", "ben")["items"]] == ["p1"]
    assert planvault.json("plans", "list", "--awaiting", "Aya")["items"] == []
    assert planvault.ok("plans", "approve", "p1", "--digest", digest[:12], "--actor", "ben").startswith(
        "p1 is approved since "
    )
    shown = planvault.json("plans", "show", "p1")
    assert (shown["status"], shown["authors"], shown["approvals"][0]["actor"]) == ("approved", ["aya"], "ben")
    assert "approved  " in planvault.ok("plans", "show", "p1")
    revoked = planvault.json("plans", "revoke", "p1", "--actor", "ben", "--comment", "demand changed")
    assert (revoked["status"], revoked["approvals"]) == ("draft", [])


def test_two_approvals_are_counted(planvault: CommandLine) -> None:
    planvault.ok("plans", "submit", "p1", "--actor", "aya")
    words = ("plans", "approve", "p1", "--digest", digest_of(planvault, "p1"))
    policy = {"PLANVAULT_APPROVALS_REQUIRED": "2"}
    assert planvault.ok(*words, "--actor", "ben", **policy) == "p1 has 1 of 2 approvals.\n"
    assert planvault.ok(*words, "--actor", "cid", **policy).startswith("p1 is approved since ")


def test_a_baseline_is_set_shown_and_rolled_back(two_plans: CommandLine) -> None:
    planvault, baseline = two_plans, ("plans", "baseline", "--config", "1")
    assert planvault.ok(*baseline) == "Config version 1 has no baseline yet.\n"
    assert planvault.ok(*baseline, "p1", "--actor", "ben").startswith("p1 is the baseline of config version 1 since ")
    set_again = planvault(*baseline, "p2", "--actor", "ben", "--expecting", "1", "--comment", "new demand")
    assert "set by ben: new demand" in set_again.stdout
    assert "Before it was p1." in set_again.stderr
    assert planvault.refused(*baseline, "p1", "--actor", "ben", "--expecting", "1").code == 5
    assert planvault.refused("plans", "revoke", "p2", "--actor", "ben", "--comment", "x").code == 5
    back = planvault.json(*baseline, "--rollback", "--actor", "ben")
    assert (back["version_id"], back["previous"], back["sequence"], back["reason"]) == ("p1", None, 3, "rollback")
    history = planvault.json(*baseline, "--history")["items"]
    assert [(entry["sequence"], entry["version_id"]) for entry in history] == [(3, "p1"), (2, "p2"), (1, "p1")]
    assert "rollback" in planvault.ok(*baseline, "--history")
    statuses = {plan["version_id"]: plan["status"] for plan in planvault.json("plans", "list")["items"]}
    assert statuses == {"p1": "approved", "p2": "superseded"}


def test_a_plan_is_pinned_unpinned_and_deleted(planvault: CommandLine) -> None:
    assert planvault.ok("plans", "pin", "p1", "--actor", "ben") == "p1 is pinned.\n"
    refused = planvault.refused("plans", "delete", "p1", "--actor", "ben")
    assert (refused.code, "plans pin p1 --off" in refused.message) == (5, True)
    assert planvault.ok("plans", "pin", "p1", "--off", "--actor", "ben") == "p1 is no longer pinned.\n"
    assert planvault.json("plans", "delete", "p1", "--actor", "ben") == {"status": "deleted", "version_id": "p1"}
    assert planvault.refused("plans", "show", "p1").code == 4


def test_a_plan_is_staged(planvault: CommandLine) -> None:
    assert planvault.ok("plans", "stage", "p1") == "p1 is scheduled\n"
    assert planvault.ok("plans", "stage", "p1", "--to", "executed", "--actor", "aya") == "p1 is executed\n"
    back = planvault.ok("plans", "stage", "p1", "--invalidate-from", "scheduled", "--actor", "aya")
    assert back == "p1 is disaggregated   stale: mrp, mrp_final, weekly_summary\n"
    assert planvault.json("plans", "stage", "p1")["stage"] == "disaggregated"
    assert [plan["version_id"] for plan in planvault.json("plans", "list", "--stage", "disaggregated")["items"]] == [
        "p1"
    ]
    assert planvault("plans", "stage", "p1", "--to", "executed", "--invalidate-from", "scheduled").exit_code == 2


def test_plans_are_listed_by_day_and_order(two_plans: CommandLine) -> None:
    def listed(*words: str) -> list[str]:
        return [plan["version_id"] for plan in two_plans.json("plans", "list", *words)["items"]]

    assert listed("--order", "version_asc") == ["p1", "p2"]
    assert listed("--order", "version_desc") == ["p2", "p1"]
    assert listed("--created-from", "2020-01-01", "--order", "created_asc") == ["p1", "p2"]
    assert listed("--created-to", "2020-01-01") == []
    assert listed("--created-from", "9000-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        ("plans submit nobody --actor aya", 4, "nobody"),
        ("plans approve p1 --digest abc --actor ben", 3, "12 to 64 hex digits"),
        ("plans approve p1 --digest 000000000000 --actor ben", 5, "p1 is draft"),
        ("plans revoke p1 --actor ben --comment x", 5, "nothing to revoke"),
        ("plans submit p1 --actor aya --row-version 99", 5, "changed by somebody else"),
        ("plans baseline --config 9", 4, "config version 9"),
        ("plans baseline --config 1 p1 --actor ben", 5, "only approved"),
        ("plans baseline --config 1 --rollback --actor ben", 5, "no baseline"),
        ("plans baseline --config 1 p1 --rollback --actor ben", 2, "one of"),
        ("plans baseline --config 1 --comment x", 2, "belong to a change"),
        ("plans list --created-from yesterday", 3, "neither a day nor an instant"),
        ("plans list --created-to 2026-02-30", 3, "neither a day nor an instant"),
        ("plans list --created-from 2026-01-01T00:00:00", 3, "neither a day nor an instant"),
    ],
)
def test_a_bad_move_is_told_and_stores_nothing(planvault: CommandLine, words: str, code: int, part: str) -> None:
    refused = planvault.refused(*words.split())
    assert refused.code == code
    assert part in refused.message
