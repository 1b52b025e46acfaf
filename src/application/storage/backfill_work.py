"""A backfill under way, and how a version stands in its ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ...domain.storage.backfill import BackfillItem, BackfillRun, Candidate
from ...domain.storage.standing import Verdict
from .backfill_request import BackfillRequest
from .legacy_source import LegacySource


@dataclass(slots=True, kw_only=True)
class BackfillWork:
    """A run under way."""

    source: LegacySource
    request: BackfillRequest
    run: BackfillRun
    configs: Mapping[int, int]


def item_of(
    work: BackfillWork, candidate: Candidate, found: Verdict, at: datetime, before: BackfillItem | None
) -> BackfillItem:
    """How the version now stands; what was once taken of it is remembered."""
    return BackfillItem(
        version_id=candidate.version_id,
        source_version=candidate.source_version,
        run_id=work.run.run_id,
        outcome=found.outcome,
        source_digest=None if before is None else before.source_digest,
        payload_digest=None if before is None else before.payload_digest,
        series_rows=0 if before is None else before.series_rows,
        kpi_count=0 if before is None else before.kpi_count,
        attempts=1 if before is None else before.attempts + 1,
        reason=found.reason,
        differences=() if before is None else before.differences,
        updated_at=at,
    )
