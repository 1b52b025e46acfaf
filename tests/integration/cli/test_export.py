"""Taking inputs out by command line: whole or not at all, and back in to the same hash."""

from __future__ import annotations

import errno
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.integration.exchange.test_shared_inputs import shared

from .conftest import CommandLine, run

OUT = Path("out") / "planning_inputs_weekly"


def the_hash(planvault: CommandLine, label: str = "weekly") -> str:
    revisions = planvault.json("inputs", "show", label)["revisions"]
    return str(revisions[-1]["content_hash"])


def imported(planvault: CommandLine, directory: Path, label: str = "again") -> str:
    words = ("inputs", "import", "-i", str(directory), "--label", label, "--actor", "aya")
    return str(planvault.json(*words)["content_hash"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_an_exported_directory_imports_to_the_same_hash(planvault: CommandLine, encoding: str) -> None:
    said = planvault.ok("inputs", "export", "weekly", "--encoding", encoding, "--spreadsheet-safe", "--include-meta")
    assert said.startswith(f"weekly@1 was written to {OUT}   sha256 ")
    assert imported(planvault, OUT) == the_hash(planvault)


@pytest.mark.parametrize("name", ["planning", "planning_weekly_1"])
def test_the_legacy_samples_come_back_whole(tmp_path: Path, name: str) -> None:
    planvault = CommandLine(str(tmp_path / "new.db"))
    before = imported(planvault, shared(name), "weekly")
    planvault.ok("inputs", "export", "weekly@1")
    assert imported(planvault, OUT) == before


def test_the_answer_names_every_file_with_its_hash(planvault: CommandLine) -> None:
    answer = planvault.json("inputs", "export", "--label", "weekly", "-o", "there")
    assert (answer["status"], answer["output"], answer["reference"]) == ("ok", "there", "weekly@1")
    assert answer["content_hash"] == the_hash(planvault)
    assert {file["name"]: file["bytes"] for file in answer["files"]} == {
        path.name: path.stat().st_size for path in Path("there").iterdir()
    }


def test_the_zip_is_flat_the_same_every_time_and_holds_the_files(planvault: CommandLine) -> None:
    answer = planvault.json("inputs", "export", "weekly", "--zip")
    assert answer["output"] == f"{OUT}.zip"
    first = Path(answer["output"]).read_bytes()
    planvault.ok("inputs", "export", "weekly@1", "-o", "other.zip", "--zip")
    assert Path("other.zip").read_bytes() == first
    planvault.ok("inputs", "export", "weekly")
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in OUT.iterdir()
        }


def test_a_workbook_and_a_document_are_files(planvault: CommandLine) -> None:
    assert planvault.json("inputs", "export", "weekly", "--format", "xlsx")["output"] == f"{OUT}.xlsx"
    planvault.ok("inputs", "export", "weekly", "--format", "json", "-o", "week.json")
    assert json.loads(Path("week.json").read_text(encoding="utf-8"))["schema_version"] == "planvault-inputs-1"


def test_a_file_goes_to_stdout_and_nothing_beside_it(planvault: CommandLine) -> None:
    result = planvault("inputs", "export", "weekly", "--zip", "-o", "-")
    with zipfile.ZipFile(io.BytesIO(result.stdout_bytes)) as archive:
        assert archive.testzip() is None
    assert result.stderr == ""
    assert json.loads(planvault.ok("inputs", "export", "weekly", "--format", "json", "-o", "-"))
    for words in (["-o", "-"], ["-o", "-", "--zip", "--json"]):
        assert planvault.refused("inputs", "export", "weekly", *words).code == 3


def test_the_legacy_command_line_keeps_working(planvault: CommandLine) -> None:
    words = ("inputs", "export", "--version-id", "1", "-o", "legacy", "--layout", "legacy", "--include-meta")
    answer = planvault.json(*words)
    assert planvault.json(*words) == answer
    assert (Path("legacy") / "inventory.csv").read_text(encoding="utf-8").startswith("loc,item,qty\n")
    assert len(answer["files"]) == 10


def test_input_files_that_would_be_read_along_are_refused_or_removed(planvault: CommandLine) -> None:
    OUT.mkdir(parents=True)
    stale, note = OUT / "period_metric.csv", OUT / "README"
    stale.write_text("metric_code,period,value\ncustom,2026-01,1\n", encoding="utf-8")
    note.write_text("mine", encoding="utf-8")
    refusal = planvault.refused("inputs", "export", "weekly")
    assert refusal.code == 5
    assert "period_metric.csv" in refusal.message
    assert "--overwrite" in refusal.message
    assert sorted(path.name for path in OUT.iterdir()) == ["README", "period_metric.csv"]
    planvault.ok("inputs", "export", "weekly", "--overwrite")
    assert not stale.exists()
    assert note.read_text(encoding="utf-8") == "mine"
    note.unlink()
    assert imported(planvault, OUT) == the_hash(planvault)


@pytest.mark.parametrize("reference", ["monthly", "weekly@9"])
@pytest.mark.parametrize("form", [[], ["--zip"], ["--format", "xlsx"]])
def test_what_is_not_there_writes_nothing(planvault: CommandLine, reference: str, form: list[str]) -> None:
    assert planvault.refused("inputs", "export", reference, *form).code == 4
    assert not Path("out").exists()


def test_a_character_that_cp932_cannot_carry_writes_nothing(tmp_path: Path) -> None:
    planvault = CommandLine(str(tmp_path / "new.db"))
    files = tmp_path / "files"
    files.mkdir()
    (files / "item.csv").write_text("item,lt,lot,moq,item_name\nA,1,1,1,9〜17\n", encoding="utf-8")
    imported(planvault, files, "weekly")
    refusal = planvault.refused("inputs", "export", "weekly@1", "--encoding", "cp932")
    assert refusal.code == 3
    assert "〜 U+301C (item.csv:2 item_name)" in refusal.message
    assert not Path("out").exists()


@pytest.mark.parametrize("form", [[], ["--zip"]])
def test_a_full_disk_leaves_nothing_and_the_next_export_works(
    planvault: CommandLine, monkeypatch: pytest.MonkeyPatch, form: list[str]
) -> None:
    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("planvault.adapters.cli.files.os.fsync", full)
        refusal = planvault.refused("inputs", "export", "weekly", *form)
    assert refusal.code == 7
    assert not Path("out").exists()
    planvault.ok("inputs", "export", "weekly", *form)


def test_a_place_that_cannot_be_written_leaves_nothing(planvault: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    refusal = planvault.refused("inputs", "export", "weekly", "-o", "file/below")
    assert refusal.code == 7
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["weekly", "--label", "other"],
        ["weekly", "--version-id", "1"],
        ["weekly", "--zip", "--format", "json"],
        ["weekly", "--format", "xlsx", "--encoding", "cp932"],
        ["weekly", "--format", "json", "--spreadsheet-safe"],
        ["../weekly"],
    ],
)
def test_a_contradiction_is_refused(planvault: CommandLine, words: list[str]) -> None:
    assert planvault.refused("inputs", "export", *words).code == 3
    assert not Path("out").exists()


def test_rows_of_a_section_are_shown_page_by_page(planvault: CommandLine) -> None:
    words = ("inputs", "show", "weekly@1", "--section", "calendar_weeks", "--limit", "40")
    items: list[dict[str, Any]] = []
    cursor: list[str] = []
    while True:
        page = planvault.json(*words, *cursor)
        items += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = ["--cursor", page["next_cursor"]]
    shown = planvault.json("inputs", "show", "weekly@1")
    assert len(items) == shown["row_counts"]["calendar_weeks"]
    assert set(items[0]) >= {"period", "sequence", "week_code", "attributes_json"}
    text = planvault(*words)
    assert text.stdout.splitlines()[0].split()[:3] == ["period", "sequence", "week_code"]
    assert "--cursor" in text.stderr
    assert planvault.refused("inputs", "show", "weekly", "--section", "weather").code == 4
    assert planvault.refused("inputs", "show", "weekly", "--limit", "5").code == 3


def test_an_export_needs_nobody_to_be_named(planvault: CommandLine) -> None:
    assert run("--database", planvault.database, "inputs", "export", "weekly").exit_code == 0
