"""What a pack says at a glance: facts that its files prove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...domain.audit.evidence import LedgerHeads, heads_fields
from ...domain.audit.verdict import AuditVerdict
from ...domain.inputs.difference import InputDifference
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.revision import InputRevision
from ...domain.shared.events import Event
from ...domain.shared.ids import Label
from ..audit_presentation import event_fields, verdict_fields
from ..difference_presentation import compared_fields, summary_fields
from ..presentation import approval_fields, revision_fields

MOST_EVENTS = 1_000
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What a pack is about; of a deleted label only the events are left.

    ``events`` are the newest first, one more than are shown if there are more.
    """

    label: Label
    input_set: InputSet | None
    revision: InputRevision | None
    events: Sequence[Event]
    verdict: AuditVerdict
    heads: LedgerHeads
    difference: InputDifference | None = None


def pack_summary(packed: Packed) -> Fields:
    """The summary: the set, the revision, who approved it and whether the signatures hold, what changed, the chain."""
    input_set, revision, difference = packed.input_set, packed.revision, packed.difference
    return {
        "label": packed.label if input_set is None else input_set.label,
        "title": None if input_set is None else input_set.title,
        "status": "deleted" if input_set is None else input_set.status,
        "config_version_id": None if input_set is None else input_set.config_version_id,
        "live": None if input_set is None or input_set.live is None else f"{input_set.label}@{input_set.live}",
        "revision": None if revision is None else revision_fields(revision),
        "authors": [] if input_set is None or revision is None else list(input_set.author_names_of(revision.number)),
        "approvals": [] if input_set is None else approvals_said(input_set),
        "difference": None
        if difference is None
        else {
            **compared_fields(difference.current, difference.previous),
            "summary": summary_fields(difference.sections),
        },
        "verification": verdict_fields(packed.verdict),
        "heads": heads_fields(packed.heads),
        "events": [event_fields(event) for event in packed.events[:MOST_EVENTS]],
        "more_events": len(packed.events) > MOST_EVENTS,
    }


def revisions_said(input_set: InputSet) -> list[Fields]:
    """Every revision of the set, oldest first."""
    return [revision_fields(revision) for revision in input_set.revisions]


def approvals_said(input_set: InputSet) -> list[Fields]:
    """Every approval of the set, with the revision it is about and whether its signature holds, computed anew."""
    return [
        {
            "reference": revision.reference,
            "content_hash": revision.content_hash,
            **approval_fields(approval),
            "signature_holds": approval.signs(
                input_set.label, input_set.config_version_id, revision.number, revision.content_hash
            ),
        }
        for revision in input_set.revisions
        for approval in revision.approvals
    ]
