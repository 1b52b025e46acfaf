"""What happens to input sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ..access.actor import Actor
from ..shared.events import EventDraft
from ..shared.ids import Label, folded


class InputSetAction(StrEnum):
    """The things that can happen to an input set, by the verb of the command."""

    IMPORT = "import"
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    REVERT = "revert"
    ARCHIVE = "archive"
    RESTORE = "restore"
    ADOPT = "adopt"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSetEvent:
    """One thing that happened to one input set, and to which content."""

    label: Label
    generation: int
    action: InputSetAction
    actor: Actor
    revision: int | None = None
    content_hash: str | None = None
    comment: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def draft(self) -> EventDraft:
        """The event as the ledger takes it."""
        return EventDraft(
            stream=input_set_stream(self.label, self.generation),
            action=str(self.action),
            subject=f"input_set/{self.label}",
            actor=self.actor,
            comment=self.comment,
            details={"revision": self.revision, "content_hash": self.content_hash, **self.details},
        )


def input_set_stream(label: str, generation: int) -> str:
    """The stream of an input set; a label that was deleted and used again has a new one."""
    return f"{input_set_streams(label)}{generation}"


def input_set_streams(label: str) -> str:
    """What the streams of a label begin with, in all its generations."""
    return f"input_set/{folded(label)}/"
