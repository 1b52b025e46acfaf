"""Running a command's work in an event loop that ends cleanly when it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import click

T = TypeVar("T")

TERMINATED = 143
INTERRUPTED = 130


class Stopping:
    """Whether somebody asked for an end: work that asks finishes what it has begun; a second signal cancels it."""

    def __init__(self) -> None:
        self.exit_code: int | None = None

    def __call__(self) -> bool:
        """Whether somebody did."""
        return self.exit_code is not None

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM for a wish, for as long as this lasts; to be entered within the loop."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def wish(code: int) -> None:
            if self.exit_code is not None and task is not None:
                task.cancel()
            self.exit_code = code

        codes = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}
        before = signal.getsignal(signal.SIGINT)
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            for number, code in codes.items():
                loop.add_signal_handler(number, wish, code)
        try:
            yield
        finally:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.remove_signal_handler(signal.SIGINT)
                signal.signal(signal.SIGINT, before)


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of the work.

    SIGINT and SIGTERM cancel it, so that its transaction is rolled back and its engine is stopped; after that SIGINT
    leaves as ``KeyboardInterrupt`` and SIGTERM as exit code 143.
    """
    try:
        return asyncio.run(_until_terminated(work))
    except asyncio.CancelledError:
        raise click.exceptions.Exit(TERMINATED) from None


async def _until_terminated(work: Coroutine[Any, Any, T]) -> T:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    # Elsewhere than in the main thread, and on Windows, the default action of the signal stands.
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        if task is not None:
            loop.add_signal_handler(signal.SIGTERM, task.cancel)
    return await work
