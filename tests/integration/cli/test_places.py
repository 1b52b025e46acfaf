"""Where rows and artifacts are written: files, links, pipes, directories that may not be read."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from .conftest import CommandLine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and named pipes are another thing there")
ROWS = ("plans", "series", "p1", "--level", "det", "--format", "jsonl")


def test_a_link_stays_and_what_it_points_to_is_replaced(planvault: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    target, link = tmp_path / "kept" / "rows.jsonl", tmp_path / "latest.jsonl"
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target)
    planvault.ok(*ROWS, "-o", "latest.jsonl")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == planvault.ok(*ROWS)
    assert [path.name for path in target.parent.iterdir()] == ["rows.jsonl"]


def test_a_link_to_nothing_yet_makes_what_it_points_to(planvault: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "latest.jsonl").symlink_to("rows.jsonl")
    planvault.ok(*ROWS, "-o", "latest.jsonl")
    assert (tmp_path / "latest.jsonl").is_symlink()
    assert (tmp_path / "rows.jsonl").is_file()


def test_links_in_a_circle_are_refused_and_left(planvault: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").symlink_to("b.jsonl")
    (tmp_path / "b.jsonl").symlink_to("a.jsonl")
    assert planvault.refused(*ROWS, "-o", "a.jsonl").code == 7
    assert (tmp_path / "a.jsonl").is_symlink()


def test_a_named_pipe_is_written_to_and_stays_one(planvault: CommandLine, tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")), daemon=True)
    reader.start()
    planvault.ok(*ROWS, "-o", "pipe")
    reader.join(timeout=60)
    assert read == [planvault.ok(*ROWS)]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".part") == []


def test_an_export_keeps_a_link_in_its_directory(planvault: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "art").mkdir()
    (tmp_path / "report.csv").write_text("old", encoding="utf-8")
    (tmp_path / "art" / "report.csv").symlink_to("../report.csv")
    planvault.ok("plans", "export", "p1", "-o", "art", "--artifact", "report.csv")
    assert (tmp_path / "art" / "report.csv").is_symlink()
    assert (tmp_path / "report.csv").read_text(encoding="utf-8") != "old"


def test_a_directory_that_may_not_be_read_is_a_refusal(
    planvault: CommandLine, inputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Permissions do not stop the superuser, so the system's answers are given here.
    def denied(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    access = os.access
    monkeypatch.setattr(os, "access", lambda path, *how, **more: path != inputs and access(path, *how, **more))
    monkeypatch.setattr(Path, "iterdir", denied)
    refusal = planvault("inputs", "import", "-i", str(inputs), "--label", "weekly", "--actor", "aya")
    assert refusal.exit_code == 3
    assert "cannot be read (Permission denied)" in refusal.stderr
    assert "it is there and that this process may read it" in refusal.stderr
