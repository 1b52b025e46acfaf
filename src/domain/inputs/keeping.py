"""What happens to a label as a whole: it is archived, restored, or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from ..access.actor import Actor, Role
from ..errors import ConflictError, IllegalTransitionError
from ..shared.ids import Label, VersionId
from .event import InputSetAction, InputSetEvent
from .standing import InputSetStanding

PLANS_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTombstone:
    """What is remembered of a label that was deleted: its next life goes on from here."""

    label: Label
    generation: int
    next_number: int
    deleted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSetKeeping(InputSetStanding):
    """A label and what it points to, with the moves that leave its revisions as they are, or leave none."""

    def archive(self, *, actor: Actor, at: datetime, comment: str | None = None) -> tuple[Self, InputSetEvent]:
        """Close the label: only reading, restore and delete remain.

        Raises:
            ForbiddenError: the actor is no approver.
            IllegalTransitionError: there is a candidate, or it is archived already.
        """
        actor.require(Role.APPROVER)
        self._require_open()
        if self.candidate is not None:
            raise IllegalTransitionError(
                f"{self.label} cannot be archived: {self.label}@{self.candidate} is a candidate.",
                remedy="Approve or reject it first.",
            )
        after = replace(self, archived=True, updated_at=at)
        return after, self._event(InputSetAction.ARCHIVE, actor, None, comment)

    def restore(self, *, actor: Actor, at: datetime, comment: str | None = None) -> tuple[Self, InputSetEvent]:
        """Open an archived label again.

        Raises:
            ForbiddenError: the actor is no approver.
            IllegalTransitionError: it is not archived.
        """
        actor.require(Role.APPROVER)
        if not self.archived:
            raise IllegalTransitionError(f"{self.label} is not archived.")
        after = replace(self, archived=False, updated_at=at)
        return after, self._event(InputSetAction.RESTORE, actor, None, comment)

    def delete(
        self, *, actor: Actor, at: datetime, plans: Sequence[VersionId], comment: str | None = None
    ) -> tuple[LabelTombstone, InputSetEvent]:
        """Give the label up with all its revisions, whatever their standing; the event stays in its stream.

        ``plans`` are the plan versions that refer to a revision of it, or as many of them as a refusal names.

        Raises:
            ForbiddenError: the actor is no operator.
            ConflictError: there are such plans.
        """
        actor.require(Role.OPERATOR)
        if plans:
            named = ", ".join(plans[:PLANS_NAMED]) + (" and others" if len(plans) > PLANS_NAMED else "")
            raise ConflictError(
                f"{self.label} cannot be deleted: {named} {'was' if len(plans) == 1 else 'were'} made from it, "
                f"and a plan's inputs are kept.",
                remedy=f"Archive it instead: planvault inputs archive {self.label}.",
                label=self.label,
                plans=list(plans[:PLANS_NAMED]),
            )
        tombstone = LabelTombstone(
            label=self.label, generation=self.generation, next_number=self.next_number, deleted_at=at
        )
        details = {
            "generation": self.generation,
            "revisions": len(self.revisions),
            "content_hashes": list(self.content_hashes),
            "next_number": self.next_number,
        }
        return tombstone, self._event(InputSetAction.DELETE, actor, None, comment, **details)
