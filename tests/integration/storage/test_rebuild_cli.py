"""``planvault storage rebuild`` as it is typed, and killed at its very end."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from planvault import open_planner
from planvault.adapters.files import crash_points
from planvault.adapters.files.mirror_files import FileMirror
from planvault.adapters.sql.image import SqlStoreImage
from planvault.domain.storage.state import StorageMode
from planvault.infrastructure.container import Container
from planvault.testing.builders import det_rows
from planvault.testing.stores import sqlite_url
from tests.integration.cli.conftest import run

from .rebuilding import AYA, registered, settings_of

DIED = 77


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files root of a store with two plans."""
    place = tmp_path_factory.mktemp("made")

    async def make() -> None:
        async with open_planner(settings_of(sqlite_url(place / "plans.db"), place / "root")) as planner:
            for version_id in ("v1", "v2"):
                await registered(planner, version_id)

    asyncio.run(make())
    return place / "root"


@pytest.fixture
def root(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in the working directory."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(made, tmp_path / "root"))


def rebuild(*words: str) -> tuple[int, str]:
    result = run("storage", "rebuild", "root", "--into", "new.db", "--actor", "ops", *words)
    return result.exit_code, result.output


def in_order(place: Path) -> None:
    """The database is whole, and writing goes on."""
    for words in (("audit", "verify"), ("storage", "verify", "--full"), ("plans", "pin", "v2", "--actor", "ben")):
        result = run("--database", "new.db", *words, PLANVAULT_FILES_ROOT=str(place))
        assert result.exit_code == 0, result.output


def test_a_rebuild_is_looked_at_then_made_and_tells_what_is_lost(root: Path) -> None:
    code, said = rebuild("--dry-run")
    assert (code, Path("new.db").exists()) == (0, False)
    assert "would hold what root does: 2 plan versions" in said
    code, said = rebuild("--json", "--comment", "the disk died")
    told = json.loads(said)
    assert (code, told["versions"], told["mode"], told["left_out"]) == (0, 2, "files", [])
    assert "access tokens" in told["never_mirrored"]
    in_order(root)
    assert sorted(path.name for path in Path().iterdir() if not path.name.startswith("new.db")) == ["root"]
    code, said = rebuild("--mode", "both")
    assert (code, "holds something already" in said) == (5, True)


def test_what_is_left_out_is_listed_and_told_by_the_exit_code(root: Path) -> None:
    (root / "current" / "v1.json").write_text("{}")
    code, said = rebuild()
    assert code == 9
    assert "left out  plan version v1: current/v1.json is no file of the mirror." in said
    assert "storage mirror --adopt" in said
    adopted = run(
        "--database", "new.db", "storage", "mirror", "--adopt", "--actor", "ops", PLANVAULT_FILES_ROOT=str(root)
    )
    assert adopted.exit_code == 0, adopted.output
    in_order(root)
    nowhere = run("storage", "rebuild", "nowhere", "--into", "b.db", "--actor", "ops")
    assert (nowhere.exit_code, "is no files root" in nowhere.output, Path("b.db").exists()) == (3, True, False)
    astray = run("storage", "rebuild", "root", "--into", "nowhere/b.db", "--actor", "ops")
    assert (astray.exit_code, "Name another place with --into" in astray.output) == (7, True), astray.output


def test_a_link_among_the_events_is_left_out_in_one_sentence(root: Path) -> None:
    (root / "events" / "z.jsonl").symlink_to("nowhere")
    code, said = rebuild("--dry-run")
    assert code == 9, said
    assert "is a symbolic link, which planvault never follows.\n" in said


POINTS = (
    crash_points.MIRROR_LINES_HALF_WRITTEN,
    crash_points.MIRROR_LINES_SYNCED,
    crash_points.CURRENT_POINTS[1],
)


@pytest.mark.parametrize("point", POINTS)
def test_a_mirror_that_was_broken_off_gives_a_state_that_was_committed(root: Path, made: Path, point: str) -> None:
    """The process dies while it mirrors, and its database is gone with it."""
    shutil.copy(made.parent / "plans.db", "old.db")
    old, new = (sqlite_url(Path(name).absolute()) for name in ("old.db", "new.db"))

    def reached(passed: str) -> None:
        if passed == point:
            os._exit(DIED)

    async def replaced() -> None:
        settings = settings_of(old, root)
        container = Container(settings=settings, database_or_engine=settings.database_url)
        container.mirror_files.override(FileMirror(root, reached=reached))
        await container.planner().plans.replace("v1", det_rows(9), actor=AYA)

    async def looked_at(*, adopted: bool) -> str:
        settings = settings_of(new, root, StorageMode.FILES)
        async with open_planner(settings) as planner:
            assert (await planner.audit.verify()).clean
            if adopted:
                await planner.storage.adopt(actor=AYA)
            rows = [row async for row in planner.plans.series("v1", level="det")]
            await registered(planner, "v3")
            assert [finding async for finding in planner.storage.verify(full=True)] == []
            assert (await planner.audit.verify()).clean
            return str(len(rows))

    child = os.fork()
    if child == 0:
        asyncio.run(replaced())
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == DIED
    Path("old.db").unlink()
    code, said = rebuild()
    told = {
        crash_points.MIRROR_LINES_HALF_WRITTEN: "its last line was cut off",
        crash_points.MIRROR_LINES_SYNCED: "state of plan version v1: It is that of event 1; event 2 tells of more.",
    }.get(point)
    assert code == (0 if told is None else 9), said
    assert (told or "") in said
    assert asyncio.run(looked_at(adopted=told is not None)) == (
        "9" if point == crash_points.CURRENT_POINTS[1] else "40"
    )


def die(*_: object) -> None:
    os._exit(DIED)


def killed(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, instead: Callable[..., object]) -> None:
    """Rebuild in a process that ends where it would do that."""
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(owner, name, instead)
        rebuild()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == DIED


def test_a_rebuild_killed_before_its_rename_leaves_nothing_under_the_name(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (root / "root.json").read_bytes()
    killed(monkeypatch, SqlStoreImage, "take", die)
    assert not Path("new.db").exists()
    killed(monkeypatch, os, "link", die)
    assert not Path("new.db").exists()
    assert (root / "root.json").read_bytes() == before
    assert rebuild()[0] == 0
    in_order(root)


def test_a_rebuild_killed_after_its_rename_leaves_the_whole_and_is_finished(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(monkeypatch, FileMirror, "save_root", die)
    assert run("--database", "new.db", "audit", "verify", PLANVAULT_FILES_ROOT=str(root)).exit_code == 0
    refused = run("--database", "new.db", "plans", "pin", "v2", "--actor", "ben", PLANVAULT_FILES_ROOT=str(root))
    assert (refused.exit_code, "another epoch" in refused.output) == (5, True)
    code, said = rebuild("--hand-over")
    assert (code, "root belongs to" in said) == (0, True)
    in_order(root)
