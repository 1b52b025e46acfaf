"""Cutover: the way of a store from files to tables and back, one reversible step at a time.

``files ↔ both(primary files) ↔ both(primary db) ↔ db``.  Which gates a step has to pass stands in ``gates``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from ..errors import IllegalTransitionError, InvalidRequestError
from .state import Side, StorageMode, StorageState


class Place(StrEnum):
    """Where a store stands on its way: its mode and, in ``both``, its primary."""

    FILES = "files"
    BOTH_FILES = "both, primary files"
    BOTH_DB = "both, primary db"
    DB = "db"

    @property
    def mode(self) -> StorageMode:
        """The mode."""
        return {Place.FILES: StorageMode.FILES, Place.DB: StorageMode.DB}.get(self, StorageMode.BOTH)

    @property
    def primary(self) -> Side:
        """The side that reads are answered from."""
        return Side.FILES if self in {Place.FILES, Place.BOTH_FILES} else Side.DB


WAY = (Place.FILES, Place.BOTH_FILES, Place.BOTH_DB, Place.DB)


def place_of(state: StorageState | None) -> Place:
    """Where a store stands; one in which nobody ever chose keeps payloads in the tables alone."""
    if state is None:
        return Place.DB
    return next(place for place in WAY if (place.mode, place.primary) == (state.mode, state.primary))


def place_meant(before: Place, mode: StorageMode, primary: Side | None) -> Place:
    """Where a store is to go; in ``both`` the primary stays what it is unless one is named.

    Raises:
        InvalidRequestError: the mode has no such primary.
    """
    only = {StorageMode.DB: Side.DB, StorageMode.FILES: Side.FILES}.get(mode)
    chosen = primary or only or before.primary
    if only is not None and chosen is not only:
        raise InvalidRequestError(
            f"The mode {mode} has the primary {only} alone.",
            remedy=f"Leave the primary out, or go to both with the primary {chosen}.",
        )
    return next(place for place in WAY if (place.mode, place.primary) == (mode, chosen))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One move to the place beside."""

    before: Place
    after: Place

    def __str__(self) -> str:
        """``db → both, primary db``."""
        return f"{self.before} → {self.after}"

    @property
    def gives_up(self) -> Side | None:
        """The side that nothing is kept on once the step is taken; none where both stay."""
        return {Place.DB: Side.FILES, Place.FILES: Side.DB}.get(self.after)


def was_home(side: Side, moves: Iterable[tuple[StorageMode, Side]]) -> bool:
    """Whether reads came from a side since the store last did without it; a store begins in the mode ``db``.

    ``moves`` are modes and primaries that it was switched to, newest first.
    """
    for mode, primary in moves:
        if primary is side:
            return True
        if mode is not StorageMode.BOTH:
            return False
    return side is Side.DB


def way(before: Place, after: Place) -> Sequence[Step]:
    """The steps from one place to another, in order; none where it is there already."""
    first, last = WAY.index(before), WAY.index(after)
    passed = WAY[first : last + 1] if first <= last else WAY[last : first + 1][::-1]
    return [Step(before=one, after=other) for one, other in pairwise(passed)]


def step_between(before: Place, after: Place) -> Step:
    """The one step from a place to the place beside.

    Raises:
        IllegalTransitionError: it is there already, or the way has more than one step.
    """
    steps = way(before, after)
    if len(steps) == 1:
        return steps[0]
    if not steps:
        raise IllegalTransitionError(
            f"This store keeps payloads in the mode {after.mode} already.", remedy="See planvault storage status."
        )
    shown = f"--to {after.mode}" + (f" --primary {after.primary}" if after.mode is StorageMode.BOTH else "")
    raise IllegalTransitionError(
        f"From {before} to {after} there are {len(steps)} steps.",
        remedy=f"Go all the way: planvault storage cutover {shown}.",
    )


def filled_from(place: Place, goal: Place) -> Side | None:
    """The side from which the other one has to be filled on the way from a place; none where nothing needs it."""
    if place in {Place.DB, Place.BOTH_DB}:
        return None if goal is Place.DB else Side.DB
    return None if goal is Place.FILES else Side.FILES
