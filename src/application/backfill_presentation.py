"""Backfills as JSON, the same over HTTP and on the command line."""

from __future__ import annotations

from typing import Any

from ..domain.shared.clock import instant_text
from ..domain.storage.backfill import BackfillItem, BackfillRun, Outcome
from .storage.backfill_request import Backfilled
from .storage.read_backfills import BackfillDetail


def backfill_run_fields(run: BackfillRun) -> dict[str, Any]:
    """A run; ``counts`` has every outcome."""
    return {
        "run_id": run.run_id,
        "source": run.source,
        "status": str(run.status),
        "options": dict(run.options),
        "counts": {str(outcome): run.count(outcome) for outcome in Outcome},
        "input_counts": {str(outcome): run.count_inputs(outcome) for outcome in Outcome},
        "series_rows": run.series_rows,
        "started_at": instant_text(run.started_at),
        "started_by": run.started_by,
        "finished_at": None if run.finished_at is None else instant_text(run.finished_at),
        "message": run.message,
    }


def backfill_item_fields(item: BackfillItem) -> dict[str, Any]:
    """How one version stands."""
    return {
        "version_id": item.version_id,
        "source_version": item.source_version,
        "outcome": str(item.outcome),
        "reason": item.reason,
        "series_rows": item.series_rows,
        "kpi_count": item.kpi_count,
        "payload_digest": item.payload_digest,
        "attempts": item.attempts,
        "differences": [dict(one) for one in item.differences],
        "updated_at": instant_text(item.updated_at),
    }


def backfilled_fields(done: Backfilled) -> dict[str, Any]:
    """What a run came to, with every version and input set that it looked at."""
    return {
        **backfill_run_fields(done.run),
        "dry_run": done.dry_run,
        "items": [backfill_item_fields(item) for item in done.items],
        "input_sets": [
            {
                "label": taken.label,
                "source_label": taken.source_label,
                "outcome": str(taken.outcome),
                "reason": taken.reason,
            }
            for taken in done.inputs
        ],
    }


def backfill_detail_fields(detail: BackfillDetail) -> dict[str, Any]:
    """A run with the versions that it was the last to attempt."""
    return {**backfill_run_fields(detail.run), "items": [backfill_item_fields(item) for item in detail.items]}
