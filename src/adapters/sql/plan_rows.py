"""Plan versions, approvals and baselines as rows, and back."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import Row

from ...domain.access.actor import Verification
from ...domain.access.policy import ApprovalPolicy
from ...domain.plans.approval import PlanApproval
from ...domain.plans.baseline import BaselineEntry, BaselineReason
from ...domain.plans.stage import PlanStage
from ...domain.plans.version import PlanOrigin, PlanStatus, PlanVersion, Provenance
from ...domain.shared.canonical import document
from ...domain.shared.ids import folded


def version_values(version: PlanVersion) -> dict[str, Any]:
    """The version as column values, without its key and counter."""
    made_from = version.provenance
    return {
        "title": version.title,
        "status": str(version.status),
        "trial": int(version.trial),
        "pinned": int(version.pinned),
        "origin": str(made_from.origin),
        "config_version_id": made_from.config_version_id,
        "input_set_label": made_from.input_label,
        "input_set_revision": made_from.input_revision,
        "input_content_hash": made_from.input_content_hash,
        "engine_name": made_from.engine_name,
        "engine_version": made_from.engine_version,
        "engine_parameters_json": document(dict(made_from.engine_parameters)),
        "run_id": made_from.run_id,
        "plan_job_id": made_from.job_id,
        "base_version_id": made_from.base_version_id,
        "cutover_date": None if version.cutover_date is None else version.cutover_date.isoformat(),
        "recon_window_days": version.recon_window_days,
        "objective": version.objective,
        "note": version.note,
        "payload_digest": version.payload_digest,
        "plan_digest": version.plan_digest,
        "series_rows": version.series_rows,
        "created_at": version.created_at,
        "created_by": version.created_by,
        "updated_at": version.updated_at,
        "created_by_key": folded(version.created_by),
        "stage": str(version.stage),
        "stale_levels_json": document(list(version.stale_levels)),
    }


def to_version(row: Row[Any], editors: tuple[str, ...], approvals: tuple[PlanApproval, ...]) -> PlanVersion:
    """The version that a row, its editors and its approvals make."""
    return PlanVersion(
        version_id=row.version_id,
        title=row.title,
        status=PlanStatus(row.status),
        trial=bool(row.trial),
        pinned=bool(row.pinned),
        provenance=Provenance(
            origin=PlanOrigin(row.origin),
            config_version_id=row.config_version_id,
            input_label=row.input_set_label,
            input_revision=row.input_set_revision,
            input_content_hash=row.input_content_hash,
            engine_name=row.engine_name,
            engine_version=row.engine_version,
            engine_parameters=json.loads(row.engine_parameters_json),
            run_id=row.run_id,
            job_id=row.plan_job_id,
            base_version_id=row.base_version_id,
        ),
        cutover_date=None if row.cutover_date is None else date.fromisoformat(row.cutover_date),
        recon_window_days=row.recon_window_days,
        objective=row.objective,
        note=row.note,
        payload_digest=row.payload_digest,
        plan_digest=row.plan_digest,
        series_rows=row.series_rows,
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        row_version=row.row_version,
        editors=editors,
        approvals=approvals,
        stage=PlanStage(row.stage),
        stale_levels=tuple(json.loads(row.stale_levels_json)),
    )


def approval_values(approval: PlanApproval) -> dict[str, Any]:
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


def to_approval(row: Row[Any]) -> PlanApproval:
    """The approval that a row makes."""
    return PlanApproval(
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


def entry_values(entry: BaselineEntry) -> dict[str, Any]:
    """An entry of a baseline's history as column values."""
    return {
        "config_version_id": entry.config_version_id,
        "sequence": entry.sequence,
        "version_id": entry.version_id,
        "reason": str(entry.reason),
        "since": entry.since,
        "actor": entry.actor,
        "verification": str(entry.verification),
        "comment": entry.comment,
    }


def to_entry(row: Row[Any]) -> BaselineEntry:
    """The entry that a row makes."""
    return BaselineEntry(
        config_version_id=row.config_version_id,
        sequence=row.sequence,
        version_id=row.version_id,
        reason=BaselineReason(row.reason),
        since=row.since,
        actor=row.actor,
        verification=Verification(row.verification),
        comment=row.comment,
    )
