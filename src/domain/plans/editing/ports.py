"""Where overlays are kept: beside the payload, which they never change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from ...shared.ids import VersionId
from .cells import Cell, RowKey
from .overlay import Lock, Overlay, Override


class PlanOverlayRepository(Protocol):
    """The overrides, locks and weights of plan versions."""

    async def load(self, version_id: VersionId) -> Overlay:
        """Everything that lies over a version, each kind in order of row and field."""
        ...

    async def save_overrides(
        self, version_id: VersionId, put: Sequence[Override], removed: Collection[Cell] = ()
    ) -> None:
        """Keep overrides, in the place of those of the same cells, and remove others."""
        ...

    async def save_locks(
        self, version_id: VersionId, put: Sequence[Lock], removed: Collection[tuple[RowKey, str | None]] = ()
    ) -> None:
        """Keep locks, and remove others."""
        ...

    async def save_weights(
        self, version_id: VersionId, put: Mapping[RowKey, float], removed: Collection[RowKey] = ()
    ) -> None:
        """Keep weights, in the place of those of the same rows, and remove others."""
        ...

    async def copy(self, version_id: VersionId, to: VersionId) -> None:
        """Lay over a version what lies over another."""
        ...
