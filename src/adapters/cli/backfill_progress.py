"""The progress of a backfill: one bar with rows per second and the time that is left, on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ...application.storage.backfill_request import BackfillStep, Watcher
from .figures import count
from .invocation import Invocation, coloured


def _silent(step: BackfillStep) -> None:
    del step


@contextmanager
def backfill_bar(call: Invocation) -> Iterator[Watcher]:
    """Who is told of every version; silent with ``--json`` and where stderr is no terminal."""
    if call.as_json or sys.stderr is None or not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console  # noqa: PLC0415 (rich costs more than a short command)
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    console = Console(stderr=True, no_color=not coloured(), highlight=False)
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:>8} rows/s"),
        TimeRemainingColumn(),
    )
    began = time.monotonic()
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task("backfill", total=None, rate="-")

        def show(step: BackfillStep) -> None:
            rate = round(step.run.series_rows / max(time.monotonic() - began, 1e-6))
            bars.update(
                bar,
                description=step.item.version_id[:24],
                completed=step.place,
                total=step.total,
                rate=count(rate),
            )

        yield show
