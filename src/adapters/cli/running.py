"""Running a command's work in an event loop that ends cleanly when it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import click

T = TypeVar("T")

TERMINATED = 143


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
