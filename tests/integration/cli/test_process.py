"""The installed console script as a process: pipes, signals, start-up."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from .conftest import CommandLine

SCRIPT = Path(sys.executable).with_name("planvault")
HEAVY = ("asyncio", "sqlalchemy", "pydantic", "litestar", "rich", "dependency_injector", "alembic", "msgspec")


def process(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PLAN", "DATABASE_URL"))}
    return subprocess.run(
        [str(SCRIPT), *words], capture_output=True, text=True, encoding="utf-8", check=False, env=environment
    )


def on_terminal(*words: str, **environment: str) -> str:
    """What the script shows on a terminal."""
    mine, its = os.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "PYTHONUTF8": "1", **environment}
    with subprocess.Popen([str(SCRIPT), *words], stdout=its, stderr=its, env=env):
        os.close(its)
        shown = b""
        with contextlib.suppress(OSError):  # how Linux says that the other side hung up
            while part := os.read(mine, 65_536):
                shown += part
    os.close(mine)
    return shown.decode()


def test_the_script_answers_with_exit_codes_and_clean_streams(planvault: CommandLine) -> None:
    listed = process("--database", planvault.database, "plans", "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert listed.stdout.splitlines()[1].startswith("p1 ")
    missing = process("--database", planvault.database, "plans", "show", "nope")
    assert (missing.returncode, missing.stdout) == (4, "")


def test_the_version_is_that_of_the_package() -> None:
    from planvault import __version__  # noqa: PLC0415 (the package under test)

    assert process("--version").stdout == f"planvault {__version__}\n"


def test_a_reader_that_goes_away_is_no_error_to_speak_of(planvault: CommandLine) -> None:
    command = f'"{SCRIPT}" --database "{planvault.database}" plans series p1 --level mrp --format jsonl | head -n 1'
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert result.stdout.startswith('{"level":"mrp"')
    assert result.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("no_colour", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_bars_and_colour_unless_it_wants_none(
    planvault: CommandLine, no_colour: str, *, coloured: bool
) -> None:
    shown = on_terminal("--database", planvault.database, "plans", "summary", "p1", NO_COLOR=no_colour)
    assert "█" in shown
    assert "▁" in shown or "▅" in shown
    assert ("\x1b[" in shown) is coloured


def test_no_colour_goes_into_a_pipe(planvault: CommandLine) -> None:
    assert "\x1b" not in process("--database", planvault.database, "plans", "summary", "p1").stdout


def test_help_loads_nothing_that_only_commands_need() -> None:
    code = textwrap.dedent(
        f"""
        import sys
        sys.argv = ["planvault", "--help"]
        from planvault.infrastructure.console import main
        try:
            main()
        except SystemExit as end:
            assert end.code == 0
        print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
        """
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Commands:" in result.stdout
    assert result.stderr.strip() == "[]"
