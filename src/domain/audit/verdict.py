"""What a look through the ledger comes to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..shared.events import Head
from .evidence import Extent


class Rule(StrEnum):
    """What can be wrong with a link of the chain."""

    MISSING = "missing"
    ORDER = "order"
    SEQUENCE = "sequence"
    PREVIOUS_HASH = "previous-hash"
    HASH = "hash"
    HEAD = "head"
    COUNTER = "counter"
    CHECKPOINT_MISSING = "checkpoint-missing"
    CHECKPOINT_LINK = "checkpoint-link"
    CHECKPOINT_HASH = "checkpoint-hash"
    CHECKPOINT_AHEAD = "checkpoint-ahead"
    EXPECTED_HEAD = "expected-head"
    UNREADABLE = "unreadable"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The first broken link: where it is, as far as what is left tells, and what does not fit.

    With the rule ``approval`` the links hold, but what is stored about an input set is not what they tell.

    ``checkpoint`` is the number of a checkpoint, where it is one that does not fit.
    """

    rule: Rule
    message: str
    stream: str | None = None
    sequence: int | None = None
    position: int | None = None
    checkpoint: int | None = None

    @property
    def place(self) -> str:
        """Where the chain is broken, in words."""
        if self.checkpoint is not None:
            return f"checkpoint {self.checkpoint}"
        at = "" if self.position is None else f"position {self.position}"
        event = self.stream or ""
        if self.stream is not None and self.sequence is not None:
            event += f" #{self.sequence}"
        return ", ".join(part for part in (at, event) if part) or "its end"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditVerdict:
    """Whether a ledger holds. The counts are of what held: all there is, or what comes before the finding."""

    event_count: int
    stream_count: int
    checkpoint_count: int
    position: int
    checkpoint: Head | None
    expected_count: int
    expected_held: int
    extent: Extent
    finding: Finding | None = None

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return self.finding is None
