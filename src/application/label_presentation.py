"""Labels as plain fields: their history, what was deleted, and input sets as the legacy system lists them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..domain.inputs.history import LabelStep
from .inputs.keep_inputs import DeletedInputs
from .inputs.read_labels import PlacedInputSet
from .json_values import instant
from .presentation import Fields

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def label_step_fields(step: LabelStep) -> Fields:
    """One step of a label's history; ``live`` is null where nothing was live from then on."""
    move = step.move
    return {
        "sequence": step.pointer.sequence,
        "since": instant(step.pointer.since),
        "live": step.pointer.live,
        "reference": step.reference,
        "content_hash": step.content_hash,
        "action": None if move is None else move.action,
        "actor": None if move is None else move.actor,
        "verification": None if move is None else move.verification,
        "comment": None if move is None else move.comment,
    }


def deleted_fields(deleted: DeletedInputs) -> Fields:
    """What was deleted with a label, and where its numbers go on."""
    input_set, tombstone = deleted.input_set, deleted.tombstone
    return {
        "label": tombstone.label,
        "generation": tombstone.generation,
        "revisions": [revision.number for revision in input_set.revisions],
        "content_hashes": list(input_set.content_hashes),
        "contents_removed": list(deleted.contents_removed),
        "next_number": tombstone.next_number,
        "deleted_at": instant(tombstone.deleted_at),
    }


def legacy_set_fields(placed: PlacedInputSet) -> Fields:
    """An input set as the legacy system lists it; times are milliseconds since 1970.

    ``source`` is that of what is live, else of the newest revision; ``approved_by`` gave the last approval of what
    is live.
    """
    input_set = placed.input_set
    live = None if input_set.live is None else input_set.revision(input_set.live)
    shown = live or (input_set.revisions[-1] if input_set.revisions else None)
    approval = live.approvals[-1] if live is not None and live.approvals else None
    return {
        "id": placed.position,
        "label": input_set.label,
        "status": input_set.status,
        "source": None if shown is None else shown.source,
        "config_version_id": input_set.config_version_id,
        "created_at": _milliseconds(input_set.created_at),
        "updated_at": _milliseconds(input_set.updated_at),
        "approved_by": None if approval is None else approval.actor,
        "approved_at": None if approval is None else _milliseconds(approval.approved_at),
    }


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)
