"""The places at which a process may die: named, so that tests can kill it at each of them; here, those of a cutover."""

from __future__ import annotations

from collections.abc import Callable

Reached = Callable[[str], None]

JUDGED = "cutover.judged"
WRITTEN = "cutover.written"
SWITCHED = "cutover.switched"
FILLED = "cutover.filled"
CLEARED = "cutover.cleared"

CUTOVER_POINTS = (JUDGED, WRITTEN, SWITCHED, FILLED, CLEARED)


def passed(point: str) -> None:
    """Nobody watches, and nobody dies."""
