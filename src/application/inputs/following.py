"""What happened to input sets, as the facade offers it."""

from __future__ import annotations

from dataclasses import dataclass

from .read_input_set_events import InputSetEvents, ReadInputSetEvents

EVENTS = 100


@dataclass(frozen=True, kw_only=True)
class Following:
    """The events of input sets."""

    read_events: ReadInputSetEvents

    async def events(self, label: str, *, limit: int = EVENTS, cursor: str | None = None) -> InputSetEvents:
        """What happened to the label, newest first, also before it was deleted (``ReadInputSetEvents``)."""
        return await self.read_events(label, limit=limit, cursor=cursor)
