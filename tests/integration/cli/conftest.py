"""The command line on SQLite files in a directory of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from planvault.adapters.cli.main import cli
from planvault.adapters.exchange.samples import sample_directory
from planvault.infrastructure.console import ConsoleLauncher

REPORT = 'INSERT INTO "planning_import_reports"'


@dataclass(frozen=True)
class Refusal:
    """How a command was refused."""

    code: int
    message: str
    out: str


@dataclass(frozen=True)
class CommandLine:
    """``planvault --database …`` in one directory."""

    database: str

    def __call__(self, *words: str, **environment: str) -> Result:
        return run("--database", self.database, *words, **environment)

    def ok(self, *words: str, **environment: str) -> str:
        result = self(*words, **environment)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def json(self, *words: str, **environment: str) -> Any:
        result = self(*words, "--json", **environment)
        assert result.exit_code == 0, result.stderr
        assert result.stderr == ""
        return json.loads(result.stdout)

    def refused(self, *words: str, **environment: str) -> Refusal:
        """How it was refused, after checking that it stored nothing but a report and said nothing on stdout."""
        before = self.dump()
        result = self(*words, **environment)
        assert result.exit_code != 0
        assert "Traceback" not in result.stderr
        assert result.stdout == ""
        assert self.dump() == before
        return Refusal(result.exit_code, result.stderr, result.stdout)

    def dump(self) -> list[str]:
        """Everything that is stored, as SQL."""
        connection = sqlite3.connect(self.database)
        try:
            return [line for line in connection.iterdump() if not line.startswith(REPORT)]
        finally:
            connection.close()


def run(*words: str, **environment: str) -> Result:
    """One call of the command line, without what the machine's environment says."""
    clean: dict[str, str | None] = {
        name: None for name in os.environ if name.startswith(("PLANVAULT_", "PLAN_", "DATABASE_URL"))
    }
    return CliRunner().invoke(cli, list(words), obj=ConsoleLauncher(), env={**clean, **environment})


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory is the test's own: no .env, no database of anybody else."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def approved_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which the sample was imported as weekly by aya, approved by ben, and planned from as p1."""
    path = tmp_path_factory.mktemp("approved") / "plans.db"
    store = CommandLine(str(path))
    store.ok("inputs", "import", "-i", str(sample_directory()), "--label", "weekly", "--actor", "aya")
    store.ok("inputs", "submit", "weekly", "--actor", "aya")
    store.ok("inputs", "approve", "weekly@1", "--actor", "ben")
    store.ok("plans", "create", "--input-set", "weekly", "--version-id", "p1", "--actor", "aya")
    return path


@pytest.fixture
def planvault(approved_store: Path, tmp_path: Path) -> CommandLine:
    """The command line on a copy of the approved store."""
    copy = tmp_path / "plans.db"
    shutil.copy(approved_store, copy)
    return CommandLine(str(copy))


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A directory of sample input files that the test may spoil."""
    return Path(shutil.copytree(sample_directory(), tmp_path / "week47"))
