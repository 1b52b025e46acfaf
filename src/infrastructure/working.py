"""Working on jobs in this process, and letting go of them in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..application.planner import Planner

GRACE_SECONDS = 10


async def work(planner: Planner, at_once: int) -> signal.Signals | None:
    """Work on so many jobs at once until SIGINT, SIGTERM or cancellation; the signal, which has not taken its course.

    After the first signal nothing more is taken up; what is at work has ten seconds, or until the second signal, and
    is put back then.
    """
    stopped = asyncio.Event()
    received: list[signal.Signals] = []
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def note(number: signal.Signals) -> None:
        if received and task is not None:
            task.cancel()
        received.append(number)
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        # Elsewhere than in the main thread, and on Windows, the default action of the signal stands.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, note, number)
    try:
        async with working(planner, at_once):
            await stopped.wait()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.remove_signal_handler(number)
    return received[0] if received else None


async def work_off(planner: Planner, at_once: int) -> int:
    """Work on what waits, so many at once, until nothing does; how many jobs were done."""

    async def one_after_another() -> int:
        done = 0
        while await planner.jobs.work_once() is not None:
            done += 1
        return done

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one_after_another()) for _ in range(at_once)]
    return sum(task.result() for task in tasks)


@asynccontextmanager
async def working(planner: Planner, at_once: int) -> AsyncIterator[None]:
    """Work on so many jobs at once beside whatever else goes on.

    On leaving nothing more is taken up; what is at work then has ten seconds, and is put back.
    """
    stop = asyncio.Event()
    tasks = [asyncio.create_task(planner.jobs.work_until(stop)) for _ in range(at_once)]
    try:
        yield
        stop.set()
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE_SECONDS)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
