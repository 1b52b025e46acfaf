"""``planvault plans export`` in the forms that hold rows of levels."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import openpyxl
import pytest

from .conftest import CommandLine

FORMS = ["csv", "jsonl", *(["parquet"] if find_spec("pyarrow") is not None else [])]
EXPORT = ("plans", "export", "p1")


@pytest.mark.parametrize("form", FORMS)
def test_a_level_leaves_and_is_registered_again(planvault: CommandLine, tmp_path: Path, form: str) -> None:
    done = planvault(*EXPORT, "--level", "det", "-o", f"out/det.{form}")
    assert (done.exit_code, done.stdout) == (0, f"det of p1 was written to out/det.{form}.\n")
    for version_id in ("p2", "p3"):
        planvault.ok("plans", "register", f"out/det.{form}", "--version-id", version_id, "--actor", "aya")
    told = planvault.json("plans", "compare", "p1", "p2")
    assert next(level for level in told["levels"] if level["level"] == "det")["equal"] is True
    assert planvault.json("plans", "compare", "p2", "p3")["equal"] is True


def test_a_workbook_has_a_sheet_for_each_level(planvault: CommandLine, tmp_path: Path) -> None:
    told = planvault.json(*EXPORT, "-o", "p1.xlsx")
    assert told["bytes"] == (tmp_path / "p1.xlsx").stat().st_size
    levels = [level["level"] for level in planvault.json("plans", "summary", "p1")["levels"]]
    assert openpyxl.load_workbook(tmp_path / "p1.xlsx", read_only=True).sheetnames == levels


def test_rows_go_to_stdout_in_the_form_that_is_named(planvault: CommandLine) -> None:
    rows = planvault.ok(*EXPORT, "--level", "det", "--format", "csv", "-o", "-")
    assert rows == planvault.ok("plans", "series", "p1", "--level", "det", "--format", "csv")
    safe = ("--format", "csv", "--spreadsheet-safe")
    assert planvault.ok(*EXPORT, "--level", "det", *safe, "-o", "-") == rows
    assert planvault.ok("plans", "series", "p1", "--level", "det", *safe) == rows


def test_what_cannot_be_written_is_refused_and_leaves_no_file(planvault: CommandLine, tmp_path: Path) -> None:
    for words, code in (
        (("-o", "x.csv"), 3),
        (("--level", "none", "-o", "new/x.csv"), 4),
        (("--level", "det", "-o", "x.zip"), 3),
        (("--level", "det", "-o", "somewhere"), 3),
        (("--level", "det", "--artifact", "report.csv", "-o", "x.csv"), 3),
        (("--level", "det", "--format", "pdf", "-o", "x.csv"), 2),
        (("--level", "det", "--spreadsheet-safe", "-o", "x.jsonl"), 3),
    ):
        assert planvault.refused(*EXPORT, *words).code == code, words
    assert (
        planvault.refused("plans", "series", "p1", "--level", "det", "--spreadsheet-safe", "--format", "jsonl").code
        == 3
    )
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".db"] == []
