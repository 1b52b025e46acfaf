from __future__ import annotations

from .conftest import CommandLine

AYA = ("--actor", "aya")


def test_a_plan_says_where_it_comes_from_and_is_made_again(planvault: CommandLine) -> None:
    shown = planvault.ok("plans", "provenance", "p1")
    assert "which is live" in shown
    assert "approved by" in shown
    told = planvault.json("plans", "provenance", "p1")
    assert (told["inputs"]["status"], told["inputs"]["reference"]) == ("kept", "weekly@1")
    row = planvault.json("plans", "series", "p1", "--level", "det", "--limit", "1")["items"][0]
    place = ("--level", "det", "--bucket", row["time_bucket_key"], "--item", row["item_key"])
    of_row = planvault.json("plans", "provenance", "p1", *place)
    assert (of_row["written"]["action"], of_row["plan"]) == ("create", told)
    assert f"det {row['time_bucket_key']} {row['item_key']} global" in planvault.ok("plans", "provenance", "p1", *place)
    assert planvault.refused("plans", "provenance", "p1", *place[:4]).code == 2
    again = planvault.json("plans", "rerun", "p1", "--version-id", "p2", *AYA)
    assert (again["same"], again["differences"], again["base_version_id"]) == (True, [], "p1")
    assert again["version"]["payload_digest"] == told["payload_digest"]
    assert "p1" in planvault.ok("plans", "provenance", "p2")
    listed = planvault.json("plans", "list", "--label", "weekly@1")["items"]
    assert [plan["version_id"] for plan in listed] == ["p2", "p1"]
    assert planvault.json("plans", "list", "--label", "weekly@2")["items"] == []


def test_what_cannot_be_made_again_is_refused(planvault: CommandLine) -> None:
    assert planvault.refused("plans", "rerun", "p9", *AYA).code == 4
    assert planvault.refused("plans", "rerun", "p1", "--version-id", "P1", *AYA).code == 5
    assert planvault.refused("plans", "provenance", "p9").code == 4
