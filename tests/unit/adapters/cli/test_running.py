"""Work that is told to stop ends cleanly, and says so by its exit code."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import click
import pytest

from planvault.adapters.cli.running import run


async def work_until(number: signal.Signals, ended: list[str]) -> None:
    try:
        os.kill(os.getpid(), number)
        await asyncio.sleep(60)
    finally:
        ended.append("rolled back")


def test_the_result_of_the_work_is_answered() -> None:
    async def work() -> int:
        return 7

    assert run(work()) == 7


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_told_to_stop_it_cleans_up_and_leaves_with_143() -> None:
    ended: list[str] = []
    with pytest.raises(click.exceptions.Exit) as left:
        run(work_until(signal.SIGTERM, ended))
    assert left.value.exit_code == 143
    assert ended == ["rolled back"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_interrupted_it_cleans_up_and_leaves_as_an_interrupt() -> None:
    ended: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        run(work_until(signal.SIGINT, ended))
    assert ended == ["rolled back"]
