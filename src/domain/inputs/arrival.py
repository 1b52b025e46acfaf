"""Arrival: an input set that comes from a legacy system, as a candidate that nobody here has approved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..access.actor import Actor, Role
from ..shared.ids import Label
from .event import InputSetAction, InputSetEvent
from .input_set import InputSet, new_input_set
from .keeping import LabelTombstone
from .revision import InputRevision

LEGACY = "legacy"


def arrive(  # noqa: PLR0913 (all that is known of what arrives)
    label: Label,
    content_hash: str,
    *,
    config_version_id: int,
    row_counts: Mapping[str, int],
    archived: bool,
    quoted: Mapping[str, Any],
    comment: str | None = None,
    tombstone: LabelTombstone | None,
    actor: Actor,
    created_at: datetime,
    at: datetime,
) -> tuple[InputSet, InputSetEvent]:
    """The set with its one revision: a draft candidate, whatever it was there, under a label archived where it was.

    Whoever brings it counts as its author; what it says of its status and of who approved it is quoted in the event.

    Raises:
        ForbiddenError: the actor is no operator.
    """
    actor.require(Role.OPERATOR)
    empty = new_input_set(label, config_version_id=config_version_id, at=created_at, tombstone=tombstone)
    revision = InputRevision(
        label=label,
        number=empty.next_number,
        content_hash=content_hash,
        authors=(actor.name,),
        source=LEGACY,
        row_counts=dict(row_counts),
        created_at=created_at,
    )
    after = replace(
        empty,
        revisions=(revision,),
        candidate=revision.number,
        next_number=revision.number + 1,
        archived=archived,
        updated_at=at,
    )
    details = {"source": LEGACY, "rows": dict(row_counts), "archived": archived, "quoted": dict(quoted)}
    event = InputSetEvent(
        label=label,
        generation=after.generation,
        action=InputSetAction.IMPORT,
        actor=actor,
        revision=revision.number,
        content_hash=content_hash,
        comment=comment,
        details=details,
    )
    return after, event
