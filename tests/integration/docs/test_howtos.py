"""The how-to pages, typed as they stand: every command has the exit code and the output that the page promises.

One page is typed with the installed script, the others with one that starts sooner (``tests.support.forking``).
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from planvault import Actor, RegisterRequest, Settings, open_planner
from planvault.domain.storage.state import StorageMode
from planvault.testing.builders import det_rows
from planvault.testing.stores import sqlite_url
from tests.support.forking import ForkServer

INSTALLED = Path(sys.executable).with_name("planvault")
HOWTOS = Path(__file__).parents[3] / "docs" / "howto"
LEGACY = Path(__file__).parents[4] / "shared" / "data" / "legacy" / "scpln-small.db"
FENCE = re.compile(r"^```(sh)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT_CODE = re.compile(r"\s+# exit code (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """Commands to type, and what is shown below them."""

    commands: str
    shown: tuple[str, ...]


def steps(page: str) -> list[Step]:
    """The blocks of commands of a page, each with the lines of the output block that follows it."""
    found: list[Step] = []
    for kind, body in FENCE.findall((HOWTOS / page).read_text(encoding="utf-8")):
        if kind == "sh":
            found.append(Step(body, ()))
        elif found:
            found[-1] = Step(found[-1].commands, tuple(line for line in body.splitlines() if line.strip()))
    return found


def script(commands: str) -> str:
    """Commands that stop at the first unexpected exit code."""
    expecting = EXIT_CODE.sub(r"; code=$?; set -e; test $code -eq \1", commands)
    lines = [f"set +e; {line}" if "; code=$?; " in line else line for line in expecting.splitlines()]
    return "\n".join(["set -eo pipefail", *lines])


def shows(output: str, wanted: str) -> bool:
    """Whether some line of the output is the wanted one; … stands for anything, and spaces for any number of them."""
    parts = [r"\s+".join(map(re.escape, part.split())) for part in wanted.split("…")]
    pattern = re.compile(r"\s*" + r".*".join(rf"\s*{part}\s*" for part in parts) + r"\s*")
    return any(pattern.fullmatch(line) for line in output.splitlines())


@pytest.mark.parametrize("page", ["bring-in-inputs.md", "plan-a-day.md", "maintain.md"])
def test_a_page_does_what_it_says(page: str, tmp_path: Path, forks: ForkServer) -> None:
    typed(page, tmp_path, forks.script())


@pytest.mark.parametrize(("page", "installed"), [("runbook-dev.md", True), ("runbook-staging.md", False)])
def test_a_runbook_takes_over_a_legacy_database(
    page: str, installed: bool, tmp_path: Path, legacy: Path, forks: ForkServer
) -> None:
    before = legacy.read_bytes()
    typed(page, tmp_path, INSTALLED if installed else forks.script())
    assert legacy.read_bytes() == before
    assert versions_in(tmp_path / "plans.db") == versions_in(legacy)


def test_the_runbooks_of_production_and_of_the_way_back_lose_nothing(
    tmp_path: Path, legacy: Path, forks: ForkServer
) -> None:
    untouched = legacy.read_bytes()
    typed("runbook-production.md", tmp_path, forks.script())
    before = versions_in(tmp_path / "plans.db")
    assert before == versions_in(legacy)
    typed("runbook-rollback.md", tmp_path, forks.script())
    assert versions_in(tmp_path / "back.db") >= before
    assert versions_in(tmp_path / "restored.db") == versions_in(tmp_path / "plans.db") == before
    assert legacy.read_bytes() == untouched


def test_a_database_that_is_lost_is_built_anew_from_files(tmp_path: Path, forks: ForkServer) -> None:
    settings = Settings(
        database_url=sqlite_url(tmp_path / "plans.db"),
        storage_mode=StorageMode.FILES,
        files_root=tmp_path / "files",
    )
    asyncio.run(registered(settings))
    (tmp_path / "plans.db").unlink()
    typed("rebuild-from-files.md", tmp_path, forks.script())
    assert versions_in(tmp_path / "new.db") == {"v1"}


def test_a_store_cuts_over_and_back_as_the_page_says(tmp_path: Path, forks: ForkServer) -> None:
    asyncio.run(registered(Settings(database_url=sqlite_url(tmp_path / "plans.db"))))
    typed("cutover.md", tmp_path, forks.script())
    assert versions_in(tmp_path / "plans.db") == {"v1", "v2"}


async def registered(settings: Settings) -> None:
    """A store with a plan v1."""
    async with open_planner(settings) as planner:
        request = RegisterRequest(version_id="v1", actor=Actor.asserted("aya"), trigger="test")
        await planner.plans.register(request, det_rows())


@pytest.fixture
def legacy(tmp_path: Path) -> Path:
    """A copy of the legacy database, where the pages expect it."""
    if not LEGACY.is_file():
        pytest.skip("the legacy data is not on this machine")
    return Path(shutil.copy(LEGACY, tmp_path / "legacy.db"))


def versions_in(database: Path) -> set[str]:
    """The plan versions of a database, ours or a legacy one."""
    connection = sqlite3.connect(database)
    try:
        return {name for (name,) in connection.execute("SELECT version_id FROM plan_versions")}
    finally:
        connection.close()


def typed(page: str, tmp_path: Path, program: Path) -> None:
    """Type the commands of a page, block by block, where this program is what ``planvault`` runs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PLAN", "DATABASE"))}
    environment["PATH"] = f"{program.parent}{os.pathsep}{environment['PATH']}"
    environment["PLANVAULT_CACHE_DIR"] = str(tmp_path / "cache")
    environment["DATABASE_URL"] = "sqlite+aiosqlite:///plans.db"
    for step in steps(page):
        done = subprocess.run(
            ["bash", "-c", script(step.commands)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        said = f"{step.commands}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, said
        missing = [line for line in step.shown if not shows(f"{done.stdout}\n{done.stderr}", line)]
        assert missing == [], said
