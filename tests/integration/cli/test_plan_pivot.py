from __future__ import annotations

from .conftest import CommandLine

DET = ("plans", "pivot", "p1", "--level", "det", "--measure", "demand")


def test_a_measure_is_shown_by_item_and_bucket(planvault: CommandLine) -> None:
    told = planvault.json(*DET)
    series = planvault.json("plans", "series", "p1", "--level", "det", "--limit", "10000")["items"]
    assert [item["item_key"] for item in told["items"]] == sorted({row["item_key"] for row in series})
    assert len(told["buckets"]) == len({row["time_bucket_key"] for row in series})
    first = told["items"][0]
    mine = [row["demand"] for row in series if row["item_key"] == first["item_key"]]
    assert abs(first["total"] - sum(mine)) < 1e-6
    assert planvault.ok(*DET).splitlines()[0].split()[:2] == ["item", "total"]
    table = planvault.ok(*DET, "--csv").splitlines()
    assert len(table) == 1 + len(told["items"])
    assert "has no such rows" in planvault.ok(*DET, "--item", "nobody")
    page = planvault.json(*DET, "--limit", "1")
    assert len(page["items"]) == 1
    assert planvault.json(*DET, "--limit", "1", "--cursor", page["next_cursor"])["items"] == told["items"][1:2]


def test_levels_are_counted_and_added_up(planvault: CommandLine) -> None:
    told = {level["level"]: level for level in planvault.json("plans", "levels", "p1")["items"]}
    summary = planvault.json("plans", "summary", "p1")["levels"]
    assert {name: level["rows"] for name, level in told.items()} == {
        level["level"]: level["row_count"] for level in summary
    }
    assert planvault.ok("plans", "levels", "p1").splitlines()[1].startswith("aggregate")


def test_what_is_no_pivot_is_refused(planvault: CommandLine) -> None:
    for words, code in (
        (("p9", "--level", "det", "--measure", "demand"), 4),
        (("p1", "--level", "none", "--measure", "demand"), 4),
        (("p1", "--level", "det", "--measure", "price"), 3),
        (("p1", "--level", "det", "--measure", "demand", "--csv", "--json"), 3),
        (("p1", "--level", "det"), 2),
    ):
        assert planvault.refused("plans", "pivot", *words).code == code, words
