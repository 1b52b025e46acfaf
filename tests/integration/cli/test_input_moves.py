"""What happens to input sets, from the command line: the first line answers, and the next step is named."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from planvault.domain.access.actor import Actor
from planvault.domain.inputs.input_set import new_input_set
from planvault.domain.shared.ids import Label
from planvault.testing.builders import a_content
from planvault.testing.clocks import NOON
from planvault.testing.stores import sql_store, sqlite_url

from .conftest import CommandLine
from .test_hints import next_command

MONTHLY = ("--label", "monthly", "--actor", "aya")


@pytest.fixture
def store(tmp_path: Path, inputs: Path) -> CommandLine:
    """A store with weekly@1 live, weekly@2 submitted, and monthly@1 a draft."""
    store = CommandLine(str(tmp_path / "moves.db"))
    store.ok("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    store.ok("inputs", "submit", "weekly", "--actor", "aya")
    store.ok("inputs", "approve", "weekly@1", "--actor", "ben", "--comment", "seen")
    store.ok("inputs", "import", "-i", str(inputs), *MONTHLY, "--title", "Month by month")
    spoil(inputs)
    store.ok("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    store.ok("inputs", "submit", "weekly", "--actor", "aya")
    return store


def spoil(inputs: Path) -> None:
    demand = inputs / "demand_family.csv"
    lines = demand.read_text(encoding="utf-8").splitlines()
    demand.write_text("\n".join([*lines[:-1], lines[-1].rpartition(",")[0] + ",7"]), encoding="utf-8")


def test_reject_says_what_stays_live(store: CommandLine) -> None:
    result = store("inputs", "reject", "weekly@2", "--actor", "ben", "--comment", "F07 is wrong")
    assert result.stdout == "weekly@2 is rejected. weekly@1 stays live.\n"
    assert "inputs import -i DIR --label weekly" in result.stderr
    assert store.ok("inputs", "reject", "monthly@1", "--actor", "aya", "--comment", "mine") == (
        "monthly@1 is rejected. Nothing is live under monthly.\n"
    )


def test_reject_needs_a_number_and_a_comment(store: CommandLine) -> None:
    assert "Missing option '--comment'" in store.refused("inputs", "reject", "weekly@2", "--actor", "ben").message
    refusal = store.refused("inputs", "reject", "weekly", "--actor", "ben", "--comment", "no")
    assert (refusal.code, "weekly@NUMBER" in refusal.message) == (3, True)
    refusal = store.refused("inputs", "reject", "weekly@2", "--actor", "ben", "--comment", " ")
    assert (refusal.code, "--comment" in refusal.message) == (3, True)
    refusal = store.refused("inputs", "reject", "weekly@1", "--actor", "ben", "--comment", "no")
    assert (refusal.code, "inputs revert weekly@1" in refusal.message) == (5, True)


def test_revert_says_what_is_live_again(store: CommandLine) -> None:
    refusal = store.refused("inputs", "revert", "weekly", "--actor", "ben")
    assert (refusal.code, "weekly@2 is a candidate" in refusal.message) == (5, True)
    store.ok("inputs", "approve", "weekly@2", "--actor", "ben")
    result = store("inputs", "revert", "weekly@2", "--actor", "ben", "--comment", "too early")
    assert result.stdout == "weekly@1 is live again, on its old approvals.\n"
    assert next_command(result.stderr)[2:] == ["plans", "create", "--input-set", "weekly"]
    assert "weekly@2 is reverted" in store.refused("inputs", "revert", "weekly@2", "--actor", "ben").message
    assert store.ok("inputs", "revert", "weekly", "--actor", "ben") == "Nothing is live under weekly.\n"


def test_archive_and_restore_name_each_other(store: CommandLine) -> None:
    store.ok("inputs", "reject", "weekly@2", "--actor", "ben", "--comment", "no")
    archived = store("inputs", "archive", "weekly", "--actor", "ben", "--comment", "season is over")
    assert archived.stdout == "weekly is archived: only reading, restore and delete remain.\n"
    words = next_command(archived.stderr.partition("   (")[0])
    restored = store(*words[2:], "--actor", "ben")
    assert restored.stdout == "weekly is open again. weekly@1 is live.\n"
    assert "not archived" in store.refused("inputs", "restore", "weekly", "--actor", "ben").message
    assert "Write weekly alone" in store.refused("inputs", "archive", "weekly@1", "--actor", "ben").message


def test_delete_asks_and_says_what_is_gone(store: CommandLine) -> None:
    refusal = store.refused("inputs", "delete", "weekly", "--actor", "ben")
    assert refusal.code == 3
    assert "Deleting weekly removes 2 revisions for good." in refusal.message
    assert "--yes" in refusal.message
    result = store("inputs", "delete", "weekly", "--actor", "ben", "--yes", "--comment", "a trial run")
    assert result.stdout == ("weekly is deleted: 2 revisions, and 1 content that nothing else uses. Its events stay.\n")
    assert "(numbers go on at @3)" in result.stderr
    assert store.refused("inputs", "show", "weekly").code == 4
    assert store.refused("inputs", "delete", "weekly", "--actor", "ben").code == 4


def test_a_label_that_a_plan_was_made_from_is_not_deleted(planvault: CommandLine) -> None:
    refusal = planvault.refused("inputs", "delete", "weekly", "--yes", "--actor", "ben")
    assert refusal.code == 5
    assert "p1 was made from it" in refusal.message
    assert "inputs archive weekly" in refusal.message


def test_the_history_reads_from_now_backwards(store: CommandLine) -> None:
    store.ok("inputs", "approve", "weekly@2", "--actor", "ben")
    store.ok("inputs", "revert", "weekly", "--actor", "cid", "--comment", "too early")
    first, _, header, *rows = store.ok("inputs", "history", "weekly", PLANVAULT_TIMEZONE="Asia/Tokyo").splitlines()
    assert first.startswith("weekly@1 is live since ")
    assert first.endswith(" (Asia/Tokyo).")
    assert header.split() == ["since", "(Asia/Tokyo)", "live", "hash", "by", "comment"]
    assert [row.split()[2] for row in rows] == ["weekly@1", "weekly@2", "weekly@1"]
    assert "revert by cid (asserted)   too early" in rows[0]
    assert "approve by ben (asserted)" in rows[2]
    assert store.ok("inputs", "history", "monthly") == "Nothing was ever live under monthly.\n"
    assert store.refused("inputs", "history", "nope").code == 4


def test_lists_are_narrowed_by_pattern_and_by_whom_they_wait_for(store: CommandLine) -> None:
    def labels(*words: str) -> list[str]:
        return [known["label"] for known in store.json("inputs", "list", *words)["items"]]

    assert labels("--label", "MONTH*") == ["monthly"]
    assert labels("--label", "*l?") == ["monthly", "weekly"]
    assert labels("--label", "%") == []
    assert labels("--awaiting", "Ben") == ["weekly"]
    assert labels("--awaiting", "aya") == []
    assert labels("--awaiting", "ben", "--status", "draft") == []
    assert "Month by month" in store.ok("inputs", "list", "--label", "m*")
    first = store("inputs", "list", "--label", "*ly", "--limit", "1")
    assert "--label '*ly'" in first.stderr
    assert store("inputs", "list", "--awaiting", "aya").stdout == "There are no such input sets.\n"
    assert store.refused("inputs", "list", "--label", "").code == 3
    assert store.refused("inputs", "list", "--awaiting", " ").code == 3


def test_json_is_the_revision_the_set_or_what_was_deleted(store: CommandLine) -> None:
    said = ("--actor", "ben", "--comment", "so")
    rejected = store.json("inputs", "reject", "weekly@2", *said)
    assert (rejected["reference"], rejected["status"]) == ("weekly@2", "rejected")
    archived = store.json("inputs", "archive", "weekly", *said)
    assert (archived["label"], archived["status"], archived["archived"]) == ("weekly", "archived", True)
    assert store.json("inputs", "restore", "weekly", *said)["status"] == "ready"
    assert store.json("inputs", "revert", "weekly@1", *said)["live"] is None
    newest, oldest = store.json("inputs", "history", "weekly")["items"]
    assert (newest["live"], newest["action"], newest["actor"], newest["comment"]) == (None, "revert", "ben", "so")
    assert (oldest["reference"], oldest["action"], oldest["sequence"]) == ("weekly@1", "approve", 1)
    deleted = store.json("inputs", "delete", "weekly", "--yes", *said)
    assert (deleted["label"], deleted["revisions"], deleted["next_number"]) == ("weekly", [1, 2], 3)
    problem = store("inputs", "delete", "weekly", "--json", "--actor", "ben")
    assert json.loads(problem.stderr)["code"] == "not-found"


def test_a_legacy_set_is_adopted(store: CommandLine) -> None:
    async def legacy() -> None:
        async with sql_store(sqlite_url(Path(store.database))) as unit_of_work, unit_of_work() as uow:
            begun = new_input_set(Label("old"), config_version_id=1, at=NOON)
            content = a_content()
            known, _, _ = begun.bring(
                content.content_hash, actor=Actor.asserted("olga"), at=NOON, source="legacy", row_counts={"items": 2}
            )
            await uow.contents.add(content)
            await uow.input_sets.add(known)
            await uow.commit()

    asyncio.run(legacy())
    assert "olga wrote old@1" in store.refused("inputs", "adopt", "old@1", "--actor", "olga").message
    assert "old@NUMBER" in store.refused("inputs", "adopt", "old", "--actor", "ben").message
    refusal = store.refused("inputs", "adopt", "monthly@1", "--actor", "ben")
    assert (refusal.code, "did not come from a legacy system" in refusal.message) == (5, True)
    said = store.ok("inputs", "adopt", "old", "--content-hash", a_content().content_hash, "--actor", "ben")
    assert said.startswith("old@1 is live since ")
