"""The installed console script as a process: pipes, signals, start-up."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
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


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such shell")
@pytest.mark.parametrize("words", ["plans list", "plans series p1 --level det", "plans list --json", "settings"])
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", ">&- <&-"])
def test_a_closed_stdout_is_a_reader_that_went_away(planvault: CommandLine, words: str, closed: str) -> None:
    command = f'"{SCRIPT}" --database "{planvault.database}" {words} {closed}'
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (141, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="a link to a script is another thing there")
def test_a_command_to_type_next_runs_the_same_script(planvault: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "planvault").symlink_to(SCRIPT)
    words = ["--database", planvault.database, "plans", "show", "nope"]
    told = {}
    for path in ("/nowhere", str(SCRIPT.parent)):
        environment = {**os.environ, "PATH": path}
        result = subprocess.run(
            ["bin/planvault", *words], capture_output=True, text=True, check=False, env=environment, cwd=tmp_path
        )
        told[path] = result.stderr.partition("See ")[2].split()[0]
    assert told == {"/nowhere": "bin/planvault", str(SCRIPT.parent): "planvault"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_a_plan_that_was_stopped_says_so(planvault: CommandLine) -> None:
    words = ["--database", planvault.database, "plans", "create", "--input-set", "weekly", "--actor", "aya"]
    with subprocess.Popen([str(SCRIPT), *words], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as working:
        while not planvault.json("jobs", "list", "--status", "running")["items"]:
            assert working.poll() is None, "it was done before it could be stopped"
        working.send_signal(signal.SIGINT)
        out, err = working.communicate(timeout=60)
    assert (working.returncode, out.strip()) == (130, "")
    assert "Stopped; what was not finished was not stored." in err
    job = planvault.json("jobs", "list")["items"][0]
    shown = planvault.ok("jobs", "show", job["job_id"])
    assert shown.startswith(f"{job['job_id']} canceled\n")
    assert "told to stop before it was done" in shown
    assert "told to stop before it was done" in planvault.ok("runs", "show", job["run_id"])


def test_a_server_says_where_it_listens_only_when_it_does(planvault: CommandLine) -> None:
    refused = process("--database", planvault.database, "serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 (refused)
    assert refused.returncode == 3
    assert "Listening" not in refused.stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = process("--database", planvault.database, "serve", "--port", str(port))
    assert result.returncode == 3
    assert result.stderr.startswith(f"Refused: Port {port} on 127.0.0.1 is taken.\n")
    assert "--port" in result.stderr.splitlines()[1]
    words = [str(SCRIPT), "--database", planvault.database, "serve", "--port", "0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stderr is not None
        said = serving.stderr.readline()
        port = int(said.partition("http://127.0.0.1:")[2].split()[0])
        socket.create_connection(("127.0.0.1", port), timeout=60).close()
        serving.terminate()
    assert said.startswith("Listening at ")


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
