"""What a backfill is asked for, and what it tells of itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...domain.access.actor import Actor
from ...domain.storage.backfill import BackfillItem, BackfillRun, Selection
from .take_inputs import TakenInputs


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillStep:
    """What became of one version, told as soon as it is known; ``place`` of ``total`` counts from 1."""

    run: BackfillRun
    item: BackfillItem
    place: int
    total: int


Watcher = Callable[[BackfillStep], None]


def _nobody(step: BackfillStep) -> None:
    del step


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillRequest:
    """What is to be taken, by whom, and how.

    ``source`` is a name among the settings' sources, or a path.  ``dry_run`` does all of it and keeps nothing;
    ``force`` writes series anew also where they changed here, never what lies over them.  ``stopping`` is asked
    before every version, ``watcher`` is told after it, and then ``throttle`` seconds are waited.
    """

    source: str | Path
    actor: Actor
    selection: Selection = field(default_factory=Selection)
    dry_run: bool = False
    force: bool = False
    throttle: float = 0.0
    watcher: Watcher = _nobody
    stopping: Callable[[], bool] = _never

    @property
    def options(self) -> dict[str, Any]:
        """What stands in the ledger of how it was asked for."""
        chosen = self.selection
        return {
            "force": self.force,
            "only": list(chosen.only),
            "since": None if chosen.since is None else chosen.since.isoformat(),
            "resume_from": chosen.resume_from,
            "limit": chosen.limit,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfilled:
    """What a run came to: the run as it ended, and all versions and input sets it looked at, in the source's order."""

    run: BackfillRun
    items: Sequence[BackfillItem]
    inputs: Sequence[TakenInputs]
    dry_run: bool
