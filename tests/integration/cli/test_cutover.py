"""Cutover, rollback, evidence and drill by the command line."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import CommandLine


def test_a_store_cuts_over_to_files_behind_its_gates_and_comes_back(planvault: CommandLine, tmp_path: Path) -> None:
    root = {"PLANVAULT_FILES_ROOT": str(tmp_path / "files"), "PLANVAULT_ACTOR": "ops"}
    before = planvault.json("plans", "kpis", "p1", **root)
    rootless = planvault("storage", "cutover", "--to", "files", "--plan")
    assert (rootless.exit_code, "root      closed  none is set" in rootless.stdout) == (8, True)
    planned = planvault("storage", "cutover", "--to", "both", "--primary", "files", "--plan", **root)
    assert planned.exit_code == 0
    assert planned.stdout.splitlines()[0] == "From db to both, primary files: 2 steps."
    assert "   drift     later   known once the other side is filled" in planned.stdout.splitlines()
    assert not (tmp_path / "files").exists()

    gone = planvault.ok("storage", "cutover", "--to", "both", "--primary", "files", "--comment", "try", **root)
    assert gone.splitlines()[-1] == "2 steps taken. Payloads are kept in the mode both, and read from the folders."
    assert planvault.ok("storage", "rollback", "verify", **root).endswith("everything agrees.\n")
    closed = planvault.refused("storage", "cutover", "--to", "files", **root)
    assert (closed.code, "backup: none was verified" in closed.message) == (5, True)
    problem = json.loads(planvault.refused("storage", "cutover", "--to", "files", "--json", **root).message)
    assert (problem["code"], [gate["gate"] for gate in problem["params"]["gates"] if not gate["open"]]) == (
        "gate-closed",
        ["backup"],
    )
    elsewhere = planvault.refused("storage", "mode", "db", **root)
    assert (elsewhere.code, "storage cutover --to db" in elsewhere.message) == (5, True)

    planvault.ok("maint", "backup", "-o", "b.zip", "--verify", **root)
    told = planvault.json("storage", "rollback", "plan", "--to", "files", **root)
    assert (told["open"], told["versions"], len(told["steps"])) == (True, 1, 1)
    told = planvault.json("storage", "rollback", "run", "--to", "files", **root)
    assert (told["mode"], told["primary"], told["cleared"]) == ("files", "files", ["p1"])
    assert planvault.json("plans", "kpis", "p1", **root) == before
    planvault.ok("plans", "copy", "p1", "p2", **root)

    planvault.ok("maint", "backup", "-o", "c.zip", "--verify", **root)
    told = planvault.json("storage", "cutover", "--to", "db", **root)
    assert (told["mode"], told["loaded"], [step["step"] for step in told["steps"]]) == (
        "db",
        ["p1", "p2"],
        ["files → both, primary files", "both, primary files → both, primary db", "both, primary db → db"],
    )
    assert planvault.json("plans", "kpis", "p2", **root) == before
    assert planvault.json("storage", "cutover", "--to", "db", **root)["steps"] == []
    back = planvault("storage", "rollback", "verify", "--json", **root)
    assert (back.exit_code, json.loads(back.stdout)["back"]) == (8, False)

    assert "6 changes" in planvault.ok("storage", "evidence", "-o", "e.zip", **root)
    assert planvault.json("audit", "verify", "--file", "e.zip", **root)["clean"]
    piped = planvault("storage", "evidence", "-o", "-", **root)
    assert piped.stdout_bytes == (tmp_path / "e.zip").read_bytes()


def test_a_drill_goes_all_the_way_on_a_copy_and_leaves_the_store_alone(planvault: CommandLine, tmp_path: Path) -> None:
    planvault.ok("plans", "copy", "p1", "p2", "--actor", "aya")
    before = planvault.dump()

    told = planvault(
        "storage", "drill", "-o", "out/r.json", "--page", "out/r.html", "--versions", "1", "--actor", "ops"
    )

    assert (told.exit_code, "Nothing would be lost." in told.stdout) == (0, True), told.stdout
    assert planvault.dump() == before
    report = json.loads((tmp_path / "out" / "r.json").read_text(encoding="utf-8"))
    assert (report["clean"], report["lost"], report["broken"], report["versions"]) == (True, [], None, 2)
    assert set(report["recovery"]) == {"restore a backup", "roll back", "rebuild from the files"}
    assert all(step["good"] for step in report["steps"])
    page = (tmp_path / "out" / "r.html").read_text(encoding="utf-8")
    assert ("Everything came through." in page, "http" in page) == (True, False)
    planvault.ok("tokens", "create", "ada", "--role", "admin", "--actor", "ada")
    stranger = planvault("storage", "drill", "--actor", "ops")
    assert (stranger.exit_code, stranger.stdout) == (6, "")
    memory = planvault("--database", "memory://", "storage", "drill", "--actor", "ops")
    assert (memory.exit_code, "ends with its process" in memory.stderr) == (3, True)
