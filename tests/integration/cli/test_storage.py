"""Storage by the command line."""

from __future__ import annotations

from pathlib import Path

from .conftest import CommandLine


def test_a_store_goes_from_tables_to_tables_and_files_and_back(planvault: CommandLine, tmp_path: Path) -> None:
    root = {"PLANVAULT_FILES_ROOT": str(tmp_path / "files")}
    assert planvault.ok("storage", "status").startswith("Payloads are kept in the mode db.\n")
    rootless = planvault.refused("storage", "mode", "both", "--actor", "aya")
    assert (rootless.code, "PLANVAULT_FILES_ROOT" in rootless.message) == (3, True)

    switched = planvault("storage", "mode", "both", "--actor", "aya", **root)
    assert (switched.exit_code, switched.stdout) == (0, "Payloads are kept in the mode both from now on.\n")
    assert "storage repair --from db" in switched.stderr

    unfiled = planvault("storage", "verify", **root)
    assert (unfiled.exit_code, unfiled.stdout) == (8, "p1: no folder holds its payload\n1 finding.\n")
    assert planvault.ok("storage", "repair", "--from", "db", "--actor", "aya", **root).startswith("p1 repaired\n")
    assert planvault.ok("storage", "verify", "--full", **root) == "Everything agrees.\n"
    status = planvault.json("storage", "status", **root)
    assert (status["mode"], status["filed"], status["unfiled"], status["files_root"]) == (
        "both",
        1,
        [],
        str(tmp_path / "files"),
    )
    assert "1 version" in planvault.ok("storage", "status", **root)

    other = planvault.refused("plans", "list", PLAN_STORAGE_MODE="db", **root)
    assert (other.code, "keeps payloads in the mode both" in other.message) == (5, True)
    assert planvault.ok("storage", "mode", "db", "--actor", "aya", PLAN_STORAGE_MODE="db", **root)
    planvault.ok("plans", "list", PLAN_STORAGE_MODE="db", **root)


def test_damage_is_told_with_exit_code_8_and_repaired_from_the_named_side(
    planvault: CommandLine, tmp_path: Path
) -> None:
    root = {"PLANVAULT_FILES_ROOT": str(tmp_path / "files")}
    planvault.ok("storage", "mode", "both", "--actor", "aya", **root)
    planvault.ok("storage", "repair", "--from", "db", "--actor", "aya", **root)
    (rows,) = (tmp_path / "files").glob("versions/p1/*/det.jsonl")
    rows.write_bytes(rows.read_bytes()[:-5])

    found = planvault("storage", "verify", "--full", "--json", **root)

    assert found.exit_code == 8
    assert '"kind": "damaged"' in found.stdout
    refused = planvault.refused("storage", "repair", "p1", "--from", "files", "--actor", "aya", **root)
    assert refused.code == 8
    unnamed = planvault.json("storage", "repair", "--from", "files", "--actor", "aya", **root)
    assert unnamed == {"repaired": []}  # the tables lack nothing
    assert planvault.json("storage", "repair", "p1", "--from", "db", "--actor", "aya", **root) == {"repaired": ["p1"]}
    assert planvault.ok("storage", "sweep", "--actor", "aya", **root) == "1 folder moved to trash.\n"
    assert planvault.json("storage", "verify", "--full", **root)["clean"]


def test_a_file_that_is_no_legacy_database_is_refused(planvault: CommandLine, tmp_path: Path) -> None:
    missing = planvault.refused("storage", "rollback", "--to-legacy", str(tmp_path / "no.db"), "--actor", "aya")
    assert (missing.code, "Copy the legacy database there first" in missing.message) == (4, True)
    ours = planvault.refused("storage", "rollback", "--to-legacy", planvault.database, "--actor", "aya")
    assert (ours.code, "one of planvault's own" in ours.message) == (3, True)


def test_the_mirror_is_written_verified_and_adopted(planvault: CommandLine, tmp_path: Path) -> None:
    root = {"PLANVAULT_FILES_ROOT": str(tmp_path / "files")}
    alone = planvault.refused("storage", "mirror", "--actor", "aya", **root)
    assert (alone.code, "tables alone" in alone.message) == (5, True)
    planvault.ok("storage", "mode", "both", "--actor", "aya", **root)
    planvault.ok("storage", "repair", "--from", "db", "--actor", "aya", **root)
    assert planvault.json("storage", "mirror", "--all", "--actor", "aya", **root)["versions"] == 1
    current = tmp_path / "files" / "current" / "p1.json"
    current.write_text("cut", encoding="utf-8")
    found = planvault("storage", "verify", **root)
    assert (found.exit_code, found.stdout) == (8, "p1 current/p1.json: is not what was written\n1 finding.\n")
    assert "0 streams written" in planvault.ok("storage", "mirror", "--actor", "aya", **root)
    assert "1 version" in planvault.ok("storage", "mirror", "--all", "--actor", "aya", **root)
    planvault.ok("storage", "verify", "--full", **root)

    away = current.parents[1].rename(tmp_path / "away")
    planvault.ok("plans", "pin", "p1", "--actor", "ben", **root)
    status = planvault("storage", "status", **root)
    assert "  not mirrored  1 commit, since " in status.stdout
    assert "storage mirror" in status.stderr
    assert planvault.json("storage", "status", **root)["outbox"]["count"] == 1
    away.rename(current.parents[1])
    assert planvault.json("storage", "mirror", "--actor", "aya", **root)["commits"] == 1

    both = planvault("storage", "mirror", "--all", "--adopt", "--actor", "aya", **root)
    assert both.exit_code == 2
    adopted = planvault.ok("storage", "mirror", "--adopt", "--comment", "again", "--actor", "aya", **root)
    assert adopted == "The files root is this store's now, and has all that the ledger tells.\n"
    planvault.ok("storage", "verify", "--full", **root)
