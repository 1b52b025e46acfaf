"""The process that runs one engine once: inputs from stdin, results to stdout, never a store.

Started by ``runner.py`` as ``python -m planvault.adapters.engine.worker``; not meant for people.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, BinaryIO

from ...domain.errors import PlanvaultError
from ...domain.inputs.content import InputContent
from ...domain.inputs.sections import SECTIONS_BY_NAME, InputRow
from ...domain.plans.series import SeriesRow
from .catalogue import load_engine
from .frames import ANY_BODY, HEAD, ROWS_BY_FRAME, Failure, Kind, frame

STDIN, STDOUT, STDERR = 0, 1, 2
OBJECTS_BY_COLLECTION = 500_000

Send = Callable[..., None]


def main() -> int:
    """Run the engine that stdin asks for; the exit code is 0 also when an error was sent."""
    with os.fdopen(os.dup(STDOUT), "wb") as results:
        os.dup2(STDERR, STDOUT)  # an engine that prints must not break the frames
        gc.set_threshold(OBJECTS_BY_COLLECTION)  # rows hold no cycles, and there are many

        def send(kind: Kind, body: Any = None) -> None:
            results.write(frame(kind, body))
            if kind != Kind.ROWS:
                results.flush()

        try:
            name, parameters, inputs = _request(sys.stdin.buffer)
            threading.Thread(target=_end_with_the_runner, daemon=True).start()
            _run(name, parameters, inputs, send)
        except PlanvaultError as error:
            send(Kind.FAILED, _failure(error))
        except BrokenPipeError:
            with contextlib.suppress(OSError):
                results.close()
            return 1
    return 0


def _request(stdin: BinaryIO) -> tuple[str, dict[str, Any], InputContent]:
    sections: dict[str, list[InputRow]] = {}
    while True:
        length, kind = HEAD.unpack(stdin.read(HEAD.size))
        body = ANY_BODY.decode(stdin.read(length))
        if kind == Kind.RUN:
            name, parameters = body
            return name, parameters, InputContent.of(sections)
        section, rows = body
        row_type = SECTIONS_BY_NAME[section].row_type
        sections.setdefault(section, []).extend(row_type(*row) for row in rows)


def _run(name: str, parameters: dict[str, Any], inputs: InputContent, send: Send) -> None:
    def progress(stage: str, share: float) -> None:
        send(Kind.PROGRESS, [stage, share])

    result = load_engine(name).run(inputs, parameters, progress)
    send(Kind.HEADERS, dict(result.headers))
    for level, rows in result.levels.items():
        send(Kind.LEVEL, level)
        _send_rows(rows, send)
        send(Kind.LEVEL_END)
    send(Kind.HEADERS, dict(result.headers))
    send(Kind.END)


def _send_rows(rows: Iterable[SeriesRow], send: Send) -> None:
    walk = iter(rows)
    while batch := list(islice(walk, ROWS_BY_FRAME)):
        send(Kind.ROWS, batch)


def _failure(error: PlanvaultError) -> Failure:
    params = {name: str(value) for name, value in error.params.items()}
    return Failure(error.code, error.message, error.remedy, params)


def _end_with_the_runner() -> None:
    """End this process when the runner's end of stdin closes: nobody is left to take the plan."""
    with contextlib.suppress(OSError):
        while os.read(STDIN, 1):
            pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
