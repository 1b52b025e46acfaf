"""Plan versions, as the facade offers them."""

from __future__ import annotations

from dataclasses import dataclass

from .contrasting import Contrasting
from .deciding import Deciding
from .editing import Editing
from .exporting import Exporting
from .making import Making
from .reading import Reading
from .reconciling import Reconciling
from .tabulating import Tabulating
from .tracing import Tracing


@dataclass(frozen=True, kw_only=True)
class Plans(Making, Reading, Reconciling, Deciding, Editing, Tracing, Contrasting, Tabulating, Exporting):
    """Plan versions: how they come to be, are looked at, edited, compared, made again, and decided on."""
