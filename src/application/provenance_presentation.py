"""Provenance of plans as plain fields, by the rules of ``presentation``."""

from __future__ import annotations

from typing import Any

from .json_values import plain
from .plans.read_provenance import PlanProvenance
from .plans.rerun_plan import RerunOutcome
from .plans.trace_row import RowProvenance
from .presentation import plan_fields

Fields = dict[str, Any]


def provenance_fields(found: PlanProvenance) -> Fields:
    """Where a plan comes from: its inputs and whether they are still there, engine, run, job, actor, and its line."""
    version, made_from = found.version, found.version.provenance
    return {
        "version_id": version.version_id,
        "origin": str(made_from.origin),
        "trial": version.trial,
        "inputs": {
            "status": str(found.inputs),
            "reference": made_from.input_reference,
            "content_hash": made_from.input_content_hash,
            "live": found.live,
            "approved_by": [] if found.revision is None else [said.actor for said in found.revision.approvals],
        },
        "config_version_id": made_from.config_version_id,
        "engine": {
            "name": made_from.engine_name,
            "version": made_from.engine_version,
            "parameters": plain(made_from.engine_parameters),
        },
        "run_id": made_from.run_id,
        "job_id": made_from.job_id,
        "created_by": version.created_by,
        "created_at": plain(version.created_at),
        "authors": list(version.authors),
        "payload_digest": version.payload_digest,
        "plan_digest": version.plan_digest,
        "base_version_id": made_from.base_version_id,
        "line": [
            {"version_id": known.version_id, "payload_digest": known.payload_digest, "created_by": known.created_by}
            for known in found.line
        ],
    }


def row_provenance_fields(found: RowProvenance) -> Fields:
    """Where a row comes from; ``plan`` is as ``provenance_fields`` has it."""
    row, written = found.row, found.written
    return {
        "level": row.level,
        "time_bucket_type": row.time_bucket_type,
        "time_bucket_key": row.time_bucket_key,
        "item_key": row.item_key,
        "location_key": row.location_key,
        "replaced": found.replaced,
        "written": None
        if written is None
        else {
            "action": written.action,
            "actor": written.actor,
            "at": plain(written.at),
            "comment": written.comment,
        },
        "overrides": [
            {
                "field": override.cell.field,
                "value": override.value,
                "origin": str(override.origin),
                "author": override.author,
                "updated_at": plain(override.updated_at),
            }
            for override in found.overrides
        ],
        "plan": provenance_fields(found.plan),
    }


def rerun_fields(outcome: RerunOutcome) -> Fields:
    """What a rerun came to: the new version, and the buckets in which it differs from the one that it repeats."""
    return {
        "version": plan_fields(outcome.version),
        "base_version_id": outcome.base.version_id,
        "same": outcome.same,
        "differences": [
            {
                "level": change.level,
                "time_bucket_type": change.time_bucket_type,
                "time_bucket_key": change.time_bucket_key,
                "rows_before": change.rows_before,
                "rows_after": change.rows_after,
            }
            for change in outcome.differences
        ],
    }
