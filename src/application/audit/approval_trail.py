"""What the ledger tells of approvals, held against what the store says of input sets now."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ...domain.audit.verdict import Finding, Rule
from ...domain.inputs.event import InputSetAction, input_set_stream
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.ports import InputSetFilter
from ...domain.inputs.revision import InputRevision
from ...domain.shared.events import Event
from ...domain.shared.paging import MAXIMUM_LIMIT
from ..unit_of_work import UnitOfWork

_INPUT_SETS = "input_set/"
_APPROVALS = frozenset({InputSetAction.APPROVE, InputSetAction.ADOPT})


@dataclass(slots=True)
class ApprovalTrail:
    """The approvals that events tell of, and what they made live; memory grows with the number of approvals."""

    _signatures: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    _live: dict[str, int | None] = field(default_factory=dict)

    def take(self, events: Iterable[Event]) -> None:
        """Let events pass, in their order."""
        for event in events:
            if not event.stream.startswith(_INPUT_SETS):
                continue
            if event.action in _APPROVALS:
                details = _details(event)
                revision = int(details["revision"])
                self._signatures.setdefault((event.stream, revision), set()).add(details.get("signature", ""))
                if details.get("live"):
                    self._live[event.stream] = revision
            elif event.action == InputSetAction.REVERT:
                self._live[event.stream] = _details(event).get("live")

    def finding(self, input_set: InputSet) -> Finding | None:
        """The first thing about an input set that its events do not tell; none where they tell all of it."""
        stream = input_set_stream(input_set.label, input_set.generation)
        if self._live.get(stream) != input_set.live:
            told = self._live.get(stream)
            made = "nothing" if told is None else f"{input_set.label}@{told}"
            stands = "nothing" if input_set.live is None else f"{input_set.label}@{input_set.live}"
            return _found(stream, f"{stands} is live, but by its events {made} is.")
        for revision in input_set.revisions:
            message = self._unsigned(stream, input_set, revision)
            if message:
                return _found(stream, message)
        return None

    def _unsigned(self, stream: str, input_set: InputSet, revision: InputRevision) -> str:
        told = self._signatures.get((stream, revision.number), set())
        kept = {approval.signature: approval for approval in revision.approvals}
        for signature in sorted(kept.keys() - told):
            return f"No event tells of the approval of {revision.reference} by {kept[signature].actor}."
        if told - kept.keys():
            return f"An approval of {revision.reference} that an event tells of is gone."
        for approval in revision.approvals:
            if not approval.signs(input_set.label, input_set.config_version_id, revision.number, revision.content_hash):
                return f"{revision.reference} is not what {approval.actor} approved."
        return ""


async def unapproved(uow: UnitOfWork, trail: ApprovalTrail) -> Finding | None:
    """The first input set that is not as its approvals made it, in order of label."""
    cursor: str | None = None
    while True:
        page = await uow.input_sets.list(InputSetFilter(), limit=MAXIMUM_LIMIT, cursor=cursor)
        for summary in page.items:
            finding = trail.finding(await uow.input_sets.get(summary.label))
            if finding is not None:
                return finding
        cursor = page.next_cursor
        if cursor is None:
            return None


def _found(stream: str, message: str) -> Finding:
    return Finding(rule=Rule.APPROVAL, message=message, stream=stream)


def _details(event: Event) -> dict[str, Any]:
    details: dict[str, Any] = json.loads(event.details_json)
    return details
