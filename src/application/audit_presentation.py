"""The ledger as plain fields: the public names that JSON answers of the command line and of HTTP share."""

from __future__ import annotations

import json
from typing import Any

from ..domain.audit.verdict import AuditVerdict, Finding
from ..domain.errors import IntegrityError
from ..domain.shared.events import Checkpoint, Event, Head
from .inputs.read_input_set_events import InputSetEvents
from .json_values import instant

Fields = dict[str, Any]


def event_fields(event: Event) -> Fields:
    """An event, its details opened."""
    return {
        "position": event.position,
        "stream": event.stream,
        "sequence": event.sequence,
        "action": event.action,
        "subject": event.subject,
        "actor": event.actor,
        "verification": event.verification,
        "comment": event.comment,
        "details": _details(event),
        "recorded_at": instant(event.recorded_at),
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }


def checkpoint_fields(checkpoint: Checkpoint) -> Fields:
    """A checkpoint."""
    return {
        "number": checkpoint.number,
        "position": checkpoint.position,
        "streams": checkpoint.stream_count,
        "recorded_at": instant(checkpoint.recorded_at),
        "reason": checkpoint.reason,
        "previous_hash": checkpoint.previous_hash,
        "hash": checkpoint.hash,
    }


def verdict_fields(verdict: AuditVerdict) -> Fields:
    """What a verification came to; ``finding`` is the first broken link, and null where there is none."""
    return {
        "clean": verdict.clean,
        "finding": None if verdict.finding is None else finding_fields(verdict.finding),
        "events": verdict.event_count,
        "streams": verdict.stream_count,
        "checkpoints": verdict.checkpoint_count,
        "position": verdict.position,
        "checkpoint": None if verdict.checkpoint is None else _checkpoint_head(verdict.checkpoint),
        "whole": verdict.extent.whole,
        "expected_heads": {"given": verdict.expected_count, "held": verdict.expected_held},
    }


def finding_fields(finding: Finding) -> Fields:
    """A broken link: what is left untold is null."""
    return {
        "rule": str(finding.rule),
        "stream": finding.stream,
        "sequence": finding.sequence,
        "position": finding.position,
        "checkpoint": finding.checkpoint,
        "message": finding.message,
    }


def input_set_events_fields(told: InputSetEvents) -> Fields:
    """What happened to an input set, under the names of the legacy system; ids are positions of events."""
    return {
        "input_set": {
            "id": told.first_position,
            "label": told.label,
            "config_version_id": told.config_version_id,
            "status": told.status,
        },
        "events": [_input_set_event_fields(event) for event in told.page.items],
        "next_cursor": told.page.next_cursor,
    }


def _input_set_event_fields(event: Event) -> Fields:
    return {
        "id": event.position,
        "action": event.action,
        "actor": event.actor,
        "comment": event.comment,
        "created_at": instant(event.recorded_at),
        "metadata": {**_details(event), "verification": event.verification},
    }


def _details(event: Event) -> Fields:
    try:
        details: Fields = json.loads(event.details_json)
    except ValueError as error:
        raise IntegrityError(
            f"The details of the event at position {event.position} are no JSON.", remedy="Run planvault audit verify."
        ) from error
    return details


def _checkpoint_head(head: Head) -> Fields:
    return {"number": head.sequence, "hash": head.hash}
