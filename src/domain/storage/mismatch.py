"""A read of which the two sides of a store gave different answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..access.actor import Actor, Role, Verification
from ..shared.events import EventDraft
from ..shared.ids import VersionId
from .state import STREAM

MISMATCH = "mismatch"
MOST_SAMPLES = 10
_NOBODY = Actor(name="planvault", roles=frozenset({Role.OPERATOR}), verification=Verification.ASSERTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MismatchEvent:
    """That a version did not read the same on both sides: what was found first, and how much there was."""

    version_id: VersionId
    payload_digest: str
    found: int
    samples: Sequence[Mapping[str, Any]]

    def draft(self) -> EventDraft:
        """The event to append; it is nobody's doing."""
        return EventDraft(
            stream=STREAM,
            action=MISMATCH,
            subject=f"plan/{self.version_id.lower()}",
            actor=_NOBODY,
            details={
                "version_id": self.version_id,
                "payload_digest": self.payload_digest,
                "found": self.found,
                "samples": [dict(sample) for sample in self.samples[:MOST_SAMPLES]],
            },
        )
