"""Processes forked from one that has everything imported: real ones, without the second that imports take.

``ForkServer`` starts a server process and asks it for processes; the file itself is the server (``python -m …``). A
process gets its arguments, environment, working directory and standard streams from whoever asks, and can be killed
like any other. ``ForkServer.script`` writes a ``planvault`` that behaves like the installed one.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

PLANVAULT = "planvault.infrastructure.console:main"
NUMBER = struct.Struct("!q")
STREAMS = 3
REPOSITORY = Path(__file__).parents[2]
WAIT = 60.0
# It asks the server for a process, passes signals on, and ends as that process ends.
SCRIPT = """#!{python} -IS
import json, os, signal, socket, struct, sys
number = struct.Struct("!q")
body = json.dumps({{"argv": sys.argv, "environment": dict(os.environ), "call": {call!r}}}).encode()
asked = socket.socket(socket.AF_UNIX)
asked.connect({address!r})
here = os.open(".", os.O_RDONLY)
socket.send_fds(asked, [number.pack(len(body))], [0, 1, 2, here])
asked.sendall(body)
process = number.unpack(asked.recv(number.size, socket.MSG_WAITALL))[0]
for received in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(received, lambda it, _: os.kill(process, it))
code = os.waitstatus_to_exitcode(number.unpack(asked.recv(number.size, socket.MSG_WAITALL))[0])
if code < 0:
    signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


class Forked:
    """A process of the server's."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.pid = _number(connection)
        self.returncode: int | None = None

    def wait(self, timeout: float = WAIT) -> int:
        """The exit code, or the negative number of the signal that killed it (as ``subprocess`` tells it).

        Raises:
            subprocess.TimeoutExpired: it runs longer than so many seconds.
        """
        if self.returncode is None:
            self._connection.settimeout(timeout)
            try:
                self.returncode = os.waitstatus_to_exitcode(_number(self._connection))
            except TimeoutError:
                raise subprocess.TimeoutExpired(str(self.pid), timeout) from None
            self._connection.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def killed(self) -> int:
        """Kill it, and wait until it is dead; its exit code."""
        self.send_signal(signal.SIGKILL)
        return self.wait()


class ForkServer:
    """A server of processes, which lasts as long as the ``with`` block."""

    def __init__(self, folder: Path) -> None:
        self._address = folder / "forks"
        self._folder = folder

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(self._address)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"listening\n", "the server of processes did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        assert self._process.returncode == 0

    def start(
        self,
        call: str,
        *argv: str,
        environment: Mapping[str, str],
        cwd: Path,
        streams: Sequence[int] | None = None,
    ) -> Forked:
        """A process that calls ``module:function`` with these arguments in ``sys.argv``.

        ``streams`` are descriptors for stdin, stdout and stderr; without them, all three lead nowhere.
        """
        body = json.dumps({"argv": argv, "environment": dict(environment), "call": call}).encode()
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self._address))
        nowhere, here = os.open(os.devnull, os.O_RDWR), os.open(cwd, os.O_RDONLY)
        try:
            socket.send_fds(connection, [NUMBER.pack(len(body))], [*(streams or [nowhere] * STREAMS), here])
        finally:
            os.close(nowhere)
            os.close(here)
        connection.sendall(body)
        return Forked(connection)

    def script(self) -> Path:
        """A script ``planvault``, alone in its folder."""
        path = self._folder / "bin" / "planvault"
        if not path.exists():
            path.parent.mkdir()
            path.write_text(
                SCRIPT.format(python=sys.executable, address=str(self._address), call=PLANVAULT), encoding="utf-8"
            )
            path.chmod(0o755)
        return path


def _number(connection: socket.socket) -> int:
    got = connection.recv(NUMBER.size, socket.MSG_WAITALL)
    assert got, "the server of processes is gone"
    return int(NUMBER.unpack(got)[0])


def _serve(address: str) -> None:
    """Fork a keeper for every connection until stdin closes."""
    _import_everything()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        print("listening", flush=True)  # noqa: T201
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _keep(connection)
            connection.close()


def _import_everything() -> None:
    import planvault  # noqa: PLC0415

    for module in pkgutil.walk_packages(planvault.__path__, "planvault."):
        if not module.name.startswith("planvault.testing.contracts"):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def _keep(connection: socket.socket) -> None:
    """Fork the process that is asked for, tell its number and how it ended; kill it when nobody waits any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, descriptors, _, _ = socket.recv_fds(connection, NUMBER.size, STREAMS + 1)
    asked = json.loads(connection.recv(NUMBER.unpack(size)[0], socket.MSG_WAITALL))
    process = os.fork()
    if process == 0:
        connection.close()
        _become(asked, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    connection.sendall(NUMBER.pack(process))
    ended = os.pidfd_open(process)
    ready, _, _ = select.select([ended, connection.fileno()], [], [])
    if ended not in ready:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    with contextlib.suppress(ConnectionError):
        connection.sendall(NUMBER.pack(status))
    os._exit(0)


def _become(asked: dict[str, Any], descriptors: Sequence[int]) -> None:
    """Be the process that was asked for, from its streams to its exit code."""
    os.setsid()
    os.fchdir(descriptors[STREAMS])
    for stream, descriptor in enumerate(descriptors[:STREAMS]):
        os.dup2(descriptor, stream)
    for descriptor in descriptors:
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    sys.argv = list(asked["argv"])
    module, _, function = asked["call"].partition(":")
    getattr(importlib.import_module(module), function)()
    sys.exit(0)


if __name__ == "__main__":
    _serve(sys.argv[1])
