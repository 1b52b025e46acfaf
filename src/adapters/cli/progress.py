"""Progress of long steps: one bar for each stage, on stderr, only where a person watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...application.engine import Progress, silent
from .invocation import Invocation, coloured

if TYPE_CHECKING:
    from rich.progress import TaskID


@contextmanager
def progress_bars(call: Invocation) -> Iterator[Progress]:
    """Who is told how far a plan is; silent with ``--json`` and where stderr is no terminal."""
    if call.as_json or sys.stderr is None or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console  # noqa: PLC0415 (rich costs more than a short command)
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    console = Console(stderr=True, no_color=not coloured(), highlight=False)
    columns = (TextColumn("{task.description:<10}"), BarColumn(bar_width=24), TaskProgressColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console) as bars:
        stages: dict[str, TaskID] = {}

        def show(stage: str, share: float) -> None:
            if stage not in stages:
                for earlier in stages.values():
                    bars.update(earlier, completed=1.0)
                stages[stage] = bars.add_task(stage, total=1.0)
            bars.update(stages[stage], completed=share)

        yield show
