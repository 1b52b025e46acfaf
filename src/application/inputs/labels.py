"""Labels through time, as the facade offers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...domain.inputs.history import LabelStep
from ...domain.inputs.ports import InputSetFilter
from ...domain.shared.paging import DEFAULT_LIMIT
from .read_labels import PlacedInputSet, ReadLabels


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What labels pointed to, and which of them changed last."""

    read_labels: ReadLabels

    async def history(self, label: str) -> Sequence[LabelStep]:
        """What the label pointed to in its present life, newest first, and by whose move."""
        return await self.read_labels.history(label)

    async def newest(
        self, wanted: InputSetFilter | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> Sequence[PlacedInputSet]:
        """Input sets with their revisions, last changed first."""
        return await self.read_labels.newest(wanted or InputSetFilter(), limit=limit)
