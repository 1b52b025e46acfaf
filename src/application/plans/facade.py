"""Plan versions, as the facade offers them."""

from __future__ import annotations

from dataclasses import dataclass

from .deciding import Deciding
from .making import Making
from .reading import Reading
from .reconciling import Reconciling


@dataclass(frozen=True, kw_only=True)
class Plans(Making, Reading, Reconciling, Deciding):
    """Plan versions: how they come to be, are looked at, made again, and decided on."""
