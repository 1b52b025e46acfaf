"""``planvault plans export -o FILE.zip`` and ``plans register FILE.zip``, on the sample's plan."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from .conftest import CommandLine

AYA = ("--actor", "aya")


def test_a_plan_leaves_whole_and_is_registered_again(planvault: CommandLine, tmp_path: Path) -> None:
    done = planvault("plans", "export", "p1", "-o", "out/p1.zip")
    assert (done.exit_code, done.stdout) == (0, "p1 was written to out/p1.zip, whole.\n")
    assert "plans register out/p1.zip --version-id NEW" in done.stderr
    made = planvault.json("plans", "register", "out/p1.zip", "--version-id", "p2", *AYA)
    assert made["payload_digest"] == planvault.json("plans", "show", "p1")["payload_digest"]
    told = planvault.json("plans", "export", "p2", "-o", "p2.zip")
    assert (told["version_id"], told["bytes"]) == ("p2", (tmp_path / "p2.zip").stat().st_size)
    assert planvault.json("plans", "compare", "p1", "p2")["equal"] is True


def test_a_zip_goes_to_stdout_as_bytes(planvault: CommandLine) -> None:
    result = planvault("plans", "export", "p1", "-o", "-")
    with zipfile.ZipFile(io.BytesIO(result.stdout_bytes)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "manifest.json"


def test_what_cannot_be_is_refused_and_leaves_no_file(planvault: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "notes.zip").write_text("no zip", encoding="utf-8")
    assert planvault.refused("plans", "register", "notes.zip", "--version-id", "p2", *AYA).code == 3
    assert "whole plan" in planvault.refused("plans", "export", "p1", "-o", "x.zip", "--artifact", "report.csv").message
    assert planvault.refused("plans", "export", "p9", "-o", "new/x.zip").code == 4
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".db") == ["notes.zip"]
