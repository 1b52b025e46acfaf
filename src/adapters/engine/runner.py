"""Runs every engine in a process of its own, so that it can be stopped and cannot harm the one that asked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from ...application.engine import EngineRunner, Progress, RunningEngine
from ...domain.errors import EngineError, InvalidRequestError, PlanvaultError
from ...domain.inputs.content import InputContent
from ...domain.inputs.sections import SECTIONS
from ...domain.plans.series import SeriesRow
from .catalogue import load_engine
from .frames import ANY_BODY, FAILURE_BODY, HEAD, ROWS_BODY, ROWS_BY_FRAME, Failure, Kind, frame

WORKER = "planvault.adapters.engine.worker"
PIPE_BYTES = 1 << 20
STDERR_BYTES = 8192
PATIENCE = 5.0
NOT_FOR_ENGINES = ("DATABASE_URL", "OPENAI_API_KEY")
OWN_SETTINGS = "PLANVAULT_"


class SubprocessEngineRunner(EngineRunner):
    """Starts one worker process per run, sends it the inputs and takes its results as they come."""

    def describe(self, name: str, parameters: Mapping[str, Any], inputs: InputContent) -> tuple[str, dict[str, Any]]:
        """The engine's version, and all parameters in force.

        Raises:
            NotFoundError: there is no engine of that name.
            InvalidRequestError: a parameter is wrong.
        """
        engine = load_engine(name)
        return engine.version, engine.parameters(parameters, inputs)

    @asynccontextmanager
    async def run(
        self, name: str, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress
    ) -> AsyncIterator[RunningEngine]:
        """Start the engine; entered, it has computed. Leaving kills what still runs and waits for its end.

        Raises:
            NotFoundError: there is no engine of that name.
            EngineError: the engine failed or crashed, or no process could be started for it.
            InvalidRequestError: the engine refuses a parameter.
        """
        load_engine(name)
        process = await _started(name)
        errors = asyncio.ensure_future(_tail(process))
        sending = asyncio.ensure_future(_send(process, name, inputs, parameters))
        try:
            running = _Worker(name, process, errors, progress)
            await running.computed()
            yield running
        finally:
            await _end(process, sending, errors)


class _Worker(RunningEngine):
    """The results of one worker process, in the order that it sends them."""

    def __init__(self, name: str, process: Process, errors: asyncio.Future[str], progress: Progress) -> None:
        assert process.stdout is not None  # noqa: S101 (it was started with a pipe)
        self._name = name
        self._process = process
        self._stdout = process.stdout
        self._errors = errors
        self._progress = progress
        self._headers: Mapping[str, Mapping[str, Any]] = {}
        self._inside = False

    @property
    def headers(self) -> Mapping[str, Mapping[str, Any]]:
        """What artifacts say besides rows; complete once the levels are."""
        return self._headers

    async def computed(self) -> None:
        """Wait until the engine has computed its plan."""
        await self._expect(Kind.HEADERS)

    async def levels(self) -> AsyncIterator[tuple[str, AsyncIterator[list[SeriesRow]]]]:
        """Each level's name with its batches; batches that are not taken are passed over.

        Raises:
            EngineError: the engine failed, was stopped, or delivered something else than rows.
        """
        while True:
            kind, body = await self._expect(Kind.LEVEL, Kind.END)
            if kind == Kind.END:
                return
            self._inside = True
            yield str(ANY_BODY.decode(body)), self._batches()
            async for _ in self._batches():
                pass

    async def _batches(self) -> AsyncIterator[list[SeriesRow]]:
        while self._inside:
            kind, body = await self._expect(Kind.ROWS, Kind.LEVEL_END)
            if kind == Kind.LEVEL_END:
                self._inside = False
                return
            try:
                rows = ROWS_BODY.decode(body)
            except msgspec.DecodeError as error:
                raise EngineError(
                    f"The engine {self._name} delivered a row that is none: {error}.", engine=self._name
                ) from error
            yield rows

    async def _expect(self, *kinds: Kind) -> tuple[Kind, bytes]:
        """The next frame of these kinds; progress and headers are taken on the way."""
        while True:
            kind, body = await self._frame()
            if kind == Kind.FAILED:
                raise _error(FAILURE_BODY.decode(body))
            if kind == Kind.PROGRESS:
                stage, share = ANY_BODY.decode(body)
                self._progress(stage, share)
            if kind == Kind.HEADERS:
                self._headers = ANY_BODY.decode(body)
            if kind in kinds:
                return kind, body

    async def _frame(self) -> tuple[Kind, bytes]:
        try:
            length, kind = HEAD.unpack(await self._stdout.readexactly(HEAD.size))
            return Kind(kind), await self._stdout.readexactly(length)
        except asyncio.IncompleteReadError:
            code = await self._process.wait()
            reason = await self._errors or f"its process ended with code {code}"
            raise EngineError(f"The engine {self._name} stopped without a plan: {reason}", engine=self._name) from None


def _error(failure: Failure) -> PlanvaultError:
    kind = InvalidRequestError if failure.code == InvalidRequestError.code else EngineError
    return kind(failure.message, remedy=failure.remedy, **failure.params)


async def _started(name: str) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable or "",
            "-P",
            "-m",
            WORKER,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            limit=PIPE_BYTES,
            env=_environment(),
            start_new_session=True,
        )
    except OSError as error:
        raise EngineError(
            f"No process could be started for the engine {name}: {error}.",
            remedy="planvault starts engines with sys.executable; look whether that is a Python interpreter.",
            engine=name,
        ) from error


def _environment() -> dict[str, str]:
    """Our environment with our import path; without what leads to a store or an account."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in NOT_FOR_ENGINES and not name.startswith(OWN_SETTINGS)
    }
    return kept | {"PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path)}


async def _send(process: Process, name: str, inputs: InputContent, parameters: Mapping[str, Any]) -> None:
    """Write the inputs, and leave the pipe open: a worker ends when it closes."""
    assert process.stdin is not None  # noqa: S101 (it was started with a pipe)
    with contextlib.suppress(ConnectionError):
        for part in _request(name, inputs, parameters):
            process.stdin.write(part)
            await process.stdin.drain()


def _request(name: str, inputs: InputContent, parameters: Mapping[str, Any]) -> Iterator[bytes]:
    for section in SECTIONS:
        walk = iter(inputs.rows(section.name))
        while batch := list(islice(walk, ROWS_BY_FRAME)):
            yield frame(Kind.SECTION, [section.name, batch])
    yield frame(Kind.RUN, [name, dict(parameters)])


async def _tail(process: Process) -> str:
    """The last line that the worker writes to stderr; all of it is read, so that it never waits for us."""
    assert process.stderr is not None  # noqa: S101 (it was started with a pipe)
    kept = b""
    while part := await process.stderr.read(PIPE_BYTES):
        kept = (kept + part)[-STDERR_BYTES:]
    lines = kept.decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


async def _end(process: Process, sending: asyncio.Future[None], errors: asyncio.Future[str]) -> None:
    """Kill the worker and what it started, and wait until it is gone."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    sending.cancel()
    assert process.stdin is not None  # noqa: S101 (it was started with a pipe)
    assert process.stdout is not None  # noqa: S101
    process.stdin.close()
    with contextlib.suppress(TimeoutError):  # something it started may hold the pipes open
        async with asyncio.timeout(PATIENCE):
            while await process.stdout.read(PIPE_BYTES):
                pass
            await asyncio.gather(sending, errors, return_exceptions=True)
            await process.wait()
    errors.cancel()
