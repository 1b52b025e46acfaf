"""``planvault audit`` and ``inputs events`` on a store that was approved and planned from."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import zipfile
from pathlib import Path

import pytest

from .conftest import CommandLine, run

FILES = ["checkpoints.jsonl", "events.jsonl", "heads.json"]


def tampered(planvault: CommandLine, *statements: str) -> None:
    connection = sqlite3.connect(planvault.database)
    try:
        for trigger in ("events_refuse_update", "events_refuse_delete"):
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


# Verify and checkpoint ------------------------------------------------------------------------------------------------


def test_a_clean_ledger_says_what_holds_and_what_to_keep(planvault: CommandLine) -> None:
    result = planvault("audit", "verify")
    assert result.exit_code == 0
    assert result.stdout.startswith("The ledger holds: 5 events in 3 streams, 1 checkpoint; ")
    assert "Keep the newest checkpoint elsewhere: checkpoint:1:" in result.stderr
    told = planvault.json("audit", "verify")
    assert (told["clean"], told["finding"], told["events"], told["whole"]) == (True, None, 5, True)


def test_a_broken_link_is_a_finding_on_stdout_with_exit_code_8(planvault: CommandLine) -> None:
    tampered(planvault, "UPDATE events SET actor = 'mallory' WHERE position = 3")
    result = planvault("audit", "verify")
    assert (result.exit_code, result.stderr) == (8, "")
    first, second, third = result.stdout.splitlines()
    assert first == "The ledger is broken at position 3, input_set/weekly/1 #2."
    assert second.startswith("  Its words give the hash ")
    assert third == "What comes before it holds: 2 events, 0 checkpoints."

    result = planvault("audit", "verify", "--json")
    assert (result.exit_code, result.stderr) == (8, "")
    told = json.loads(result.stdout)
    assert told["clean"] is False
    assert (told["finding"]["rule"], told["finding"]["position"], told["finding"]["sequence"]) == ("hash", 3, 2)


def test_a_checkpoint_is_printed_to_be_written_down_and_found_again(planvault: CommandLine) -> None:
    result = planvault("audit", "checkpoint", "--reason", "end of month", "--actor", "olga")
    assert result.exit_code == 0
    head = result.stdout.strip()
    assert head.startswith("checkpoint:2:")
    assert "Checkpoint 2 covers 4 streams up to position 6." in result.stderr
    assert f"--expect-head {head}" in result.stderr
    assert "It extends 1 of 1 expected head.\n" in planvault.ok("audit", "verify", "--expect-head", head)

    listed = planvault.json("audit", "checkpoints")["items"]
    assert [(taken["number"], taken["reason"]) for taken in listed] == [
        (1, "approve weekly@1"),
        (2, "end of month"),
    ]
    assert listed[1]["hash"] == head.rpartition(":")[2]
    assert "end of month" in planvault.ok("audit", "checkpoints")


def test_a_checkpoint_needs_a_name_and_a_reason_that_can_be_kept(planvault: CommandLine) -> None:
    assert planvault.refused("audit", "checkpoint").code == 6
    assert planvault.refused("audit", "checkpoint", "--reason", "a\x07b", "--actor", "olga").code == 3


def test_an_end_that_was_cut_off_shows_against_heads_that_were_kept(planvault: CommandLine, tmp_path: Path) -> None:
    planvault.ok("audit", "export", "-o", "kept")
    (tmp_path / "heads.txt").write_text(planvault.ok("audit", "heads"), encoding="utf-8")
    tampered(
        planvault,
        "DELETE FROM events WHERE position = 5",
        "DELETE FROM event_heads WHERE stream = 'plan/p1'",
        "UPDATE counters SET value = 4 WHERE name = 'events'",
    )
    assert planvault("audit", "verify").exit_code == 0
    for kept in ("kept", "kept/heads.json", "heads.txt"):
        result = planvault("audit", "verify", "--expect-head", kept)
        assert result.exit_code == 8
        assert result.stdout.startswith("The ledger is broken at plan/p1 #1.\n")


def test_what_is_no_head_is_refused_with_the_way_to_write_one(planvault: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    (tmp_path / "other.bin").write_bytes(b"\xff\xfe\x00")
    for text in ("nonsense", "plan/v1:1:abc", "other.json", "other.bin", ""):
        refusal = planvault.refused("audit", "verify", "--expect-head", text)
        assert refusal.code == 3
        assert "STREAM:SEQUENCE:HASH" in refusal.message


# Export ---------------------------------------------------------------------------------------------------------------


def test_an_export_is_verified_without_the_store(planvault: CommandLine, tmp_path: Path) -> None:
    assert "was written to out: events.jsonl, checkpoints.jsonl, heads.json." in planvault.ok(
        "audit", "export", "-o", "out"
    )
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    told = planvault.json("audit", "export", "-o", "out.zip")
    assert [item["path"] for item in told["items"]] == ["out.zip"] * 3
    planvault.ok("audit", "export", "-o", "again.zip")
    assert (tmp_path / "out.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()
    with zipfile.ZipFile("out.zip") as archive:
        for name in FILES:
            assert archive.read(name) == (tmp_path / "out" / name).read_bytes()

    Path(planvault.database).unlink()
    for evidence in ("out", "out.zip"):
        result = run("audit", "verify", "--file", evidence)
        assert result.exit_code == 0, result.stderr
        assert result.stdout.startswith("The ledger holds: 5 events in 3 streams, 1 checkpoint; ")
    assert not Path(planvault.database).exists()


def test_events_go_to_stdout_as_lines(planvault: CommandLine, tmp_path: Path) -> None:
    planvault.ok("audit", "export", "-o", "out")
    lines = planvault.ok("audit", "export", "-o", "-")
    assert lines == (tmp_path / "out" / "events.jsonl").read_text(encoding="utf-8")
    (tmp_path / "events.jsonl").write_text(lines, encoding="utf-8")
    assert run("audit", "verify", "--file", "events.jsonl").exit_code == 0
    assert planvault.refused("audit", "export", "-o", "-", "--json").code == 3


def test_a_part_is_exported_and_verified_as_one(planvault: CommandLine, tmp_path: Path) -> None:
    for number, (options, events) in enumerate(
        {("--label", "Weekly"): 3, ("--stream", "plan/p1"): 1, ("--since", "3"): 2, ("--since", "9"): 0}.items()
    ):
        planvault.ok("audit", "export", "-o", f"part{number}", *options)
        lines = (tmp_path / f"part{number}" / "events.jsonl").read_text(encoding="utf-8")
        assert lines.count("\n") == events
        told = json.loads(run("audit", "verify", "--file", f"part{number}", "--json").stdout)
        assert (told["clean"], told["whole"], told["events"]) == (True, False, events)


def test_evidence_that_was_changed_is_a_finding(planvault: CommandLine, tmp_path: Path) -> None:
    planvault.ok("audit", "export", "-o", "out")
    events = tmp_path / "out" / "events.jsonl"
    kept = events.read_text(encoding="utf-8")
    for changed, place in (
        (kept.replace("aya", "eve", 1), "position 1, config/1 #1"),
        ("".join(kept.splitlines(keepends=True)[:-1]), "position 5, plan/p1 #1"),
        (kept.replace('"sequence"', '"sequenz"', 1), "position 1"),
    ):
        events.write_text(changed, encoding="utf-8")
        result = run("audit", "verify", "--file", "out")
        assert result.exit_code == 8
        assert result.stdout.startswith(f"The ledger is broken at {place}.\n")
    events.write_bytes(kept.encode() + b"\xff\n")
    assert run("audit", "verify", "--file", "out").exit_code == 8


@pytest.mark.parametrize("name", ["nowhere", "nowhere.zip", "empty", "text.zip", "half.zip"])
def test_what_is_no_export_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no zip", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "half.zip", "w") as archive:
        archive.writestr("events.jsonl", "")
    result = run("audit", "verify", "--file", name)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_zip_damaged_inside_is_refused(planvault: CommandLine, tmp_path: Path) -> None:
    planvault.ok("audit", "export", "-o", "out.zip")
    data = bytearray((tmp_path / "out.zip").read_bytes())
    for at in range(120, 160):
        data[at] ^= 0xFF
    (tmp_path / "out.zip").write_bytes(data)
    result = run("audit", "verify", "--file", "out.zip")
    assert result.exit_code in {3, 8}
    assert "Traceback" not in result.stderr


def test_a_failed_export_leaves_what_was_there(planvault: CommandLine, tmp_path: Path) -> None:
    planvault.ok("audit", "export", "-o", "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    tampered(planvault, "UPDATE events SET recorded_at = 'yesterday' WHERE position = 3")
    assert planvault.refused("audit", "export", "-o", "out").code == 8
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert planvault.refused("audit", "export", "-o", "new.zip").code == 8
    assert not list(tmp_path.glob("*new.zip*"))


# Reading --------------------------------------------------------------------------------------------------------------


def test_events_are_listed_and_the_list_goes_on(planvault: CommandLine) -> None:
    first = planvault.json("audit", "events", "--limit", "4")
    assert [event["action"] for event in first["items"]] == ["create", "import", "submit", "approve"]
    rest = planvault.json("audit", "events", "--cursor", first["next_cursor"])
    assert [event["stream"] for event in rest["items"]] == ["plan/p1"]
    assert planvault.json("audit", "events", "--cursor", rest["next_cursor"])["items"] == []
    assert len(planvault.json("audit", "events", "--label", "WEEKLY")["items"]) == 3
    assert len(planvault.json("audit", "events", "--subject", "input_set/weekly")["items"]) == 3
    result = planvault("audit", "events", "--stream", "plan/p1")
    assert "aya (asserted)" in result.stdout
    assert "What follows, now or later: " in result.stderr
    assert "audit events --stream plan/p1 --cursor " in result.stderr
    assert planvault.ok("audit", "events", "--stream", "plan/p9") == "There are no such events.\n"


def test_heads_are_lines_or_the_document_of_an_export(planvault: CommandLine, tmp_path: Path) -> None:
    planvault.ok("audit", "export", "-o", "out")
    told = planvault.json("audit", "heads")
    assert told == json.loads((tmp_path / "out" / "heads.json").read_text(encoding="utf-8"))
    lines = planvault.ok("audit", "heads").splitlines()
    assert [line.rpartition(":")[0] for line in lines] == [
        "config/1:1",
        "input_set/weekly/1:3",
        "plan/p1:1",
        "checkpoint:1",
    ]


def test_events_of_an_input_set_are_shown_newest_first(planvault: CommandLine) -> None:
    shown = planvault.ok("inputs", "events", "Weekly")
    assert shown.startswith("weekly is ready (config version 1): 3 events, newest first.\n")
    assert [line.split()[2:5] for line in shown.splitlines()[3:]] == [
        ["approve", "@1", "ben"],
        ["submit", "@1", "aya"],
        ["import", "@1", "aya"],
    ]
    told = planvault.json("inputs", "events", "--label", "weekly", "--limit", "2")
    assert told["input_set"] == {"id": 2, "label": "weekly", "config_version_id": 1, "status": "ready"}
    assert [event["id"] for event in told["events"]] == [4, 3]
    rest = planvault.json("inputs", "events", "weekly", "--cursor", told["next_cursor"])
    assert ([event["id"] for event in rest["events"]], rest["next_cursor"]) == ([2], None)


def test_an_unknown_label_is_told_with_the_way_to_list_labels(planvault: CommandLine) -> None:
    refusal = planvault.refused("inputs", "events", "monthly")
    assert refusal.code == 4
    assert refusal.message.startswith("There is no input set monthly.\n")
    assert "inputs list" in refusal.message
    assert planvault.refused("inputs", "events").code == 3
    assert planvault.refused("inputs", "events", "weekly", "--label", "monthly").code == 3


# Packs ----------------------------------------------------------------------------------------------------------------


def test_a_pack_is_checked_by_the_commands_that_it_names(planvault: CommandLine, tmp_path: Path) -> None:
    place = tmp_path / "evidence" / "weekly.zip"
    result = planvault("audit", "pack", "weekly", "-o", str(place))
    assert result.exit_code == 0
    assert result.stdout == f"The evidence about weekly@1 was written to {place}.\n"
    assert "Read summary.html in it first." in result.stderr
    assert planvault.ok("audit", "verify", "--file", str(place)).startswith("This part of a ledger holds: 3 events")

    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(place) as archive:
        archive.extractall(unpacked)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=unpacked, check=True)
    summary = json.loads((unpacked / "summary.json").read_text())
    scratch = CommandLine(str(tmp_path / "scratch.db"))
    scratch.ok("db", "upgrade")
    arguments = ("inputs", "import", "-i", str(unpacked / "inputs"), "--label", "checked", "--actor", "auditor")
    assert scratch.json(*arguments)["content_hash"] == summary["revision"]["content_hash"]


def test_a_pack_goes_to_stdout_and_tells_json_what_it_is(planvault: CommandLine, tmp_path: Path) -> None:
    place = tmp_path / "weekly.zip"
    told = planvault.json("audit", "pack", "weekly@1", "-o", str(place))
    assert told == {"label": "weekly", "reference": "weekly@1", "output": str(place), "bytes": place.stat().st_size}
    result = planvault("audit", "pack", "weekly", "-o", "-")
    assert result.stdout_bytes == place.read_bytes()


def test_a_pack_of_nothing_is_refused_and_writes_nothing(planvault: CommandLine, tmp_path: Path) -> None:
    place = tmp_path / "x.zip"
    for reference, code in (("monthly", 4), ("weekly@7", 4), ("../x", 3)):
        assert planvault.refused("audit", "pack", reference, "-o", str(place)).code == code
    assert planvault.refused("audit", "pack", "weekly", "-o", str(tmp_path)).code == 3
    assert list(tmp_path.glob("*.zip")) == []
