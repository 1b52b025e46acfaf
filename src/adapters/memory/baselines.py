"""Baselines in memory."""

from __future__ import annotations

from dataclasses import replace

from ...domain.errors import StaleVersionError
from ...domain.plans.baseline import Baseline, BaselineEntry
from ...domain.plans.ports import BaselineRepository
from .state import MemoryState


class MemoryBaselineRepository(BaselineRepository):
    """The baselines of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._baselines = state.baselines

    async def of(self, config_version_id: int, *, changing: bool = False) -> Baseline:
        """The baseline of a config version with its history, which may be empty."""
        del changing  # there is one writer at a time
        return self._baselines.get(config_version_id, Baseline(config_version_id=config_version_id))

    async def add(self, entry: BaselineEntry) -> None:
        """Keep the next entry of a history."""
        known = await self.of(entry.config_version_id)
        if entry.sequence != known.sequence + 1:
            raise StaleVersionError("baseline of config version", entry.config_version_id)
        self._baselines[entry.config_version_id] = replace(known, entries=(*known.entries, entry))
