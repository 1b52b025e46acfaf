"""What lies over plans, in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ...domain.plans.editing.cells import Cell, RowKey
from ...domain.plans.editing.overlay import Lock, Overlay, Override
from ...domain.plans.editing.ports import PlanOverlayRepository
from ...domain.shared.ids import VersionId, folded
from .state import MemoryState


class MemoryPlanOverlayRepository(PlanOverlayRepository):
    """The overlays of a memory store; each is replaced when it changes, never changed."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._state = state

    async def load(self, version_id: VersionId) -> Overlay:
        """Everything that lies over a version."""
        return self._copied(version_id)

    async def save_overrides(
        self, version_id: VersionId, put: Sequence[Override], removed: Collection[Cell] = ()
    ) -> None:
        """Keep overrides, and remove others."""
        kept = self._copied(version_id)
        for cell in removed:
            kept.overrides.pop(cell, None)
        kept.overrides |= {override.cell: override for override in put}
        self._keep(version_id, kept)

    async def save_locks(
        self, version_id: VersionId, put: Sequence[Lock], removed: Collection[tuple[RowKey, str | None]] = ()
    ) -> None:
        """Keep locks, and remove others."""
        kept = self._copied(version_id)
        for key in removed:
            kept.locks.pop(key, None)
        kept.locks |= {(lock.row, lock.field): lock for lock in put}
        self._keep(version_id, kept)

    async def save_weights(
        self, version_id: VersionId, put: Mapping[RowKey, float], removed: Collection[RowKey] = ()
    ) -> None:
        """Keep weights, and remove others."""
        kept = self._copied(version_id)
        for row in removed:
            kept.weights.pop(row, None)
        kept.weights |= put
        self._keep(version_id, kept)

    async def copy(self, version_id: VersionId, to: VersionId) -> None:
        """Lay over a version what lies over another."""
        self._keep(to, self._copied(version_id))

    def _copied(self, version_id: VersionId) -> Overlay:
        kept = self._state.overlays.get(folded(version_id), Overlay())
        return Overlay(
            overrides=dict(sorted(kept.overrides.items())),
            locks=dict(sorted(kept.locks.items(), key=lambda item: (item[0][0], item[0][1] or ""))),
            weights=dict(sorted(kept.weights.items())),
        )

    def _keep(self, version_id: VersionId, overlay: Overlay) -> None:
        self._state.overlays[folded(version_id)] = overlay
