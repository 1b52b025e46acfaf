"""Building a ledger anew from a files root: what could be used, and what was left out and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..shared.events import Checkpoint

# What is never mirrored, since it is a secret, was under way, or is of use only where it was made.
NEVER_MIRRORED = (
    "access tokens",
    "jobs that were waiting or running, and their idempotency keys",
    "runs and jobs that no plan came of",
    "import reports",
    "the ledger of backfills",
    "a pause of writes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something in a files root that could not be used: of which kind, what it is called, and why."""

    kind: str
    name: str
    reason: str

    @property
    def line(self) -> str:
        """The same in a line."""
        return f"{self.kind} {self.name}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """The positions of a ledger that are used: all up to ``last``; ``missing`` were mirrored and are gone.

    What comes after ``last`` was mirrored in part only, in the middle of which the mirror was broken off.
    """

    last: int
    missing: Sequence[int]
    beyond: int


def used_positions(found: Iterable[int], mirrored: int) -> Positions:
    """Which positions can be used, of those found; ``mirrored`` is the one up to which the mirror said it was whole.

    Up to there everything is used, and what is missing was damaged.  After it only what follows without a gap.
    """
    known = sorted(found)
    last = max([position for position in known if position <= mirrored], default=0)
    beyond = [position for position in known if position > mirrored]
    if not beyond or beyond[0] == mirrored + 1:
        for position in beyond:
            if position > max(last, mirrored) + 1:
                break
            last = position
    have = set(known)
    return Positions(
        last=last,
        missing=[position for position in range(1, max(last, mirrored) + 1) if position not in have],
        beyond=sum(position > last for position in known),
    )


def used_checkpoints(found: Sequence[Checkpoint], last: int) -> Sequence[Checkpoint]:
    """The checkpoints that cover no position after the last one used."""
    return [checkpoint for checkpoint in found if checkpoint.position <= last]
