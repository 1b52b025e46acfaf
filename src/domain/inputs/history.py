"""The history of a label: what it pointed to, from when on, and by which move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from .event import InputSetAction

_MAKE_LIVE = frozenset({InputSetAction.APPROVE, InputSetAction.ADOPT})


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPointer:
    """What a label pointed to from a moment on; null is nothing. ``sequence`` counts from 1."""

    sequence: int
    live: int | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PointingMove:
    """A move that happened, as far as it says what became live by it, by whom and why."""

    action: str
    live: bool | int | None
    actor: str
    verification: str
    comment: str | None

    @property
    def moved_the_label(self) -> bool:
        """Whether the label pointed elsewhere afterwards: a revert always, a yes when it was the last one needed."""
        return self.action == InputSetAction.REVERT or (self.action in _MAKE_LIVE and self.live is True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelStep:
    """One step of a label's history: what it pointed to since when, the content, and the move that did it.

    ``move`` is null where the ledger holds none that fits.
    """

    pointer: LabelPointer
    reference: str | None
    content_hash: str | None
    move: PointingMove | None


def moves_of(pointers: Sequence[LabelPointer], moves: Iterable[PointingMove]) -> list[PointingMove | None]:
    """The move behind each pointer, both oldest first: each move of the label left one pointer."""
    pointing: list[PointingMove | None] = [move for move in moves if move.moved_the_label]
    missing: list[PointingMove | None] = [None] * (len(pointers) - len(pointing))
    return [*missing, *pointing][-len(pointers) :] if pointers else []
