from __future__ import annotations

from .conftest import CommandLine


def test_two_plans_are_compared_from_the_top_down(planvault: CommandLine) -> None:
    planvault.ok(
        "plans", "create", "--input-set", "weekly", "--version-id", "p2", "--round-mode", "dec1", "--actor", "aya"
    )
    said = planvault.ok("plans", "compare", "p1", "p2")
    assert said.startswith("p2 against p1: aggregate ")
    told = planvault.json("plans", "compare", "p1", "p2")
    det = next(level for level in told["levels"] if level["level"] == "det")
    assert (told["equal"], det["equal"]) == (False, False)
    top = planvault.json("plans", "compare", "p1", "p2", "--level", "det", "--top", "3")["items"]
    sizes = [abs(change["measures"]["demand"]["delta"]) for change in top]
    assert sizes == sorted(sizes, reverse=True)
    page = planvault.json("plans", "compare", "p1", "p2", "--level", "det", "--limit", "2")
    rest = planvault.json(
        "plans", "compare", "p1", "p2", "--level", "det", "--limit", "2", "--cursor", page["next_cursor"]
    )
    assert rest["items"][0]["item_key"] != page["items"][0]["item_key"]
    table = planvault.ok("plans", "compare", "p1", "p2", "--level", "det", "--csv").splitlines()
    assert len(table) == 1 + det["changed"] + det["added"] + det["removed"]
    groups = planvault.json("plans", "compare", "p1", "p2", "--level", "aggregate", "--by", "item")["items"]
    assert sum(group["measures"]["demand"]["delta"] for group in groups) == 0
    assert "p1 and p1 are equal" in planvault.ok("plans", "compare", "p1", "p1")


def test_what_cannot_be_compared_is_refused(planvault: CommandLine) -> None:
    for words, code in (
        (("p1", "p9"), 4),
        (("p1", "p1", "--level", "none"), 4),
        (("p1", "p1", "--measure", "price"), 3),
        (("p1", "p1", "--min-abs", "-1"), 3),
        (("p1", "p1", "--top", "3"), 3),
        (("p1", "p1", "--level", "det", "--top", "0"), 2),
    ):
        assert planvault.refused("plans", "compare", *words).code == code, words
