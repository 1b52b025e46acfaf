"""Input sets, revisions and approvals as rows, and back."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row

from ...domain.access.actor import Verification
from ...domain.access.policy import ApprovalPolicy
from ...domain.inputs.approval import Approval
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.ports import InputSetSummary
from ...domain.inputs.revision import InputRevision, RevisionStatus
from ...domain.shared.canonical import document
from ...domain.shared.ids import Label


def set_values(input_set: InputSet) -> dict[str, Any]:
    """The set as column values, without its key and counter."""
    return {
        "label": input_set.label,
        "generation": input_set.generation,
        "config_version_id": input_set.config_version_id,
        "title": input_set.title,
        "live": input_set.live,
        "candidate": input_set.candidate,
        "archived": int(input_set.archived),
        "next_number": input_set.next_number,
        "created_at": input_set.created_at,
        "updated_at": input_set.updated_at,
    }


def standing(revision: InputRevision) -> dict[str, Any]:
    """The part of a revision that moves."""
    return {
        "status": str(revision.status),
        "authors_json": document(list(revision.authors)),
        "replaced": revision.replaced,
    }


def approval_values(approval: Approval) -> dict[str, Any]:
    """An approval as column values."""
    return {
        "actor": approval.actor,
        "actor_key": approval.actor_key,
        "verification": str(approval.verification),
        "approved_at": approval.approved_at,
        "comment": approval.comment,
        "approvals_required": approval.policy.approvals_required,
        "allow_self_approval": int(approval.policy.allow_self_approval),
        "signature": approval.signature,
    }


def to_input_set(row: Row[Any], revisions: tuple[InputRevision, ...]) -> InputSet:
    """The set that a row and its revisions make."""
    return InputSet(
        label=Label(row.label),
        config_version_id=row.config_version_id,
        title=row.title,
        revisions=revisions,
        live=row.live,
        candidate=row.candidate,
        archived=bool(row.archived),
        generation=row.generation,
        next_number=row.next_number,
        created_at=row.created_at,
        updated_at=row.updated_at,
        row_version=row.row_version,
    )


def to_revision(row: Row[Any], label: Label, approvals: tuple[Approval, ...]) -> InputRevision:
    """The revision that a row and its approvals make."""
    return InputRevision(
        label=label,
        number=row.number,
        content_hash=row.content_hash,
        status=RevisionStatus(row.status),
        authors=tuple(json.loads(row.authors_json)),
        source=row.source,
        row_counts=json.loads(row.row_counts_json),
        created_at=row.created_at,
        approvals=approvals,
        replaced=row.replaced,
    )


def to_approval(row: Row[Any]) -> Approval:
    """The approval that a row makes."""
    return Approval(
        actor=row.actor,
        actor_key=row.actor_key,
        verification=Verification(row.verification),
        approved_at=row.approved_at,
        comment=row.comment,
        policy=ApprovalPolicy(
            approvals_required=row.approvals_required, allow_self_approval=bool(row.allow_self_approval)
        ),
        signature=row.signature,
    )


def to_summary(row: Row[Any]) -> InputSetSummary:
    """The line of a list that a row makes."""
    return InputSetSummary(
        label=Label(row.label),
        title=row.title,
        status=row.status,
        config_version_id=row.config_version_id,
        live=row.live,
        live_content_hash=row.live_content_hash,
        candidate=row.candidate,
        candidate_status=row.candidate_status,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
